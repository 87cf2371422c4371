"""What the robot reached in each run: its goal, looked for anew in each. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from port_session.session.goal import Goal

Outcome = dict[str, Any]


class Outcomes:
    """Of the runs of one session by number. make_goal: a goal that has not been looked for yet."""

    def __init__(self, make_goal: Callable[[], Goal]) -> None:
        self._make_goal = make_goal
        self._goals: dict[int, Goal] = {}
        self.of_run: dict[int, Outcome] = {}

    def look(self, run: int, place: Sequence[float], speed_mps: float) -> None:
        """Where the robot is while `run` is under way."""
        self._goal(run).look(place, speed_mps)

    def end(self, run: int, place: Sequence[float] | None) -> Outcome:
        """`run` has ended with the robot at `place`; what it reached in it, which stays so."""
        if run and run not in self.of_run:
            self.of_run[run] = self._goal(run).outcome(place)
        return self.of_run.get(run, {})

    def take_up(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """What the session's own log tells of runs that ended before its node was started again."""
        for line in lines:
            if line.get("stream") == "session" and isinstance(line.get("outcome"), dict):
                self.of_run[int(line["run"])] = dict(line["outcome"])

    def _goal(self, run: int) -> Goal:
        return self._goals.setdefault(run, self._make_goal())
