"""The way of a simulated robot in the demonstration, from its start to its goal: on the floor, or in its joints."""

from dataclasses import dataclass
from typing import Any

#: So near to the goal it is there: m on the lane, rad of each joint.
LANE_NEAR_M, JOINTS_NEAR_RAD = 0.3, 0.04


@dataclass(frozen=True)
class Way:
    """start, goal: x, y in m, or each joint in rad. near: what counts as being at an end. reaches: it stands fixed
    beside the crossing and reaches into it, so it meets people there.
    """

    start: tuple[float, ...]
    goal: tuple[float, ...]
    near: float
    reaches: bool = False

    def place(self, sight: Any) -> tuple[float, ...] | None:
        """Where the operator sees the robot; None while they do not."""
        if self.reaches:
            return sight.joints or None
        return None if sight.x is None else (sight.x,)

    def is_past(self, sight: Any, share: float) -> bool:
        """Whether so much of the way is done. On the lane only what lies along it counts."""
        place = self.place(sight)
        if place is None:
            return False
        steps = [(at - start, goal - start) for at, start, goal in zip(place, self.start, self.goal, strict=False)]
        done = sum(step * whole for step, whole in steps)
        return done >= share * sum(whole * whole for _, whole in steps)

    def is_at(self, sight: Any, end: tuple[float, ...], near: float) -> bool:
        """Whether the robot is at that end of its way."""
        place = self.place(sight)
        return place is not None and all(abs(at - there) <= near for at, there in zip(place, end, strict=False))

    def has_arrived(self, sight: Any) -> bool:
        """Whether it is at its goal, or beyond it."""
        if self.reaches:
            return self.is_at(sight, self.goal, self.near)
        return self.is_past(sight, 1.0 - self.near / abs(self.goal[0] - self.start[0]))


def lane(start_m: tuple[float, ...], goal_m: tuple[float, ...]) -> Way:
    return Way(start_m, goal_m, LANE_NEAR_M)


def way_of(trial: dict[str, Any]) -> Way:
    """The way that a trial asks for."""
    if trial["goal_m"] is not None:
        return lane(tuple(trial["start_pose"][:2]), tuple(trial["goal_m"]))
    goal = tuple(trial["goal_rad"])
    return Way(tuple(trial["start_rad"]) or (0.0,) * len(goal), goal, JOINTS_NEAR_RAD, reaches=True)
