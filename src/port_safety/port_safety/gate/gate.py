"""The gate: the one place where a robot's command passes, is reduced, or becomes a stop.

It judges the whole envelope, drives the machine, and alone applies what a stop or a way out answers. Time is an
argument; nothing here waits, sleeps or does I/O. Every method leaves the gate in a state from which the next tick is
safe.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from port_safety.commands.command import Command
from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import status_text
from port_safety.gate.active_limits import ActiveLimits
from port_safety.gate.events import NO_COST, EventKind, GateEvent
from port_safety.gate.expected_motion import ExpectedMotion
from port_safety.gate.moment import Moment, Transition
from port_safety.gate.observations import Observations
from port_safety.gate.recovery import Recovery
from port_safety.gate.requests import Requests, never_set, stamp_fault, unjudgeable
from port_safety.gate.rule_override import RuleOverrides
from port_safety.gate.state_machine import ARMED, MOTION_ALLOWED, State, Trigger
from port_safety.gate.state_tracker import StateTracker
from port_safety.gate.stop import Stop
from port_safety.model.readings import Estop, Value
from port_safety.model.robot_model import RobotModel
from port_safety.model.stop_profiles import profile_of
from port_safety.model.verdict import Severity, Verdict, by_severity, worst
from port_safety.rules.context import NO_OUTPUT, RuleContext
from port_safety.rules.envelope import Envelope

#: No stop is in force in these; in FAULT the one that was is kept for the evidence.
WITHOUT_STOP = frozenset({State.STANDBY, *ARMED})


@dataclass(frozen=True, slots=True)
class Output:
    """What leaves the gate now: the command, and whether the enable heartbeat says yes."""

    command: Command
    enable: bool


class Gate:
    """One robot's gate. `name` begins the ids of its stops. What people ask of it: operator_commands.py.

    zero_command: asks for nothing, of the type that the robot is commanded with. verdicts: of the last tick, the worst
    first. Others read its attributes and call its methods; none assigns.
    """

    def __init__(self, name: str, robot: RobotModel, envelope: Envelope, zero_command: Command = ZERO) -> None:
        self.name = name
        self.robot = robot
        self.profile = profile_of(robot)
        self.envelope = envelope
        self.zero_command = zero_command
        self.tracker = StateTracker()
        self.observed = Observations(robot)
        self.requests = Requests(zero_command)
        self.limits = ActiveLimits(self.tracker)
        self.overrides = RuleOverrides(self.tracker)
        self.recovery = Recovery()
        self.stop: Stop | None = None
        self.output = Output(zero_command, False)
        self.last_output = NO_OUTPUT
        self.verdicts: tuple[Verdict, ...] = ()
        self.fault = ""
        self._expected = ExpectedMotion(robot)
        self._pending: list[Verdict] = []

    # --- what comes in ------------------------------------------------------------------------------------------------

    def update(self, name: str, value: Value, stamp_ns: int, now_ns: int) -> None:
        """Take in a reading; both times on the monotonic clock. One that cannot be taken in is the gate's own fault."""
        try:
            self.observed.update(name, value, stamp_ns, now_ns)
        except Exception as error:
            self.fail(f"{name}: {error!r}", now_ns)

    def request(self, command: Command, now_ns: int, stamp_ns: int | None = None) -> Output:
        """A command of the robot's own stack arrived, stamped `stamp_ns` if it carries a stamp (monotonic)."""
        try:
            self._request(command, now_ns, stamp_ns)
        except Exception as error:
            return self.fail(f"command: {error!r}", now_ns)
        return self.tick(now_ns)

    def _request(self, command: Command, now_ns: int, stamp_ns: int | None) -> None:
        if stamp_ns is not None and stamp_ns < self.tracker.epoch_began_ns and not never_set(stamp_ns):
            return  # commanded before the last stop
        command = command.started(now_ns, self.output.command, self.observed.joints(now_ns))
        if fault := command.fault or unjudgeable(command) or stamp_fault(stamp_ns, now_ns):
            self.add_verdict(Severity.PROTECTIVE_STOP, "command", "command", f"command: {fault}", now_ns)
            command = self.zero_command
        self.requests.take(command, now_ns, stamp_ns, self.state in ARMED)

    def add_verdict(self, severity: Severity, rule: str, source: str, reason: str, now_ns: int) -> None:
        """An objection that comes from no rule of the envelope; it counts in the next tick."""
        self._pending.append(Verdict(severity, rule, source, reason, stamp_ns=now_ns))

    def put_in_force(self, envelope: Envelope, reason: str, now_ns: int) -> None:
        """`envelope` holds from the next tick on; `reason` tells what changed."""
        self.envelope = envelope
        self.tracker.emit(EventKind.ENVELOPE_CHANGED, now_ns, self.state, reason)

    # --- the tick -----------------------------------------------------------------------------------------------------

    def tick(self, now_ns: int) -> Output:
        """Judge everything as it is now and say what leaves the gate. A check that fails is the gate's own fault."""
        try:
            return self._tick(now_ns)
        except Exception as error:
            return self.fail(repr(error), now_ns)

    def _tick(self, now_ns: int) -> Output:
        if self.state is State.FAULT:
            self._pending.clear()
            self.output = self._still(now_ns)
            return self.output
        if self.overrides.follow(now_ns) and self.stop is not None:
            self.stop.healthy_since_ns = None  # how long all has been well counts with every rule in force
        if self.state is State.RECOVER:
            self.recovery.look(self._context(now_ns))
        moving = self.state in MOTION_ALLOWED
        self.verdicts = self.judge(now_ns)
        self._pending.clear()
        self._decide([verdict for verdict in self.verdicts if verdict.stops], now_ns)
        if self.state in MOTION_ALLOWED and not moving:
            return self._tick(now_ns)  # the stop just ended; what was judged for a robot at rest lets no request pass
        self.output = self._output(now_ns)
        self._note_output(now_ns)
        return self.output

    def _decide(self, stops: Sequence[Verdict], now_ns: int) -> None:
        """Follow the machine for what stops now, the worst first."""
        if self.stop is not None:
            moment = self._moment(stops, now_ns)
            recovering = self.state is State.RECOVER
            self.apply(self.recovery.go_on(self.stop, moment) if recovering else self.stop.go_on(moment), now_ns)
        elif self.state in MOTION_ALLOWED:
            self._moving(stops, now_ns)
        else:
            self._waiting(stops, now_ns)

    def judge(self, now_ns: int) -> tuple[Verdict, ...]:
        """Every objection of this moment, the worst first; changes nothing."""
        context = self._context(now_ns)
        verdicts = self.envelope.judge(context, self.overrides.in_force) + self._pending
        verdicts += self.overrides.verdicts(context) + self.observed.contradiction(now_ns)
        if self.state is State.RECOVER:
            verdicts += self.recovery.verdicts(context)
        elif self.state in ARMED and self.requests.awaiting_zero:
            reason = "waiting for the robot's stack to request no motion once"
            verdicts.append(Verdict(Severity.LIMIT, "arming", "command", reason, scale=0.0, scale_angular=0.0))
        if context.armed:
            verdicts += self.envelope.judge_last(context, verdicts)
        return by_severity(verdicts)

    def _context(self, now_ns: int) -> RuleContext:
        recovering = self.state is State.RECOVER
        asked = self.asked
        twist, peaks = asked.twist, asked.peaks
        if asked.is_done(self.output.command, now_ns):
            peaks = self.zero_command.peaks
        return RuleContext(
            now_ns,
            self.observed.readings,
            twist,
            self.recovery.hold.last_ns if recovering else self.requests.asked_ns(self.output.command, now_ns),
            self.state in MOTION_ALLOWED,
            self.last_output,
            self.observed.meter.speed_mps(now_ns),
            self.observed.histories,
            None if self.stop is None or recovering else self.stop.braking.start,
            self.state is not State.STOPPING,
            self.robot.base,
            peaks,
            0.0 if peaks is None or self.robot.joints is None else self.robot.joints.speed_mps(peaks.velocities_radps),
            () if twist is not None else asked.joint_velocities_at(now_ns),
            None if twist is None else self._expected.spans,
            self.requests.last_heard_ns,
        )

    def _moment(self, objections: Sequence[Verdict], now_ns: int) -> Moment:
        return Moment(
            now_ns, self.state, objections, self.output.command, self.observed.meter.speed_mps(now_ns),
            self.observed.meter.path_m, self.observed.seen(now_ns), self.requests.still_asks(now_ns),
            bool(self.overrides.in_force),
        )  # fmt: skip

    @property
    def asked(self) -> Command:
        """What is asked of the robot now: by its stack, in RECOVER by the person who leads it, else nothing."""
        if self.state is State.RECOVER and isinstance(self.zero_command, Motion):
            return self.recovery.motion
        return self.requests.command if self.state in ARMED else self.zero_command

    def objections(self, now_ns: int) -> list[Verdict]:
        """Everything for which nothing may move now, the worst first. A gate that failed asks no rule any more."""
        if self.state is State.FAULT:
            return []
        try:
            return [verdict for verdict in self.judge(now_ns) if verdict.stops]
        except Exception as error:
            self.fail(repr(error), now_ns)
            return []

    def objection(self, now_ns: int) -> str:
        """The worst reason why nothing may move now; empty if there is none."""
        reasons = [verdict.reason for verdict in self.objections(now_ns)]
        if self.state is State.FAULT:
            return self.reason
        return reasons[0] if reasons else ""

    # --- the machine --------------------------------------------------------------------------------------------------

    def apply(self, transitions: Iterable[Transition], now_ns: int) -> None:
        """Follow what a stop, a way out or a person's command answered."""
        for each in transitions:
            if each.new_epoch:
                self.raise_epoch(now_ns)
            if each.ends_overrides:
                self.overrides.end_all("stopped", now_ns)
            if each.await_zero:
                self.requests.await_zero()
            before = self.state
            if each.trigger is not None:
                self.tracker.apply(each.trigger, now_ns, each.reason)
            if each.event is not None:
                cost = each.cost or NO_COST
                self.tracker.emit(each.event, now_ns, before, each.reason, each.causes, each.by, cost)
        if self.state in WITHOUT_STOP:
            self.stop = None

    def raise_epoch(self, now_ns: int) -> None:
        """Nothing that was commanded before passes any more."""
        self.tracker.raise_epoch(now_ns)
        self.requests.await_zero()

    def _begin_stop(self, stops: Sequence[Verdict], now_ns: int) -> None:
        """Stop for what objects now: a new event id, a new epoch, nothing limits any more."""
        self.limits.end(now_ns)
        self.overrides.end_all("stopped", now_ns)
        self.raise_epoch(now_ns)
        self.tracker.event_id = f"{self.name}-{self.tracker.epoch}"
        moment = self._moment(stops, now_ns)
        self.stop = Stop(self.tracker.event_id, self.robot, moment.start, moment.path_m)
        self.apply(self.stop.begin(moment, self.observed.received_ns(stops[0], now_ns)), now_ns)

    def _waiting(self, stops: Sequence[Verdict], now_ns: int) -> None:
        """INIT and STANDBY: nothing is armed. Lost readiness is no stop, an emergency is one once we were ready."""
        if self.state is State.INIT:
            if pressed := [stop for stop in stops if self._latches_before_ready(stop)]:
                self._begin_stop([*pressed, *(stop for stop in stops if stop not in pressed)], now_ns)
            elif not stops and self.observed.stands(now_ns):
                self.tracker.apply(Trigger.READY, now_ns, "every input is healthy")
        elif worst(stops) is Severity.EMERGENCY_STOP or any(stop.rule == "request_stop" for stop in stops):
            self._begin_stop(stops, now_ns)
        elif stops:
            self.tracker.apply(Trigger.NOT_READY, now_ns, stops[0].reason)

    def _latches_before_ready(self, verdict: Verdict) -> bool:
        """A stop that somebody asked for: a button that is pressed over a live link, or a request. What has only not
        come up yet is none."""
        reading = self.observed.readings.get(verdict.source)
        pressed = reading is not None and isinstance(reading.value, Estop) and reading.value.link_ok
        return verdict.rule == "request_stop" or (verdict.rule == "estop" and pressed)

    def _moving(self, stops: Sequence[Verdict], now_ns: int) -> None:
        if stops:
            self._begin_stop(stops, now_ns)
            return
        self.limits.note(self.verdicts, now_ns)
        if self.verdicts:
            self.tracker.apply(Trigger.LIMIT, now_ns, self.verdicts[0].reason)
        elif not self.limits:
            self.tracker.apply(Trigger.NO_LIMIT, now_ns, "commands pass")

    def fail(self, reason: str, now_ns: int) -> Output:
        """The gate itself failed: nothing moves until it is started again."""
        self.fault = self.fault or reason
        self.overrides.end_all("gate fault", now_ns)
        if self.state is State.RECOVER:
            by = self.recovery.hold.by
            self.tracker.emit(EventKind.RECOVER_ENDED, now_ns, self.state, "gate fault", by=by)
        self.recovery.end()
        self.tracker.apply(Trigger.FAULT, now_ns, f"gate fault: {reason}")
        stop = self.zero_command
        with suppress(Exception):  # what failed may be the command itself
            stop = self.output.command.stop(now_ns)
        self.output = Output(stop, False)
        return self.output

    # --- what goes out ------------------------------------------------------------------------------------------------

    def _output(self, now_ns: int) -> Output:
        if self.state in MOTION_ALLOWED:
            linear = min((verdict.scale for verdict in self.verdicts), default=1.0)
            angular = min((verdict.scale_angular for verdict in self.verdicts), default=1.0)
            return Output(self.asked.limited(linear, angular, now_ns, self.output.command), True)
        if self.state is State.STOPPING and self.stop is not None:
            return Output(*self.stop.command(self._moment((), now_ns)))
        return self._still(now_ns)

    def _still(self, now_ns: int) -> Output:
        return Output(self.output.command.stop(now_ns, self.observed.joints(now_ns)), False)

    def _note_output(self, now_ns: int) -> None:
        command = self.output.command
        self.last_output = self.last_output.updated(command, now_ns)
        if isinstance(command, Motion):
            self._expected.note(command, now_ns)
        self.observed.note_output(command, now_ns)
        if self.stop is not None and command.rests_at(now_ns):
            self.stop.note_zero(self.observed.meter.path_m)

    def note_published(self, now_ns: int) -> None:
        """The output has left the gate at `now_ns`: completes the latency of a stop that just began."""
        if self.stop is not None:
            self.stop.note_published(now_ns)

    # --- what it says of itself ---------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        return self.tracker.state

    @property
    def stage(self) -> str:
        """What the stop profile wants of the robot now, in one word; empty without a stop and in RECOVER."""
        if self.stop is None or self.state is State.RECOVER:
            return ""
        return self.stop.braking.progress.stage.name

    @property
    def reason(self) -> str:
        return status_text.reason(self.state, self.verdicts, self.stop, self.fault, self.recovery)

    def reset_blocker(self, now_ns: int) -> str:
        """The first condition of a reset that does not hold, in words; empty if all hold or no stop is in force."""
        if self.stop is None:
            return ""
        objections = self.objections(now_ns)
        if self.state is State.FAULT:
            return self.reason
        return self.stop.reset_blocker(self._moment(objections, now_ns))

    def remedy(self, now_ns: int) -> str:
        """What to do next, by what the last tick found; empty if nothing."""
        if self.stop is None or self.state is State.FAULT:
            return status_text.remedy(self.state)
        moment = self._moment([verdict for verdict in self.verdicts if verdict.stops], now_ns)
        return status_text.remedy_of_stop(self.stop, moment, self.envelope.boundaries.keys())

    def take_events(self) -> list[GateEvent]:
        """What happened since the last call, in order."""
        return self.tracker.take_events()
