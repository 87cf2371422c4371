"""What the gate says of itself: why it is in its state, and what to do next."""

from dataclasses import replace

import pytest

from port_safety.commands.twist import ZERO
from port_safety.gate import status_text
from port_safety.gate.moment import Moment
from port_safety.gate.recovery import Recovery
from port_safety.gate.state_machine import State
from port_safety.gate.stop import HEALTHY_FOR_NS, Stop
from port_safety.model.stop_profiles import Seen
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.stop_start import StopStart
from tests.gate_bench import ROBOT

NOW = 5_000_000_000
EDGE = ("rule", "edge")


def cause(source: str) -> Verdict:
    return Verdict(Severity.PROTECTIVE_STOP, "rule", source, f"why {source}")


def stop(*sources: str) -> Stop:
    made = Stop("e-1", ROBOT, StopStart(NOW, ZERO, 0.0), 0.0)
    made.take([cause(source) for source in sources], NOW)
    return made


def test_each_state_has_its_reason() -> None:
    recovery = Recovery()
    recovery.hold.by = "anna"

    def says(state: State, *verdicts: Verdict, stop: Stop | None = None) -> str:
        return status_text.reason(state, verdicts, stop, "broken", recovery)

    assert says(State.FAULT, cause("a"), stop=stop("b")) == "gate fault: broken"
    assert says(State.RECOVER, cause("a"), stop=stop("b")) == "anna leads the robot out of the zone"
    assert says(State.STOPPED, cause("a"), stop=stop("b")) == "why b"
    assert says(State.STOPPED, stop=stop("b", "c", "d")) == "why b (and 2 more)"
    assert says(State.STOPPED, cause("a"), stop=stop()) == "why a"
    assert says(State.INIT, cause("a"), cause("b")) == "why a"
    assert says(State.INIT) == "the robot is not measured to stand"
    assert says(State.STANDBY) == "ready, not armed" and says(State.RUN) == "commands pass"


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (State.INIT, "mend what is named above; the gate gets ready by itself"),
        (State.STANDBY, "make sure that nobody is near the robot, then arm"),
        (State.RUN, ""),
        (State.REDUCED, ""),
        (State.FAULT, "end the session and start it again"),
    ],
)
def test_each_state_without_a_stop_has_its_remedy(state: State, says: str) -> None:
    assert status_text.remedy(state) == says


def moment(state: State, *objections: Verdict, stands: bool = True, overridden: bool = False) -> Moment:
    return Moment(NOW, state, objections, ZERO, 0.0, 0.0, Seen(0.0, 0.0, stands), "", overridden)


@pytest.mark.parametrize(
    ("state", "sources", "says"),
    [
        (State.STOPPING, ["x"], "wait until the robot stands"),
        (State.STOPPED, ["x"], "before a reset: why x"),
        (State.STOPPED, ["edge", "x"], "before a reset: why edge"),
        (State.STOPPED, ["edge"], "before a reset: why edge; lead it out (port safety recover) or move it by hand"),
        (State.RECOVER, ["edge"], "hold on until the robot is out; let go to stop"),
        (State.RESET_READY, [], "make sure that nobody is near the robot, then press reset at the station"),
        (State.FAULT, ["x"], "end the session and start it again"),
    ],
)
def test_each_state_of_a_stop_has_its_remedy(state: State, sources: list[str], says: str) -> None:
    one = stop("first", *sources)
    one.take([cause(each) for each in sources], NOW)
    objections = [cause(each) for each in sources]
    assert status_text.remedy_of_stop(one, moment(state, *objections), {EDGE}) == says


def test_a_stop_without_any_blocker_says_wait() -> None:
    one = stop("x")
    one.take([], NOW - HEALTHY_FOR_NS)
    assert status_text.remedy_of_stop(one, moment(State.STOPPED), {EDGE}) == "wait"


def test_an_emergency_offers_no_way_out() -> None:
    one = stop()
    pressed = Verdict(Severity.EMERGENCY_STOP, *EDGE, "why edge")
    one.take([pressed], NOW)
    assert status_text.remedy_of_stop(one, moment(State.STOPPED, pressed), {EDGE}) == "before a reset: why edge"


@pytest.mark.parametrize(
    ("stands", "overridden", "healthy_ns", "says"),
    [
        (True, False, None, "stay clear: the robot goes on by itself 1 s after this is over: why x"),
        (False, False, 0, "stay clear: the robot goes on by itself 1 s after this is over: the robot is not measured "
         "to stand"),
        (True, False, 300_000_000, "stay clear: the robot goes on by itself in 0.7 s"),
        (True, False, 3_000_000_000, "stay clear: the robot goes on by itself in 0.0 s"),
        (True, True, 600_000_000, "wait"),
    ],
)  # fmt: skip
def test_a_stop_that_ends_by_itself_says_when(
    stands: bool, overridden: bool, healthy_ns: int | None, says: str
) -> None:
    one = stop()
    objecting = replace(cause("x"), self_clearing=True)
    one.take([objecting], NOW)
    if healthy_ns is not None:
        one.take([], NOW - healthy_ns)
    seen = moment(State.STOPPED, *([objecting] if healthy_ns is None else []), stands=stands, overridden=overridden)
    assert status_text.remedy_of_stop(one, seen, {EDGE}) == says
