"""`tool_workspace`: the point of an arm's tool stays inside a box, with the way that it needs to stop.

The point is what the robot publishes (geometry_msgs/PoseStamped in the frame of the box), a claim: the rule computes no
kinematics, so that no second model of the arm can be wrong unnoticed. Its speed is the difference of the last two
readings by their own stamps. Each axis for itself, p + v·τ + v·|v|/2a must lie in the box (cf. ISO 10218-1:2025,
dynamic limiting of the space; the same braking point as model/braking_model.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.readings import ToolPoint
from port_safety.model.robot_model import RobotModel
from port_safety.model.verdict import Verdict
from port_safety.rules.context import NS_PER_S, RuleContext
from port_safety.rules.required_input import check_positive, latest, required, stop
from port_safety.rules.rule_type import AGE_S, RuleParameters, RuleType, Site, number

_AXES = ("x", "y", "z")


@dataclass(frozen=True, slots=True)
class ToolWorkspaceRule:
    """low_m, high_m: two opposite corners. deceleration_mps2: what the tool reaches. stale_s: greatest age."""

    robot: RobotModel
    low_m: tuple[float, ...]
    high_m: tuple[float, ...]
    deceleration_mps2: float
    stale_s: float

    def __post_init__(self) -> None:
        check_positive(self, "deceleration_mps2", "stale_s")
        for name in ("low_m", "high_m"):
            if len(getattr(self, name)) != 3:
                raise ValueError(f"{name}: x, y and z are needed")
        for axis, low, high in zip(_AXES, self.low_m, self.high_m, strict=True):
            if not low < high:
                raise ValueError(f"low_m: {axis} {low} must be below high_m ({high})")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        point, verdicts = required(context, "tool_workspace", "tool_pose", ToolPoint, self.stale_s)
        if point is None:
            return verdicts
        stamp_ns = context.readings["tool_pose"].stamp_ns
        rows = zip(_AXES, point.xyz, self._velocity(context), self.low_m, self.high_m, strict=True)
        return [verdict for row in rows for verdict in self._axis(*row, stamp_ns=stamp_ns)]

    def _velocity(self, context: RuleContext) -> tuple[float, ...]:
        pair = [
            each for each in latest(context, "tool_pose", 2) if isinstance(each.value, ToolPoint) and not each.fault
        ]
        if len(pair) < 2 or pair[1].stamp_ns <= pair[0].stamp_ns:
            return 0.0, 0.0, 0.0
        dt_s = (pair[1].stamp_ns - pair[0].stamp_ns) / NS_PER_S
        was, now = (each.value.xyz for each in pair if isinstance(each.value, ToolPoint))
        return tuple((b - a) / dt_s for a, b in zip(was, now, strict=True))

    def _axis(self, axis: str, at: float, speed: float, low: float, high: float, stamp_ns: int) -> list[Verdict]:
        stands = at + speed * self.robot.braking.reaction_s + speed * abs(speed) / (2.0 * self.deceleration_mps2)
        most, least = max(at, stands), min(at, stands)
        for value, limit, out in ((most, high, most > high), (least, low, least < low)):
            if out:
                reason = f"the tool at {axis} = {at:.2f} m would stand at {value:.2f}, {limit:.2f} allowed"
                return [stop("tool_workspace", f"tool {axis}", reason, value, limit, "m", stamp_ns)]
        return []


class ToolWorkspaceParameters(RuleParameters, frozen=True):
    """Two opposite corners x, y, z in the frame of the tool's pose, m; greatest age."""

    low_m: list[float]
    high_m: list[float]
    deceleration_mps2: Annotated[float, number("m/s²", gt=0.0, le=100.0)]
    stale_s: Annotated[float, AGE_S] = 0.1


def _make(name: str, parameters: ToolWorkspaceParameters, site: Site) -> ToolWorkspaceRule:
    corners = tuple(parameters.low_m), tuple(parameters.high_m)
    return ToolWorkspaceRule(site.robot, *corners, parameters.deceleration_mps2, parameters.stale_s)


RULE = RuleType(
    "tool_workspace", ToolWorkspaceParameters, _make,
    watches=lambda parameters, site: {"tool_pose": parameters.stale_s}, old_names=("tool_box",),
)  # fmt: skip
