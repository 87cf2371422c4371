"""The gate: the one place where a robot's command passes, is reduced, or becomes a stop.

It holds the readings, judges the whole envelope, drives the machine, and keeps the stop in force. Time is an argument;
nothing here waits, sleeps or does I/O. Every method leaves the gate in a state from which the next tick is safe.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from port_safety.core import words
from port_safety.core.envelope import Envelope
from port_safety.core.happening import Answer, Happening, Kind
from port_safety.core.machine import MOVING, STOPPED_OR_STOPPING, Event, State, following
from port_safety.core.motion import ZERO, Motion
from port_safety.core.reading import Estop, Odometry, Reading, Value
from port_safety.core.standstill import StandstillMeter
from port_safety.core.stop import HEALTHY_FOR_NS, Stop
from port_safety.core.stop_profile import Start, stage
from port_safety.core.verdict import Severity, Verdict, by_severity, worst
from port_safety.core.view import Robot, View


@dataclass(frozen=True, slots=True)
class Output:
    """What leaves the gate now: the command, and whether the enable heartbeat says yes."""

    command: Motion
    enable: bool


STILL = Output(ZERO, False)


class Gate:
    """One robot's gate. `name` begins the ids of its stops."""

    def __init__(self, name: str, robot: Robot, envelope: Envelope) -> None:
        self.robot = robot
        self.envelope = envelope
        self.state = State.INIT
        self.since_ns = 0
        self.epoch = 0
        self.stop: Stop | None = None
        self.event_id = ""
        self.output = STILL
        self.requested = ZERO
        self.verdicts: tuple[Verdict, ...] = ()
        self.readings: dict[str, Reading] = {}
        self.meter = StandstillMeter()
        self.fault = ""
        self._name = name
        self._epoch_began_ns = 0
        self._request_received_ns: int | None = None
        self.last_heard_ns: int | None = None
        self._told_to_move_ns = 0
        self._shut = True
        self._pending: list[Verdict] = []
        self._reset_was_released: set[str] = set()
        self._limited: frozenset[tuple[str, str]] = frozenset()
        self._happenings: list[Happening] = []

    # --- what comes in ------------------------------------------------------------------------------------------------

    def update(self, name: str, value: Value, stamp_ns: int, now_ns: int) -> None:
        """Take in a reading; both times on the monotonic clock."""
        self.readings[name] = Reading(value, stamp_ns, now_ns)
        if isinstance(value, Odometry):
            self.meter.update(value, now_ns)
        elif isinstance(value, Estop):
            self._watch_reset(name, value, now_ns)

    def request(self, motion: Motion, now_ns: int, stamp_ns: int | None = None) -> Output:
        """A command of the robot's own stack arrived, stamped `stamp_ns` if it carries a stamp (monotonic)."""
        if stamp_ns is not None and stamp_ns < self._epoch_began_ns:
            return self.output  # commanded before the last stop
        if motion.fault:
            self._pending.append(
                Verdict(Severity.PROTECTIVE_STOP, "command", "command", f"command: {motion.fault}", stamp_ns=now_ns)
            )
            motion = ZERO
        self.requested, self._request_received_ns, self.last_heard_ns = motion, now_ns, now_ns
        if self.state in MOVING and motion.near_zero:
            self._shut = False
        return self.tick(now_ns)

    def _watch_reset(self, name: str, value: Estop, now_ns: int) -> None:
        """A reset is an edge: the button was seen released, then is pressed."""
        if not value.link_ok:
            self._reset_was_released.discard(name)
        elif not value.reset_pressed:
            self._reset_was_released.add(name)
        elif name in self._reset_was_released:
            self._reset_was_released.discard(name)
            if self.state in STOPPED_OR_STOPPING:
                self.reset(self.event_id, f"reset button {name.removeprefix('estop ')}", now_ns)

    # --- what people ask for ------------------------------------------------------------------------------------------

    def arm(self, by: str, now_ns: int) -> Answer:
        """Let commands through from now on; possible in STANDBY while nothing objects."""
        reason = self._unarmable(now_ns)
        if reason:
            self._happen(Kind.ARM_REFUSED, now_ns, self.state, reason, by=by)
            return Answer(False, reason)
        self._shut = True
        self._request_received_ns = None
        self._go(Event.ARM, now_ns, f"armed by {by}")
        self._happen(Kind.ARMED, now_ns, State.STANDBY, "armed", by=by)
        return Answer(True, "armed")

    def disarm(self, by: str, now_ns: int) -> Answer:
        """Take the permission back; refused while the robot moves: then only a stop helps."""
        if self.state not in MOVING:
            return Answer(self.state is State.STANDBY, f"not armed: the gate is in {self.state.name}")
        if not self.stands(now_ns):
            return Answer(False, "the robot is moving; request a stop instead")
        self._go(Event.DISARM, now_ns, f"disarmed by {by}")
        self.tick(now_ns)
        return Answer(True, "disarmed")

    def request_stop(self, by: str, reason: str, emergency: bool, now_ns: int) -> Answer:
        """Stop now; latched. Where nothing is armed there is nothing to stop, and the answer says so."""
        severity = Severity.EMERGENCY_STOP if emergency else Severity.PROTECTIVE_STOP
        if self.state in (State.INIT, State.FAULT):
            return Answer(True, f"already held in {self.state.name}")
        self._pending.append(
            Verdict(severity, "request_stop", by or "unnamed", reason or "stop requested", stamp_ns=now_ns)
        )
        self.tick(now_ns)
        return Answer(True, "stopped")

    def reset(self, event_id: str, by: str, now_ns: int) -> Answer:
        """End the stop `event_id`. Leads to STANDBY, never to motion."""
        before = self.state
        reason = self._unresettable(event_id, now_ns)
        if reason:
            self._happen(Kind.RESET_REFUSED, now_ns, before, reason, by=by)
            return Answer(False, reason)
        self._go(Event.RESETTABLE, now_ns, "every condition of a reset holds")
        self._go(Event.RESET, now_ns, f"reset by {by}")
        self._happen(Kind.RESET_ACCEPTED, now_ns, before, "reset", by=by)
        self.stop = None
        return Answer(True, "reset")

    def _unarmable(self, now_ns: int) -> str:
        if self.state is not State.STANDBY:
            return f"the gate is in {self.state.name}: {self.reason}"
        objection = next((verdict.reason for verdict in self._judge(now_ns) if verdict.stops), "")
        if objection:
            return objection
        return "" if self.stands(now_ns) else "the robot is not measured to stand"

    def _unresettable(self, event_id: str, now_ns: int) -> str:
        if self.stop is None:
            return "no stop is in force"
        if event_id != self.stop.event_id:
            return f"the stop in force is {self.stop.event_id}, not {event_id or 'unnamed'}"
        return self.unmet(now_ns)

    def unmet(self, now_ns: int) -> str:
        """The first condition of a reset that does not hold, in words; empty if all hold."""
        if self.stop is None:
            return ""
        objection = next((verdict.reason for verdict in self._judge(now_ns) if verdict.stops), "")
        if objection:
            return objection
        if not self.stands(now_ns):
            return "the robot is not measured to stand"
        if self.state is State.STOPPING:
            return "the stop is still being carried out"
        healthy_s = self.stop.healthy_for_ns(now_ns) / 1e9
        if healthy_s < HEALTHY_FOR_NS / 1e9:
            return f"every cause must be gone for {HEALTHY_FOR_NS / 1e9:.1f} s, it is {healthy_s:.1f} s"
        if not self._asks_for_nothing(now_ns):
            return f"the robot's stack still requests {self.requested.speed_mps:.2f} m/s; it must request zero"
        return ""

    def _asks_for_nothing(self, now_ns: int) -> bool:
        silent = self.last_heard_ns is None or now_ns - self.last_heard_ns > 500_000_000
        return silent or self.requested.near_zero

    # --- the tick -----------------------------------------------------------------------------------------------------

    def tick(self, now_ns: int) -> Output:
        """Judge everything as it is now and say what leaves the gate."""
        if self.state is State.FAULT:
            self.output = STILL
            return self.output
        verdicts = self._judge(now_ns)
        self._pending.clear()
        self.verdicts = by_severity(verdicts)
        stops = [verdict for verdict in verdicts if verdict.stops]
        if self.state in STOPPED_OR_STOPPING:
            self._stopped(stops, now_ns)
        elif self.state in MOVING:
            self._moving(stops, now_ns)
        else:
            self._waiting(stops, now_ns)
        self.output = self._output(now_ns)
        self._note_zero(now_ns)
        return self.output

    def fail(self, reason: str, now_ns: int) -> Output:
        """The gate itself failed: nothing moves until it is started again."""
        self.fault = self.fault or reason
        self._go(Event.FAULT, now_ns, f"gate fault: {reason}")
        self.output = STILL
        return self.output

    def _judge(self, now_ns: int) -> list[Verdict]:
        armed = self.state in MOVING
        view = View(now_ns, self.readings, self.requested if armed else ZERO, self._request_received_ns, armed)
        verdicts = self.envelope.judge(view) + self._pending
        if armed and self._shut:
            reason = "waiting for the robot's stack to request no motion once"
            verdicts.append(Verdict(Severity.LIMIT, "arming", "command", reason, scale=0.0, scale_angular=0.0))
        return verdicts

    def _waiting(self, stops: Sequence[Verdict], now_ns: int) -> None:
        """INIT and STANDBY: nothing is armed. Lost readiness is no stop, an emergency is one once we were ready."""
        if self.state is State.INIT:
            if not stops and self.stands(now_ns):
                self._go(Event.READY, now_ns, "every input is healthy")
        elif worst(stops) is Severity.EMERGENCY_STOP or any(stop.rule == "request_stop" for stop in stops):
            self._begin_stop(stops, now_ns)
        elif stops:
            self._go(Event.NOT_READY, now_ns, stops[0].reason)

    def _moving(self, stops: Sequence[Verdict], now_ns: int) -> None:
        if stops:
            self._begin_stop(stops, now_ns)
            return
        limits = {verdict.key: verdict for verdict in self.verdicts}
        self._report_limits(limits, now_ns)
        if limits:
            self._go(Event.LIMIT, now_ns, self.verdicts[0].reason)
        else:
            self._go(Event.NO_LIMIT, now_ns, "commands pass")

    def _report_limits(self, limits: dict[tuple[str, str], Verdict], now_ns: int) -> None:
        for key in limits.keys() - self._limited:
            self._happen(Kind.LIMIT_BEGAN, now_ns, self.state, limits[key].reason, causes=(limits[key],))
        for rule, source in self._limited - limits.keys():
            self._happen(Kind.LIMIT_ENDED, now_ns, self.state, f"{rule}: {source} no longer limits")
        self._limited = frozenset(limits)

    def _begin_stop(self, stops: Sequence[Verdict], now_ns: int) -> None:
        self._raise_epoch(now_ns)
        ordered = by_severity(stops)
        start = Start(now_ns, self.output.command, self.meter.speed_mps(now_ns), ordered[0].severity)
        self.event_id = f"{self._name}-{self.epoch}"
        self.stop = Stop(self.event_id, start, self.meter.path_m)
        causes = tuple(self.stop.take(ordered, now_ns))
        self._report_limits({}, now_ns)
        before = self.state
        self._go(Event.STOP, now_ns, ordered[0].reason)
        self._happen(Kind.STOP, now_ns, before, ordered[0].reason, causes=causes)

    def _raise_epoch(self, now_ns: int) -> None:
        self.epoch += 1
        self._epoch_began_ns = now_ns
        self._request_received_ns = None
        self._shut = True

    def _stopped(self, stops: Sequence[Verdict], now_ns: int) -> None:
        assert self.stop is not None
        severity = self.stop.severity
        new = self.stop.take(by_severity(stops), now_ns)
        if new:
            self._join(new, severity, now_ns)
        stands = self.stands(now_ns)
        if self.state is State.STOPPING and stands:
            self._stand(now_ns)
        if self.state is State.STOPPING:
            return
        if stands and self.stop.clears(now_ns):
            self._clear(now_ns)
        elif self.unmet(now_ns):
            self._go(Event.NOT_RESETTABLE, now_ns, self.unmet(now_ns))
        elif not self.stop.self_clearing:
            self._go(Event.RESETTABLE, now_ns, "every condition of a reset holds")

    def _join(self, new: Sequence[Verdict], severity_before: Severity, now_ns: int) -> None:
        """Later causes of the stop in force: kept, reported, and they void a reset that was possible."""
        assert self.stop is not None
        self._raise_epoch(now_ns)
        if self.stop.severity > severity_before:
            start = self.stop.start
            self.stop.start = Start(start.at_ns, start.passed, start.speed_mps, self.stop.severity)
        self._go(Event.STOP, now_ns, new[0].reason)
        self._happen(Kind.CAUSE_ADDED, now_ns, self.state, new[0].reason, causes=tuple(new))

    def _stand(self, now_ns: int) -> None:
        """Standstill: report what the stop cost, once a stop."""
        stop = self.stop
        assert stop is not None
        self._go(Event.STANDSTILL, now_ns, "the robot stands")
        if stop.stood:
            return
        stop.stood = True
        path_m = self.meter.path_m
        self._happen(
            Kind.STANDSTILL,
            now_ns,
            State.STOPPING,
            "the robot stands",
            causes=tuple(stop.causes.values()),
            latency_ms=stop.latency_ms,
            distance_m=path_m - stop.path_at_start_m,
            travel_after_zero_m=path_m - stop.path_at_zero_m,
            duration_s=(now_ns - stop.start.at_ns) / 1e9,
        )

    def _clear(self, now_ns: int) -> None:
        """A stop that may end by itself ends: back to RUN, shut until the stack asks for no motion once."""
        self._shut = True
        self._request_received_ns = None
        self._go(Event.CLEARED, now_ns, "the cause is gone; this stop ends by itself")
        self.stop = None

    # --- what goes out ------------------------------------------------------------------------------------------------

    def _output(self, now_ns: int) -> Output:
        if self.state in MOVING:
            linear = min((verdict.scale for verdict in self.verdicts), default=1.0)
            angular = min((verdict.scale_angular for verdict in self.verdicts), default=1.0)
            return Output(self.requested.scaled(linear, angular), True)
        if self.state is State.STOPPING and self.stop is not None:
            stands = self.stands(now_ns)
            now = stage(self.robot, self.stop.start, now_ns, self.meter.speed_mps(now_ns), stands)
            return Output(now.command, now.enable)
        return STILL

    def _note_zero(self, now_ns: int) -> None:
        if self.output.command != ZERO:
            self._told_to_move_ns = now_ns
        if self.stop is not None and math.isnan(self.stop.path_at_zero_m) and self.output.command == ZERO:
            self.stop.path_at_zero_m = self.meter.path_m

    def note_published(self, now_ns: int) -> None:
        """The output has left the gate at `now_ns`: completes the latency of a stop that just began."""
        if self.stop is None or not math.isnan(self.stop.latency_ms):
            return
        first = next(iter(self.stop.causes.values()))
        if first.stamp_ns:
            self.stop.latency_ms = (now_ns - first.stamp_ns) / 1e6

    def take_happenings(self) -> list[Happening]:
        """What happened since the last call, in order."""
        taken, self._happenings = self._happenings, []
        return taken

    @property
    def reason(self) -> str:
        return words.reason(self.state, self.verdicts, self.stop, self.fault)

    def remedy(self, now_ns: int) -> str:
        return words.remedy(self.state, self.unmet(now_ns))

    def _go(self, event: Event, now_ns: int, reason: str) -> None:
        before, self.state = self.state, following(self.state, event)
        if self.state is not before:
            self.since_ns = now_ns
            self._happen(Kind.STATE_CHANGED, now_ns, before, reason)

    def stands(self, now_ns: int) -> bool:
        """Whether the robot is measured to stand, after its latency to the last command that asked for motion."""
        return self.meter.stands(now_ns, self._told_to_move_ns + round(self.robot.braking.latency_s * 1e9))

    def _happen(
        self,
        kind: Kind,
        now_ns: int,
        before: State,
        reason: str,
        causes: tuple[Verdict, ...] = (),
        by: str = "",
        latency_ms: float = math.nan,
        distance_m: float = math.nan,
        travel_after_zero_m: float = math.nan,
        duration_s: float = math.nan,
    ) -> None:
        event_id = self.stop.event_id if self.stop is not None else ""
        self._happenings.append(
            Happening(
                kind,
                now_ns,
                before,
                self.state,
                self.epoch,
                reason,
                event_id,
                causes,
                by,
                latency_ms,
                distance_m,
                travel_after_zero_m,
                duration_s,
            )
        )
