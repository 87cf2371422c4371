"""The gate: the one place where a robot's command passes, is reduced, or becomes a stop.

It holds the readings, judges the whole envelope, drives the machine, and keeps the stop in force. Time is an argument;
nothing here waits, sleeps or does I/O. Every method leaves the gate in a state from which the next tick is safe.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from port_safety.commands.command import Command
from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import status_text, stopping
from port_safety.gate.active_limits import ActiveLimits
from port_safety.gate.events import GateEvent
from port_safety.gate.expected_motion import ExpectedMotion
from port_safety.gate.recovery import Recovery
from port_safety.gate.rule_override import RuleOverrides
from port_safety.gate.state_machine import ARMED, MOTION_ALLOWED, State, Trigger
from port_safety.gate.state_tracker import StateTracker
from port_safety.gate.stop import CLEAR_AFTER_NS, Stop
from port_safety.gate.stop_executor import StopExecutor, look
from port_safety.model.history import History
from port_safety.model.readings import (
    FUTURE_TOLERANCE_NS,
    NEVER_SET_NS,
    Estop,
    JointStates,
    Odometry,
    Pose,
    Reading,
    Value,
    fitting,
    untrusted,
)
from port_safety.model.robot_model import RobotModel
from port_safety.model.standstill import StandstillMeter
from port_safety.model.stop_profiles import Seen, Stage, profile_of
from port_safety.model.verdict import Severity, Verdict, by_severity, worst
from port_safety.rules.context import NO_OUTPUT, RuleContext
from port_safety.rules.envelope import Envelope

#: What is wrong with a command whose stamp no clock of this world set.
NEVER_SET = "stamped in simulated time, or by a clock that was never set; set use_sim_time to false"
#: Joints are where so many readings in a row say, no older than this (s) and no further apart than this (rad).
AGREEING = 3
JOINTS_FRESH_S = 0.3
AGREE_RAD = 0.05


@dataclass(frozen=True, slots=True)
class Output:
    """What leaves the gate now: the command, and whether the enable heartbeat says yes."""

    command: Command
    enable: bool


class Gate:
    """One robot's gate. `name` begins the ids of its stops. What people ask of it: operator_commands.py.

    `nothing` is the command that asks for nothing, of the type that the robot is commanded with.
    """

    def __init__(self, name: str, robot: RobotModel, envelope: Envelope, zero_command: Command = ZERO) -> None:
        self.name = name
        self.robot = robot
        self.profile = profile_of(robot)
        self.envelope = envelope
        self.zero_command = zero_command
        self.tracker = StateTracker()
        self.stop: Stop | None = None
        self.output = Output(zero_command, False)
        self.requested: Command = zero_command
        self.braking: StopExecutor | None = None
        self.verdicts: tuple[Verdict, ...] = ()
        self.readings: dict[str, Reading] = {}
        self.histories: dict[str, History] = {}
        self.last_output = NO_OUTPUT
        self.meter = StandstillMeter()
        self._expected = ExpectedMotion(robot)
        self.fault = ""
        self.last_heard_ns: int | None = None
        self._request_received_ns: int | None = None
        self._told_to_move_ns = 0
        self._awaiting_zero_request = True
        self._pending: list[Verdict] = []
        self.limits = ActiveLimits(self.tracker)
        self.overrides = RuleOverrides(self.tracker)
        self.recovery = Recovery()

    # --- what comes in ------------------------------------------------------------------------------------------------

    def update(self, name: str, value: Value, stamp_ns: int, now_ns: int) -> None:
        """Take in a reading; both times on the monotonic clock. One that cannot be taken in is the gate's own fault."""
        try:
            self._update(name, value, stamp_ns, now_ns)
        except Exception as error:
            self.fail(f"{name}: {error!r}", now_ns)

    def _update(self, name: str, value: Value, stamp_ns: int, now_ns: int) -> None:
        joints = 0 if self.robot.joints is None else len(self.robot.joints.names)
        value = fitting(name, value, joints)
        reading = self.readings[name] = Reading(value, stamp_ns, now_ns)
        if name not in self.histories:
            self.histories[name] = History()
        self.histories[name].note(reading)
        if isinstance(value, Odometry) and not self.robot.measured_by_joints:
            self.meter.update(value, now_ns, stamp_ns)
        elif isinstance(value, Pose) and not self.robot.is_fixed and not reading.fault:
            self.meter.update_ground(value, stamp_ns, now_ns)
        elif isinstance(value, JointStates) and self.robot.joints and self.robot.measured_by_joints:
            self.meter.update_joints(value, self.robot.joints, now_ns)

    def request(self, command: Command, now_ns: int, stamp_ns: int | None = None) -> Output:
        """A command of the robot's own stack arrived, stamped `stamp_ns` if it carries a stamp (monotonic)."""
        try:
            self._request(command, now_ns, stamp_ns)
        except Exception as error:
            return self.fail(f"command: {error!r}", now_ns)
        return self.tick(now_ns)

    def _request(self, command: Command, now_ns: int, stamp_ns: int | None) -> None:
        never_set = stamp_ns is not None and stamp_ns < NEVER_SET_NS
        if stamp_ns is not None and stamp_ns < self.tracker.epoch_began_ns and not never_set:
            return  # commanded before the last stop
        command = command.started(now_ns, self.output.command, self._joints(now_ns))
        if fault := command.fault or _ahead(stamp_ns, now_ns) or (NEVER_SET if never_set else ""):
            self.add_verdict(Severity.PROTECTIVE_STOP, "command", "command", f"command: {fault}", now_ns)
            command = self.zero_command
        self.requested, self._request_received_ns, self.last_heard_ns = command, now_ns, now_ns
        if self.state in ARMED and command.near_zero:
            self._awaiting_zero_request = False

    def add_verdict(self, severity: Severity, rule: str, source: str, reason: str, now_ns: int) -> None:
        """An objection that comes from no rule of the envelope; it counts in the next tick."""
        self._pending.append(Verdict(severity, rule, source, reason, stamp_ns=now_ns))

    # --- the tick -----------------------------------------------------------------------------------------------------

    def tick(self, now_ns: int) -> Output:
        """Judge everything as it is now and say what leaves the gate. A check that fails is the gate's own fault."""
        try:
            return self._tick(now_ns)
        except Exception as error:
            return self.fail(repr(error), now_ns)

    def _tick(self, now_ns: int) -> Output:
        if self.state is State.FAULT:
            self.output = self._still(now_ns)
            return self.output
        if self.overrides.follow(now_ns) and self.stop is not None:
            self.stop.healthy_since_ns = None  # how long all has been well counts with every rule in force
        if self.state is State.RECOVER:
            self.recovery.look(self._context(now_ns))
        moving = self.state in MOTION_ALLOWED
        verdicts = self.judge(now_ns)
        self._pending.clear()
        self.verdicts = by_severity(verdicts)
        stops = [verdict for verdict in verdicts if verdict.stops]
        if self.stop is not None:
            (stopping.recovering if self.state is State.RECOVER else stopping.go_on)(self, self.stop, stops, now_ns)
        elif self.state in MOTION_ALLOWED:
            self._moving(stops, now_ns)
        else:
            self._waiting(stops, now_ns)
        if self.state in MOTION_ALLOWED and not moving:
            return self._tick(now_ns)  # the stop just ended; what was judged for a robot at rest lets no request pass
        self.output = self._output(now_ns)
        self.last_output = self.last_output.updated(self.output.command, now_ns)
        if isinstance(self.output.command, Motion):
            self._expected.note(self.output.command, now_ns)
        self._note_zero(now_ns)
        return self.output

    def judge(self, now_ns: int) -> list[Verdict]:
        """Every objection of this moment; changes nothing."""
        context = self._context(now_ns)
        verdicts = self.envelope.judge(context, self.overrides.in_force) + self._pending
        verdicts += self.overrides.verdicts(context) + self._contradiction(now_ns)
        if self.state is State.RECOVER:
            verdicts += self.recovery.verdicts(context)
        elif self.state in ARMED and self._awaiting_zero_request:
            reason = "waiting for the robot's stack to request no motion once"
            verdicts.append(Verdict(Severity.LIMIT, "arming", "command", reason, scale=0.0, scale_angular=0.0))
        return verdicts + self.envelope.judge_last(context, verdicts) if context.armed else verdicts

    def _contradiction(self, now_ns: int) -> list[Verdict]:
        """A robot whose own words contradict each other stands nowhere and is nowhere slow."""
        reason = self.meter.contradiction(now_ns)
        if not reason:
            return []
        stamp_ns = self.readings["odometry"].stamp_ns
        return [Verdict(Severity.PROTECTIVE_STOP, "speed", "odometry", f"odometry: {reason}", stamp_ns=stamp_ns)]

    def _context(self, now_ns: int) -> RuleContext:
        recovering = self.state is State.RECOVER
        asked = self.asked
        twist, peaks = asked.twist, asked.peaks
        if asked.is_done(self.output.command, now_ns):
            peaks = self.zero_command.peaks
        return RuleContext(
            now_ns,
            self.readings,
            twist,
            self.recovery.hold.last_ns if recovering else self._asked_ns(now_ns),
            self.state in MOTION_ALLOWED,
            self.last_output,
            self.meter.speed_mps(now_ns),
            self.histories,
            None if self.stop is None or recovering else self.stop.braked_from,
            self.state is not State.STOPPING,
            self.robot.base,
            peaks,
            0.0 if peaks is None or self.robot.joints is None else self.robot.joints.speed_mps(peaks.velocities_radps),
            () if twist is not None else asked.joint_velocities_at(now_ns),
            None if twist is None else self._expected.spans,
        )

    @property
    def asked(self) -> Command:
        """What is asked of the robot now: by its stack, in RECOVER by the person who leads it, else nothing."""
        if self.state is State.RECOVER and isinstance(self.zero_command, Motion):
            return self.recovery.motion
        return self.requested if self.state in ARMED else self.zero_command

    def _asked_ns(self, now_ns: int) -> int | None:
        """When the command in force was asked for; one that lasts is asked for as long as it is being followed."""
        following = (
            self.requested.persistent and not self._awaiting_zero_request and not self.output.command.rests_at(now_ns)
        )
        return now_ns if following else self._request_received_ns

    def _joints(self, now_ns: int) -> JointStates | None:
        """Where the joints are, by fresh readings that agree; None where one odd sample says so, or none at all."""
        reading, history = self.readings.get("joints"), self.histories.get("joints")
        if reading is None or history is None or untrusted(reading, JOINTS_FRESH_S, now_ns)[0]:
            return None
        if not history.recent or history.recent[-1] is not reading:
            return None  # told once more under the stamp of another: which of the two holds nobody knows
        recent = [each.value for each in list(history.recent)[-AGREEING:] if isinstance(each.value, JointStates)]
        if len(recent) < AGREEING or not isinstance(reading.value, JointStates):
            return None
        columns = zip(*(each.positions for each in recent), strict=True)
        return reading.value if all(max(column) - min(column) <= AGREE_RAD for column in columns) else None

    def objection(self, now_ns: int) -> str:
        """The first reason why nothing may move now; empty if there is none."""
        reasons = [verdict.reason for verdict in self.objections(now_ns)]
        if self.state is State.FAULT:
            return self.reason
        return reasons[0] if reasons else ""

    def objections(self, now_ns: int) -> list[Verdict]:
        """Everything for which nothing may move now. A gate that failed asks no rule any more."""
        if self.state is State.FAULT:
            return []
        try:
            return [verdict for verdict in self.judge(now_ns) if verdict.stops]
        except Exception as error:
            self.fail(repr(error), now_ns)
            return []

    def fail(self, reason: str, now_ns: int) -> Output:
        """The gate itself failed: nothing moves until it is started again."""
        self.fault = self.fault or reason
        self.overrides.end_all("gate fault", now_ns)
        self.recovery.end()
        self.tracker.apply(Trigger.FAULT, now_ns, f"gate fault: {reason}")
        stop = self.zero_command
        with suppress(Exception):  # what failed may be the command itself
            stop = self.output.command.stop(now_ns)
        self.output = Output(stop, False)
        return self.output

    def _waiting(self, stops: Sequence[Verdict], now_ns: int) -> None:
        """INIT and STANDBY: nothing is armed. Lost readiness is no stop, an emergency is one once we were ready."""
        if self.state is State.INIT:
            if pressed := [stop for stop in stops if self._latches_before_ready(stop)]:
                stopping.begin(self, pressed, now_ns)
            elif not stops and self.stands(now_ns):
                self.tracker.apply(Trigger.READY, now_ns, "every input is healthy")
        elif worst(stops) is Severity.EMERGENCY_STOP or any(stop.rule == "request_stop" for stop in stops):
            stopping.begin(self, stops, now_ns)
        elif stops:
            self.tracker.apply(Trigger.NOT_READY, now_ns, stops[0].reason)

    def _latches_before_ready(self, verdict: Verdict) -> bool:
        """A stop that somebody asked for: a button that is pressed over a live link, or a request. What has only not
        come up yet is none."""
        reading = self.readings.get(verdict.source)
        pressed = reading is not None and isinstance(reading.value, Estop) and reading.value.link_ok
        return verdict.rule == "request_stop" or (verdict.rule == "estop" and pressed)

    def _moving(self, stops: Sequence[Verdict], now_ns: int) -> None:
        if stops:
            stopping.begin(self, stops, now_ns)
            return
        self.limits.note(self.verdicts, now_ns)
        if self.verdicts:
            self.tracker.apply(Trigger.LIMIT, now_ns, self.verdicts[0].reason)
        elif not self.limits:
            self.tracker.apply(Trigger.NO_LIMIT, now_ns, "commands pass")

    # --- the stop in force --------------------------------------------------------------------------------------------

    def await_zero_request(self) -> None:
        """Let nothing pass until the stack asks for no motion once; forget what it asked for."""
        self._request_received_ns = None
        self._awaiting_zero_request = True

    def raise_epoch(self, now_ns: int) -> None:
        """Nothing that was commanded before passes any more."""
        self.tracker.raise_epoch(now_ns)
        self.await_zero_request()

    def reset_blocker(self, now_ns: int) -> str:
        """The first condition of a reset that does not hold, in words; empty if all hold or no stop is in force."""
        return stopping.reset_blocker(self, now_ns)

    # --- what goes out ------------------------------------------------------------------------------------------------

    def _output(self, now_ns: int) -> Output:
        if self.state in MOTION_ALLOWED:
            linear = min((verdict.scale for verdict in self.verdicts), default=1.0)
            angular = min((verdict.scale_angular for verdict in self.verdicts), default=1.0)
            return Output(self.asked.limited(linear, angular, now_ns, self.output.command), True)
        if self.state is State.STOPPING and self.stop is not None:
            braking = self.carry_out(self.stop, now_ns)
            stage = self.stage_of(self.stop, now_ns)
            self.stop.note_stage(braking.progress.label, now_ns)
            deceleration_mps2 = self.robot.braking.deceleration_mps2
            return Output(braking.command(stage, self.output.command, now_ns, deceleration_mps2), stage.enable)
        return self._still(now_ns)

    def _still(self, now_ns: int) -> Output:
        return Output(self.output.command.stop(now_ns, self._joints(now_ns)), False)

    def stage_of(self, stop: Stop, now_ns: int) -> Stage:
        """The stage of its profile in which the stop in force is now."""
        return self.carry_out(stop, now_ns).stage(
            stop, self.robot, self.meter.speed_mps(now_ns), self.look(now_ns), now_ns
        )

    def look(self, now_ns: int) -> Seen:
        """What is measured of the robot's body now."""
        return look(self.readings, self.stands(now_ns), now_ns)

    def carry_out(self, stop: Stop, now_ns: int) -> StopExecutor:
        """The stop profile being carried out for the stop in force."""
        if self.braking is None or self.braking.start is not stop.braked_from:
            self.braking = StopExecutor(self.profile, stop.braked_from)
        return self.braking

    @property
    def stage(self) -> str:
        """What the stop profile wants of the robot now, in one word; empty without a stop and in RECOVER."""
        if self.stop is None or self.braking is None or self.state is State.RECOVER:
            return ""
        return self.braking.progress.stage.name

    def _note_zero(self, now_ns: int) -> None:
        if not self.output.command.rests_at(now_ns):
            self._told_to_move_ns = now_ns
        elif self.stop is not None:
            self.stop.note_zero(self.meter.path_m)

    def note_published(self, now_ns: int) -> None:
        """The output has left the gate at `now_ns`: completes the latency of a stop that just began."""
        if self.stop is not None:
            self.stop.note_published(now_ns)

    def stands(self, now_ns: int) -> bool:
        """Whether the robot is measured to stand, after its latency to the last command that asked for motion."""
        return self.meter.stands(now_ns, self._told_to_move_ns + round(self.robot.braking.latency_s * 1e9))

    @property
    def state(self) -> State:
        return self.tracker.state

    @property
    def reason(self) -> str:
        return status_text.reason(self.state, self.verdicts, self.stop, self.fault, self.recovery)

    def _over_edges_only(self) -> bool:
        """Whether a person could lead the robot out: nothing but edges of zones objects, and no emergency did."""
        if self.stop is None or self.stop.severity is Severity.EMERGENCY_STOP or not self.stop.objecting:
            return False
        return self.stop.objecting <= self.envelope.boundaries.keys()

    def remedy(self, now_ns: int) -> str:
        blocker = self.reset_blocker(now_ns)
        return status_text.remedy(self.state, blocker, self._over_edges_only(), self._resumes(blocker, now_ns))

    def _resumes(self, blocker: str, now_ns: int) -> str:
        """When a stop that ends by itself does; empty for one that does not."""
        stop = self.stop
        if stop is None or not stop.self_clearing or self.overrides.in_force:
            return ""
        if stop.objecting or not self.stands(now_ns):
            return f"{CLEAR_AFTER_NS / 1e9:g} s after this is over: {blocker}"
        return f"in {max(0, CLEAR_AFTER_NS - stop.healthy_for_ns(now_ns)) / 1e9:.1f} s"

    def take_events(self) -> list[GateEvent]:
        """What happened since the last call, in order."""
        return self.tracker.take_events()


def _ahead(stamp_ns: int | None, now_ns: int) -> str:
    """What is wrong with a command's stamp: one in the future would outlive the next stop. Empty if nothing is."""
    if stamp_ns is None or stamp_ns - now_ns <= FUTURE_TOLERANCE_NS:
        return ""
    return f"stamped {(stamp_ns - now_ns) / 1e9:.2f} s in the future"
