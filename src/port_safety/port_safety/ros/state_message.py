"""The gate's state as the message that dashboard, telemetry and teams read."""

import math

from port_interfaces.msg import Cause, InputAge, RuleOverride, SafetyState

from port_ros import stamps
from port_ros.free_text import NAME_BYTES, at_most
from port_safety.commands.command import Command
from port_safety.gate.gate import Gate
from port_safety.gate.state_machine import State
from port_safety.gate.stop import MAX_CAUSES
from port_safety.model.readings import Freshness, Pose, freshness
from port_safety.model.verdict import worst
from port_safety.monitoring.tick_clock import TickClock
from port_safety.ros import messages
from port_safety.rules.context import NS_PER_S

MAX_INPUTS = 32
MAX_OVERRIDES = 8


class StateMessage:
    """Makes SafetyState messages of one gate. `limits_s`: greatest age by input."""

    def __init__(self, gate: Gate, limits_s: dict[str, float], granted: list[str], tick_hz: float) -> None:
        self._gate = gate
        self.limits_s = limits_s
        self._granted = [at_most(line, NAME_BYTES) for line in granted[:8]]
        self._tick_hz = tick_hz

    def make(self, now_ns: int, to_system_ns: int, clock: TickClock) -> SafetyState:
        """The state at `now_ns` (monotonic); `to_system_ns` is added to make it system time."""
        gate = self._gate
        message = SafetyState(
            state=gate.state.value,
            since=stamps.to_msg(gate.tracker.since_ns + to_system_ns) if gate.tracker.since_ns else stamps.to_msg(0),
            severity=int(gate.stop.severity if gate.stop else worst(gate.verdicts)),
            reason=at_most(gate.reason),
            remedy=at_most(gate.remedy(now_ns)),
            epoch=gate.tracker.epoch,
            event_id=at_most(gate.tracker.event_id, NAME_BYTES),
            requested=messages.twist(self._requested().twist),
            recovered_by=at_most(gate.recovery.hold.by) if gate.state is State.RECOVER else "",
            passed=messages.twist(gate.output.command.twist),
            requested_mps=self._requested_mps(now_ns),
            passed_mps=self._passed_mps(now_ns),
            speed_mps=gate.observed.meter.speed_mps(now_ns),
            enable=gate.output.enable,
            envelope_hash=gate.envelope.digest[:16],
            realtime=self._granted,
            tick_hz=self._tick_hz,
            tick_jitter_p99_ms=clock.jitter_p99_ms(),
            missed_deadlines=clock.missed,
        )
        message.header.stamp = stamps.to_msg(now_ns + to_system_ns)
        message.header.frame_id = "ground"
        message.causes = self._causes(now_ns, to_system_ns)
        message.position_m = self._position()
        message.inputs = self._inputs(now_ns)
        message.overrides = self._overrides(now_ns)
        return message

    def _requested(self) -> Command:
        gate = self._gate
        return gate.asked if gate.state is State.RECOVER else gate.requests.command

    def _requested_mps(self, now_ns: int) -> float:
        requested = self._requested()
        return 0.0 if requested.is_done(self._gate.output.command, now_ns) else requested.speed_mps

    def _passed_mps(self, now_ns: int) -> float:
        command, joints = self._gate.output.command, self._gate.robot.joints
        if command.twist is not None or joints is None:
            return command.speed_mps
        return joints.speed_mps(command.joint_velocities_at(now_ns))

    def _causes(self, now_ns: int, to_system_ns: int) -> list[Cause]:
        stop = self._gate.stop
        verdicts = list(stop.causes.values()) if stop else list(self._gate.verdicts)
        return [
            messages.cause(
                verdict,
                (verdict.stamp_ns or now_ns) + to_system_ns,
                stop is not None and verdict.key not in stop.objecting,
            )
            for verdict in verdicts[:MAX_CAUSES]
        ]

    def _overrides(self, now_ns: int) -> list[RuleOverride]:
        overrides = self._gate.overrides
        return [
            messages.rule_override(override, overrides.left_ns(override.rule, now_ns) / 1e9)
            for override in list(overrides.in_force.values())[:MAX_OVERRIDES]
        ]

    def _position(self) -> list[float]:
        reading = self._gate.observed.readings.get("ground_pose")
        if reading is None or reading.fault or not isinstance(reading.value, Pose):
            return []
        return [reading.value.x, reading.value.y]

    def _inputs(self, now_ns: int) -> list[InputAge]:
        listed = list(self.limits_s.items())[:MAX_INPUTS]
        return [self._command(now_ns, limit_s) if name == "command" else self._input(name, now_ns, limit_s)
                for name, limit_s in listed]  # fmt: skip

    def _input(self, name: str, now_ns: int, limit_s: float) -> InputAge:
        reading = self._gate.observed.readings.get(name)
        age_s = math.nan if reading is None else reading.age_ns(now_ns) / NS_PER_S
        return messages.input_age(name, freshness(reading, limit_s, now_ns), age_s, limit_s)

    def _command(self, now_ns: int, limit_s: float) -> InputAge:
        """A command counts from its arrival."""
        heard_ns = self._gate.requests.last_heard_ns
        if heard_ns is None:
            return messages.input_age("command", Freshness.NEVER, math.nan, limit_s)
        age_s = (now_ns - heard_ns) / NS_PER_S
        young = Freshness.OK if age_s <= limit_s else Freshness.STALE
        return messages.input_age("command", young, age_s, limit_s)
