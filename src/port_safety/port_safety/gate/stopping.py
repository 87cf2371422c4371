"""A stop from its first cause to its end: how it begins, what joins it, what it cost, what a reset still lacks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from port_safety.gate.events import EventKind
from port_safety.gate.state_machine import State, Trigger
from port_safety.gate.stop import HEALTHY_FOR_NS, Stop
from port_safety.model.verdict import Verdict, by_severity
from port_safety.rules.stop_start import StopStart

if TYPE_CHECKING:
    from port_safety.gate.gate import Gate

#: A stack that has not said anything for this long asks for nothing.
SILENT_NS = 500_000_000


def begin(gate: "Gate", stops: Sequence[Verdict], now_ns: int) -> None:
    """Stop for what objects now: a new event id, a new epoch, nothing limits any more."""
    gate.limits.end(now_ns)
    gate.overrides.end_all("stopped", now_ns)
    gate.raise_epoch(now_ns)
    ordered = by_severity(stops)
    gate.tracker.event_id = f"{gate.name}-{gate.tracker.epoch}"
    gate.stop = Stop(gate.tracker.event_id, start_now(gate, now_ns), gate.meter.path_m)
    gate.stop.received_ns = _received_ns(gate, ordered[0], now_ns)
    causes = tuple(gate.stop.take(ordered, now_ns))
    before = gate.tracker.apply(Trigger.STOP, now_ns, ordered[0].reason)
    gate.tracker.emit(EventKind.STOP, now_ns, before, ordered[0].reason, causes=causes)


def start_now(gate: "Gate", now_ns: int) -> StopStart:
    """This moment as the one from which the robot is braked."""
    return StopStart(now_ns, gate.output.command, gate.meter.speed_mps(now_ns))


def _received_ns(gate: "Gate", cause: Verdict, now_ns: int) -> int | None:
    """When the reading behind a cause arrived; None where none did, or where its silence is the cause."""
    arrived = (reading.received_ns for reading in gate.readings.values() if reading.stamp_ns == cause.stamp_ns)
    return next(arrived, now_ns if cause.stamp_ns == now_ns else None)


def go_on(gate: "Gate", stop: Stop, stops: Sequence[Verdict], now_ns: int) -> None:
    """One tick of the stop in force."""
    new = stop.take(by_severity(stops), now_ns)
    if new:
        join(gate, new, now_ns)
    stands = gate.stands(now_ns)
    if gate.state is State.STOPPING and _carried_out(gate, stop, now_ns) and stands:
        _stand(gate, stop, now_ns)
    if gate.state is State.STOPPING:
        return
    if stands and stop.clears(now_ns) and not gate.overrides.in_force:
        _clear(gate, now_ns)
    elif lacking := reset_blocker(gate, now_ns, stops):
        gate.tracker.apply(Trigger.NOT_RESETTABLE, now_ns, lacking)
    elif not stop.self_clearing or gate.overrides.in_force:
        gate.tracker.apply(Trigger.RESETTABLE, now_ns, "every condition of a reset holds")


def recovering(gate: "Gate", stop: Stop, stops: Sequence[Verdict], now_ns: int) -> None:
    """One tick of the way out: what was not there before ends it, so does the person who lets go."""
    new = gate.recovery.unexpected(by_severity(stops))
    stop.take(by_severity(stops), now_ns)
    if new:
        _end_recovery(gate, stop, new[0].reason, now_ns)
        join(gate, new, now_ns)
    elif not gate.recovery.edges:
        _release(gate, stop, "the robot is out", now_ns)
    elif not gate.recovery.hold.is_active(now_ns):
        _release(gate, stop, "let go", now_ns)


def _release(gate: "Gate", stop: Stop, reason: str, now_ns: int) -> None:
    gate.raise_epoch(now_ns)
    _end_recovery(gate, stop, reason, now_ns)
    gate.tracker.apply(Trigger.RELEASED, now_ns, reason)


def _end_recovery(gate: "Gate", stop: Stop, reason: str, now_ns: int) -> None:
    """The robot is brought to rest from what it does now."""
    stop.braked_from = start_now(gate, now_ns)
    gate.tracker.emit(EventKind.RECOVER_ENDED, now_ns, gate.state, reason, by=gate.recovery.hold.by)
    gate.recovery.end()


def _carried_out(gate: "Gate", stop: Stop, now_ns: int) -> bool:
    """Whether the stop profile is at its last stage."""
    braking = gate.carry_out(stop, now_ns)
    gate.stage_of(stop, now_ns)
    return braking.progress.at_last


def join(gate: "Gate", new: Sequence[Verdict], now_ns: int) -> None:
    """Later causes of the stop in force: kept, reported, and they void a reset that was possible."""
    gate.raise_epoch(now_ns)
    gate.overrides.end_all("stopped", now_ns)
    gate.tracker.apply(Trigger.STOP, now_ns, new[0].reason)
    gate.tracker.emit(EventKind.CAUSE_ADDED, now_ns, gate.state, new[0].reason, causes=tuple(new))


def _stand(gate: "Gate", stop: Stop, now_ns: int) -> None:
    """Standstill: report what the stop cost."""
    before = gate.tracker.apply(Trigger.STANDSTILL, now_ns, "the robot stands")
    stop.note_stage("standing", now_ns)
    if stop.stood:
        return  # after a recovery: what the stop cost has been told
    stop.stood = True
    path_m = gate.meter.path_m
    gate.tracker.emit(
        EventKind.STANDSTILL,
        now_ns,
        before,
        "the robot stands",
        causes=tuple(stop.causes.values()),
        latency_ms=stop.latency_ms,
        distance_m=path_m - stop.path_at_start_m,
        travel_after_zero_m=path_m - stop.path_at_zero_m,
        duration_s=(now_ns - stop.start.at_ns) / 1e9,
    )


def _clear(gate: "Gate", now_ns: int) -> None:
    """A stop that may end by itself ends: back to RUN, but shut."""
    gate.await_zero_request()
    gate.tracker.apply(Trigger.CLEARED, now_ns, "the cause is gone; this stop ends by itself")
    gate.stop = None


def reset_blocker(gate: "Gate", now_ns: int, stops: Sequence[Verdict] | None = None) -> str:
    """The first condition of a reset that does not hold, in words; empty if all hold or no stop is in force.

    stops: what objects now, where that has been judged already.
    """
    if gate.stop is None:
        return ""
    objection = gate.objection(now_ns) if stops is None else next((stop.reason for stop in stops), "")
    if objection:
        return objection
    if not gate.stands(now_ns):
        return "the robot is not measured to stand"
    if gate.state is State.STOPPING:
        return "the stop is still being carried out"
    if gate.state is State.RECOVER:
        return "the robot is being led out"
    healthy_ns = gate.stop.healthy_for_ns(now_ns)
    if healthy_ns < HEALTHY_FOR_NS:
        return f"every cause must be gone for {HEALTHY_FOR_NS / 1e9:.1f} s, it is {healthy_ns / 1e9:.1f} s"
    if not _asks_for_nothing(gate, now_ns):
        return f"the robot's stack still requests {gate.requested.speed_mps:.2f} m/s; it must request zero"
    return ""


def _asks_for_nothing(gate: "Gate", now_ns: int) -> bool:
    silent = gate.last_heard_ns is None or now_ns - gate.last_heard_ns > SILENT_NS
    return silent or gate.requested.near_zero
