"""`stop_response`: a robot that is stopped measurably slows down, and stays at rest. If not, its power goes at once.

While it brakes it is held against the stop profile's own bound (rules/stop_start.py), after the deadline and once it
has been seen to stand against `rest_mps` and `rest_radps`. IEC 60204-1 stop category 1: power goes when standstill is
not reached. An unknown speed says nothing here; `input_timeout` does.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from port_safety.model.robot_model import RobotModel
from port_safety.model.stop_profiles import profile_of
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import NS_PER_S, RuleContext
from port_safety.rules.rule_type import LOWER, RuleParameters, RuleType, Site, number
from port_safety.rules.stop_start import COMPLIANCE_GRACE_S, complies


@dataclass(frozen=True, slots=True)
class StopResponseRule:
    """What counts as rest: m/s, rad/s."""

    robot: RobotModel
    rest_mps: float
    rest_radps: float
    deadline_s: float = field(init=False)

    def __post_init__(self) -> None:
        for name in ("rest_mps", "rest_radps"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name}: {getattr(self, name)} must be above 0")
        object.__setattr__(self, "deadline_s", profile_of(self.robot).deadline_s)

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        if context.stop is None or math.isnan(context.measured_mps):
            return ()
        elapsed_s = (context.now_ns - context.stop.at_ns) / NS_PER_S
        if not context.at_rest and not complies(self.robot, context.stop, elapsed_s, context.measured_mps):
            return [
                self._stop(
                    context, f"the robot does not slow down: {context.measured_mps:.2f} m/s", context.measured_mps
                )
            ]
        if context.at_rest or elapsed_s > self.deadline_s + self.robot.braking.latency_s + COMPLIANCE_GRACE_S:
            return self._at_rest(context)
        return ()

    def _at_rest(self, context: RuleContext) -> Sequence[Verdict]:
        odometry = context.odometry()
        when = "while it is stopped" if context.at_rest else "after the deadline of its stop"
        if context.measured_mps > self.rest_mps:
            return [
                self._stop(context, f"the robot moves {when}: {context.measured_mps:.2f} m/s", context.measured_mps)
            ]
        if odometry is not None and abs(odometry.wz) > self.rest_radps:
            reason = f"the robot turns {when}: {abs(odometry.wz):.2f} rad/s"
            return [self._stop(context, reason, abs(odometry.wz), self.rest_radps, "rad/s")]
        return ()

    def _stop(
        self, context: RuleContext, reason: str, value: float, limit: float | None = None, unit: str = "m/s"
    ) -> Verdict:
        return Verdict(
            Severity.EMERGENCY_STOP,
            "stop_response",
            "robot",
            f"stop_response: {reason}",
            value,
            self.rest_mps if limit is None else limit,
            unit,
            stamp_ns=context.readings["odometry"].stamp_ns if "odometry" in context.readings else 0,
            removes_power=True,
        )


class StopResponseParameters(RuleParameters, frozen=True):
    """What counts as rest."""

    rest_mps: Annotated[float, number("m/s", gt=0.0, le=1.0, stricter=LOWER)] = 0.05
    rest_radps: Annotated[float, number("rad/s", gt=0.0, le=3.0, stricter=LOWER)] = 0.15


def _make(name: str, parameters: StopResponseParameters, site: Site) -> StopResponseRule:
    return StopResponseRule(site.robot, parameters.rest_mps, parameters.rest_radps)


RULE = RuleType("stop_response", StopResponseParameters, _make, needs=lambda site: (site.motion_input,))
