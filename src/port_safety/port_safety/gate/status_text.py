"""The gate's state in words: one line that says why, one line that says what to do next."""

from collections.abc import Container, Sequence

from port_safety.gate.moment import Moment
from port_safety.gate.recovery import Recovery
from port_safety.gate.state_machine import STOPPED_OR_STOPPING, State
from port_safety.gate.stop import CLEAR_AFTER_NS, Stop
from port_safety.model.verdict import Severity, Verdict

RESTART = "end the session and start it again"


def reason(state: State, verdicts: Sequence[Verdict], stop: Stop | None, fault: str, recovery: Recovery) -> str:
    """Why the gate is in this state; verdicts come worst first. Never empty."""
    if state is State.FAULT:
        return f"gate fault: {fault}"
    if state is State.RECOVER:
        return f"{recovery.hold.by} leads the robot out of {recovery.zones()}"
    if stop is not None and stop.causes:
        first, *later = stop.causes.values()
        return first.reason + (f" (and {len(later)} more)" if later else "")
    if verdicts:
        return verdicts[0].reason
    return {State.INIT: "the robot is not measured to stand", State.STANDBY: "ready, not armed"}.get(
        state, "commands pass"
    )


def remedy(state: State) -> str:
    """What to do next where no stop is in force; empty if nothing."""
    return {
        State.INIT: "mend what is named above; the gate gets ready by itself",
        State.STANDBY: "make sure that nobody is near the robot, then arm",
        State.FAULT: RESTART,
    }.get(state, "")


def remedy_of_stop(stop: Stop, moment: Moment, edges: Container[tuple[str, str]]) -> str:
    """What to do next while `stop` is in force. edges: keys of the rules about edges of zones."""
    blocker = stop.reset_blocker(moment)
    if moment.state in STOPPED_OR_STOPPING and (resumes := _resumes(stop, moment, blocker)):
        return f"stay clear: the robot goes on by itself {resumes}"
    match moment.state:
        case State.STOPPING:
            return "wait until the robot stands"
        case State.STOPPED:
            lead = "; lead it out (port safety recover) or move it by hand" if _over_edges_only(stop, edges) else ""
            return f"before a reset: {blocker}{lead}" if blocker else "wait"
        case State.RECOVER:
            return "hold on until the robot is out; let go to stop"
        case State.RESET_READY:
            return "make sure that nobody is near the robot, then press reset at the station"
        case _:
            return RESTART


def _over_edges_only(stop: Stop, edges: Container[tuple[str, str]]) -> bool:
    """Whether a person could lead the robot out: nothing but edges of zones objects, and no emergency did."""
    if stop.severity is Severity.EMERGENCY_STOP or not stop.objecting:
        return False
    return all(key in edges for key in stop.objecting)


def _resumes(stop: Stop, moment: Moment, blocker: str) -> str:
    """When a stop that ends by itself does; empty for one that does not."""
    if not stop.self_clearing or moment.overridden:
        return ""
    if stop.objecting or not moment.seen.stands:
        return f"{CLEAR_AFTER_NS / 1e9:g} s after this is over: {blocker}"
    return f"in {max(0, CLEAR_AFTER_NS - stop.healthy_for_ns(moment.now_ns)) / 1e9:.1f} s"
