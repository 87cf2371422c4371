"""The gate's state in words: one line that says why, one line that says what to do next."""

from collections.abc import Sequence

from port_safety.gate.recovery import Recovery
from port_safety.gate.state_machine import State
from port_safety.gate.stop import Stop
from port_safety.model.verdict import Verdict


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


def remedy(state: State, reset_blocker: str, way_out: bool, resumes: str = "") -> str:
    """What to do next, empty if nothing. `reset_blocker`: the first condition of a reset that does not hold.

    way_out: a person could lead the robot out of where it must not be. resumes: when a stop that ends by itself does.
    """
    if resumes and state in (State.STOPPING, State.STOPPED, State.RESET_READY):
        return f"stay clear: the robot goes on by itself {resumes}"
    match state:
        case State.INIT:
            return "mend what is named above; the gate gets ready by itself"
        case State.STANDBY:
            return "make sure that nobody is near the robot, then arm"
        case State.STOPPING:
            return "wait until the robot stands"
        case State.STOPPED:
            lead = "; lead it out (port safety recover) or move it by hand" if way_out else ""
            return f"before a reset: {reset_blocker}{lead}" if reset_blocker else "wait"
        case State.RECOVER:
            return "hold on until the robot is out; let go to stop"
        case State.RESET_READY:
            return "make sure that nobody is near the robot, then press reset at the station"
        case State.FAULT:
            return "end the session and start it again"
        case _:
            return ""
