"""The shape of a trial file.

Every value is frozen and refuses to be born wrong. Cross-checks between files are made in `resolve`.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from port_ros.misfit import Misfit
from port_session.description.part import Part
from port_session.description.values import (
    Corner,
    Kind,
    Metres,
    Name,
    ShortText,
)

Angle = Annotated[float, Meta(ge=-100.0, le=100.0)]


class Required(Part, frozen=True):
    """Limits of an indicator, in its unit."""

    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise Misfit("at_most", "missing: a requirement has a limit: at_least, at_most, or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise Misfit("at_least", f"{self.at_least:g} is above at_most {self.at_most:g}: nothing could meet both")


class Trial(Part, frozen=True):
    """What the robot is to do: to stand at its goal. start_pose: x, y in m and yaw in rad.

    version, method: of this protocol, and the standard or document that it follows, for the report. runs: how many that
    count it asks for. timeout_s: of moving, in each of them. goal_m: in frame ground, of a robot that drives or walks.
    goal_rad: of an arm, each joint; start_rad: where a simulated one begins. indicators: what is measured; none named:
    all that are installed. require: limits by indicator; decision: by which rule they decide (trials/decision.py).
    """

    name: Name
    kind: Kind
    timeout_s: Annotated[float, Meta(gt=0.0, le=86_400.0)]
    indicators: tuple[Name, ...] = ()
    require: dict[Name, Required] = field(default_factory=dict)
    decision: Literal["simple", "guarded"] = "simple"
    version: ShortText = ""
    method: ShortText = ""
    runs: Annotated[int, Meta(ge=1, le=1000)] = 1
    goal_m: Corner | None = None
    tolerance_m: Annotated[float, Meta(gt=0.0, le=10.0)] = 0.3
    start_pose: tuple[Metres, Metres, float] = (0.0, 0.0, 0.0)
    goal_rad: tuple[Angle, ...] = ()
    tolerance_rad: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.05
    start_rad: tuple[Angle, ...] = ()

    def __post_init__(self) -> None:
        if self.goal_m is None and not self.goal_rad:
            raise Misfit("goal_m", "missing: expected x and y in m; of an arm goal_rad, a number for each joint")
        if self.goal_m is not None and self.goal_rad:
            raise Misfit("goal_rad", "a trial has one goal: goal_m is where a robot drives or walks to, leave one out")
        if self.start_rad and len(self.start_rad) != len(self.goal_rad):
            raise Misfit("start_rad", f"expected {len(self.goal_rad)} numbers as goal_rad, got {len(self.start_rad)}")
