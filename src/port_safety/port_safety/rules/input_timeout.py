"""`input_timeout`: every input that the envelope relies on is there, young, and a number.

Never received equals stale. A stamp in the future is stale. A missing command only takes the motion away: the robot's
own stack may rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.readings import untrusted
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import NS_PER_S, RuleContext
from port_safety.rules.rule_type import AGE_S, RuleParameters, RuleType, Site


@dataclass(frozen=True, slots=True)
class TimedInput:
    """One input: its name, its greatest age in s, and how bad its loss is."""

    name: str
    limit_s: float
    severity: Severity

    def __post_init__(self) -> None:
        if not self.limit_s > 0.0:
            raise ValueError(f"{self.name}: limit_s {self.limit_s} must be above 0")


@dataclass(frozen=True, slots=True)
class InputTimeoutRule:
    """The inputs watched, and how old a command may be."""

    inputs: tuple[TimedInput, ...]
    command_s: float

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        verdicts = [
            Verdict(
                watched.severity,
                "input_timeout",
                watched.name,
                f"{watched.name}: {reason}",
                value=value,
                limit=watched.limit_s,
                unit="s",
                stamp_ns=0 if reading is None else reading.received_ns,
            )
            for watched in self.inputs
            for reading in (context.readings.get(watched.name),)
            for reason, value in (untrusted(reading, watched.limit_s, context.now_ns),)
            if reason
        ]
        return verdicts + self._command(context) if context.armed else verdicts

    def _command(self, context: RuleContext) -> list[Verdict]:
        nan = float("nan")
        if context.request_received_ns is None:
            age_s, reason = nan, "command: no data"
        else:
            age_s = (context.now_ns - context.request_received_ns) / NS_PER_S
            reason = self._too_old(context, age_s) if age_s > self.command_s else ""
        if not reason:
            return []
        return [Verdict(Severity.LIMIT, "input_timeout", "command", reason, age_s, self.command_s, "s", 0.0, 0.0)]

    def _too_old(self, context: RuleContext, age_s: float) -> str:
        heard_ns = context.request_heard_ns
        if heard_ns is not None and context.now_ns - heard_ns <= self.command_s * NS_PER_S:
            return f"command: stamped {age_s:.2f} s ago; the clock of the robot's stack is behind, or its link is slow"
        return f"command: none for {age_s:.2f} s"


class InputTimeoutParameters(RuleParameters, frozen=True):
    """Greatest ages. odometry_s also holds for the joints of a robot that is measured by them."""

    estop_s: Annotated[float, AGE_S] = 0.15
    odometry_s: Annotated[float, AGE_S] = 0.3
    ground_pose_s: Annotated[float, AGE_S] = 0.5
    force_plate_s: Annotated[float, AGE_S] = 0.5
    command_s: Annotated[float, AGE_S] = 0.3


def _inputs(parameters: InputTimeoutParameters, site: Site) -> list[TimedInput]:
    stations = [TimedInput(f"estop {each}", parameters.estop_s, Severity.EMERGENCY_STOP) for each in site.estops]
    limits_s = {site.motion_input: parameters.odometry_s}
    if site.by_joints:
        limits_s["joints"] = parameters.odometry_s
    limits_s |= dict.fromkeys(site.place_inputs, parameters.ground_pose_s)
    limits_s |= {f"force_plate {plate}": parameters.force_plate_s for plate in site.plates}
    return stations + [TimedInput(name, limit_s, Severity.PROTECTIVE_STOP) for name, limit_s in limits_s.items()]


def _make(name: str, parameters: InputTimeoutParameters, site: Site) -> InputTimeoutRule:
    return InputTimeoutRule(tuple(_inputs(parameters, site)), parameters.command_s)


def _watches(parameters: InputTimeoutParameters, site: Site) -> dict[str, float]:
    return {each.name: each.limit_s for each in _inputs(parameters, site)} | {"command": parameters.command_s}


RULE = RuleType(
    "input_timeout", InputTimeoutParameters, _make, watches=_watches, reads_values=False, old_names=("fresh",)
)
