"""What a gate promises, held against everything that leaves it. Written without the gate's own judgement.

Each promise looks at the readings as they were fed, at the output, and at what was true the last time. The numbers are
those of docs/safety.md, invariants 1 to 11, then the way out and the overrides.
"""

import math
from dataclasses import fields

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate.events import EventKind, GateEvent
from port_safety.gate.gate import Gate
from port_safety.gate.hold_to_run import ALIVE_NS
from port_safety.gate.state_machine import ARMED, MOTION_ALLOWED, State
from port_safety.model.readings import Odometry, Pose, Publishers
from port_safety.model.verdict import Severity
from port_safety.rules.acceleration import STEP_S
from port_safety.rules.registry import rule_types
from port_safety.rules.zone_edge import ZoneEdgeRule
from tests.gate_bench import BLOCKS, DESK, LANE, ROBOT, Bench, base_twist

#: How old each input may be, s.
LIMITS_S = {"estop station_1": 0.15, "odometry": 0.3, "ground_pose": 0.5, "force_plate left": 0.5}
WATCHED = (*LIMITS_S, "occupancy", "publishers", "system_clock")
CAP_MPS, CAP_RADPS = 0.2, 0.3
GRAIN = 1e-9


class Promises:
    """Of one bench: call `keep` whenever something has left the gate."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.reset_accepted = False
        self.zero_seen = False
        self.asserted_ns: dict[str, int] = {}
        self.kept = 0
        self._objected_ns = bench.now_ns
        self._remember(bench.gate)

    def _remember(self, gate: Gate) -> None:
        self._state, self._stop, self._epoch = gate.state, gate.stop, gate.tracker.epoch
        self._severity = gate.stop.severity if gate.stop else Severity.OK
        self._causes = list(gate.stop.causes) if gate.stop else []
        self._requested = gate.requests.command
        self._passed, self._passed_ns = gate.output.command, self.bench.now_ns

    def keep(self) -> None:
        """Every promise, now."""
        gate = self.bench.gate
        for event in gate.take_events():
            if event.kind is EventKind.RESET_ACCEPTED:
                self._reset(event)
            if event.after in ARMED and event.before not in ARMED:
                assert event.before in (State.STANDBY, State.STOPPED, State.RESET_READY)
        if any(verdict.stops for verdict in gate.verdicts):
            self._objected_ns = self.bench.now_ns
        self._motion_leaves_only_where_it_may(gate)
        self._nothing_is_relied_on_that_is_missing_old_or_from_the_future(gate)
        self._what_is_no_number_stops(gate)
        self._a_stop_beats_a_release_and_severity_only_rises(gate)
        self._emergencies_latch_and_only_what_may_clear_clears(gate)
        self._a_reset_leads_to_standby(gate)
        self._every_stop_raises_the_epoch_and_nothing_lurches(gate)
        self._whoever_commands_beside_the_gate_is_named(gate)
        self._power_only_while_every_check_passes(gate)
        self._never_more_than_asked_and_never_the_other_way(gate)
        self._nothing_rises_faster_than_the_profile(gate)
        self._led_out_slowly_outward_and_only_while_held(gate)
        self._held_off_only_what_may_be_and_only_while_held(gate)
        self._remember(gate)
        self.reset_accepted = False
        self.kept += 1

    def _motion_leaves_only_where_it_may(self, gate: Gate) -> None:  # 1
        assert gate.output.command.fault == ""
        if gate.state not in MOTION_ALLOWED and gate.state is not State.STOPPING:
            assert gate.output.command == ZERO and not gate.output.enable
        if gate.state is State.STOPPING and gate.stop is not None:
            began = gate.stop.braking.start
            assert gate.output.command.speed_mps <= began.command.speed_mps + GRAIN
            if self.bench.now_ns - began.at_ns >= ROBOT.ramp_s * 1e9:
                assert gate.output.command == ZERO

    def _nothing_is_relied_on_that_is_missing_old_or_from_the_future(self, gate: Gate) -> None:  # 2
        if gate.state not in MOTION_ALLOWED:
            return
        now_ns = self.bench.now_ns
        for name, limit_s in LIMITS_S.items():
            reading = gate.observed.readings[name]  # never received: KeyError, and the promise is broken
            assert now_ns - min(reading.stamp_ns, reading.received_ns) <= limit_s * 1e9
            assert reading.stamp_ns - now_ns <= 100_000_000

    def _what_is_no_number_stops(self, gate: Gate) -> None:  # 3
        for name in WATCHED:
            reading = gate.observed.readings.get(name)
            if reading is None:
                continue
            numbers = [getattr(reading.value, each.name) for each in fields(reading.value)]
            bad = any(isinstance(number, float) and not math.isfinite(number) for number in numbers)
            if bad or not all(math.isfinite(x) for spot in getattr(reading.value, "positions_m", ()) for x in spot):
                assert gate.state not in MOTION_ALLOWED
                told = name in ("occupancy", "system_clock") or any(name in verdict.source for verdict in gate.verdicts)
                assert told or gate.state is State.FAULT

    def _a_stop_beats_a_release_and_severity_only_rises(self, gate: Gate) -> None:  # 4
        stops = [verdict for verdict in gate.verdicts if verdict.stops]
        if gate.state in ARMED:
            assert not stops
        if gate.stop is not None and gate.stop is self._stop:
            assert gate.stop.severity >= self._severity
            causes = list(gate.stop.causes)
            assert causes[:1] == self._causes[:1] and (causes[: len(self._causes)] == self._causes or len(causes) == 16)
        if gate.stop is not None:
            assert gate.stop.causes
        assert gate.tracker.epoch >= self._epoch and gate.reason

    def _emergencies_latch_and_only_what_may_clear_clears(self, gate: Gate) -> None:  # 5
        before = self._stop
        if before is None or gate.stop is before or self.reset_accepted:
            return
        assert self._severity < Severity.EMERGENCY_STOP, "an emergency went away without a reset"
        assert all(cause.self_clearing for cause in before.causes.values())
        assert gate.state in ARMED and not gate.overrides.in_force
        assert self.bench.now_ns - self._objected_ns >= 1_000_000_000

    def _a_reset_leads_to_standby(self, gate: Gate) -> None:  # 6
        if self.reset_accepted:
            assert gate.state not in MOTION_ALLOWED and gate.output.command == ZERO

    def _reset(self, event: GateEvent) -> None:
        """A reset was accepted since the last look, for the stop that was in force then."""
        gate = self.bench.gate
        assert event.before in (State.STOPPED, State.RESET_READY)
        assert self._stop is not None and event.event_id == self._stop.event_id
        assert event.at_ns - self._objected_ns >= 500_000_000
        odometry = gate.observed.readings["odometry"]
        assert isinstance(odometry.value, Odometry) and odometry.value.speed_mps <= 0.02
        silent = gate.requests.last_heard_ns is None or event.at_ns - gate.requests.last_heard_ns > 500_000_000
        assert silent or self._requested.near_zero or gate.requests.command.near_zero
        self.reset_accepted = True

    def _every_stop_raises_the_epoch_and_nothing_lurches(self, gate: Gate) -> None:  # 7
        if gate.stop is not None and gate.stop is not self._stop:
            assert gate.tracker.epoch > self._epoch
        if gate.state in ARMED and self._state not in ARMED:
            self.zero_seen = False
        if gate.state in ARMED:
            self.zero_seen = self.zero_seen or gate.requests.command.near_zero
            assert self.zero_seen or gate.output.command == ZERO

    def _whoever_commands_beside_the_gate_is_named(self, gate: Gate) -> None:  # 8
        reading = gate.observed.readings.get("publishers")
        if reading is None or not isinstance(reading.value, Publishers) or not reading.value.foreign:
            return
        assert gate.state not in MOTION_ALLOWED
        if gate.stop is not None and gate.state is not State.FAULT and self.bench.now_ns - reading.stamp_ns <= 10**9:
            assert gate.stop.severity is Severity.EMERGENCY_STOP
            assert ("bypass", reading.value.foreign[0]) in gate.stop.causes or len(gate.stop.causes) == 16

    def _power_only_while_every_check_passes(self, gate: Gate) -> None:  # 9
        if gate.fault:
            assert gate.state is State.FAULT
        if gate.output.enable:
            assert gate.state in MOTION_ALLOWED or gate.state is State.STOPPING
        if gate.stop is not None and any(verdict.removes_power for verdict in gate.stop.causes.values()):
            assert not gate.output.enable

    def _never_more_than_asked_and_never_the_other_way(self, gate: Gate) -> None:  # 11
        if gate.state not in MOTION_ALLOWED:
            return
        passed = gate.output.command
        for name in ("vx", "vy", "wz"):
            asked, let = getattr(gate.asked, name), getattr(passed, name)
            assert abs(let) <= abs(asked) and asked * let >= 0.0
        if passed != gate.asked:
            assert any(min(verdict.scale, verdict.scale_angular) < 1.0 and verdict.reason for verdict in gate.verdicts)

    def _nothing_rises_faster_than_the_profile(self, gate: Gate) -> None:
        if gate.state not in MOTION_ALLOWED:
            return
        elapsed_s = (self.bench.now_ns - self._passed_ns) / 1e9 + STEP_S
        accelerations = BLOCKS["acceleration"]
        rise_mps, rise_radps = accelerations["acceleration_mps2"], accelerations["yaw_acceleration_radps2"]
        passed = gate.output.command
        assert passed.speed_mps <= self._passed.speed_mps + rise_mps * elapsed_s + 1e-6
        assert abs(base_twist(passed).wz) <= abs(base_twist(self._passed).wz) + rise_radps * elapsed_s + 1e-6

    def _led_out_slowly_outward_and_only_while_held(self, gate: Gate) -> None:
        if gate.state is not State.RECOVER:
            if self._state is State.RECOVER:
                assert gate.state in (State.STOPPING, State.FAULT)
            return
        assert self._state in (State.STOPPED, State.RECOVER)
        assert gate.stop is not None and gate.stop.severity < Severity.EMERGENCY_STOP
        assert {verdict.rule for verdict in gate.verdicts if verdict.stops} <= {"keep_in", "keep_out"}
        assert self.bench.now_ns - self.asserted_ns["recover"] <= ALIVE_NS
        passed, pose = base_twist(gate.output.command), gate.observed.readings["ground_pose"].value
        assert passed.speed_mps <= CAP_MPS + GRAIN and abs(passed.wz) <= CAP_RADPS + GRAIN
        assert isinstance(pose, Pose)
        for key, edge in gate.recovery.edges.items():
            assert isinstance(edge, ZoneEdgeRule)
            assert outward(edge.polygon.corners, key[0] == "keep_in", pose, passed)

    def _held_off_only_what_may_be_and_only_while_held(self, gate: Gate) -> None:
        for rule, override in gate.overrides.in_force.items():
            assert rule_types()[BLOCKS[rule]["type"]].overridable and override.by and override.why
            assert self.bench.now_ns - self.asserted_ns[rule] <= ALIVE_NS
            if gate.state in MOTION_ALLOWED:
                assert gate.output.command.speed_mps <= CAP_MPS + GRAIN
                assert any(verdict.rule == "override" and verdict.source == rule for verdict in gate.verdicts)


def outward(corners: tuple[tuple[float, float], ...], inside: bool, pose: Pose, passed: Motion) -> bool:
    """Whether a centimetre further along `passed` the robot is no deeper over the edge; rectangles along the axes."""
    speed_mps = passed.speed_mps
    if speed_mps == 0.0:
        return True
    vx, vy = passed.in_ground(pose.yaw)
    ahead = (pose.x + 0.01 * vx / speed_mps, pose.y + 0.01 * vy / speed_mps)
    sign = 1.0 if inside else -1.0
    return sign * _depth(corners, ahead) >= sign * _depth(corners, (pose.x, pose.y)) - 1e-6


def _depth(corners: tuple[tuple[float, float], ...], point: tuple[float, float]) -> float:
    """How far inside a rectangle a point is; below zero outside. Not the gate's geometry."""
    assert list(sum(corners, ())) in (LANE, DESK)
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    right, top = min(point[0] - min(xs), max(xs) - point[0]), min(point[1] - min(ys), max(ys) - point[1])
    if right >= 0.0 and top >= 0.0:
        return min(right, top)
    return -math.hypot(min(0.0, right), min(0.0, top))
