"""A gate that is open without a live session stops the robot, and says why."""

import pytest

from port_safety.commands.twist import Motion
from port_safety.gate import operator_commands
from port_safety.gate.state_machine import State
from port_safety.monitoring.session_watch import SILENT_NS, SessionWatch, SessionWord
from tests.gate_bench import Bench, state_of

ADMITTED, ABORTED = SessionWord("ADMITTED", False, False), SessionWord("ABORTED", False, True)
S = 1_000_000_000
RUNNING, HALTED = SessionWord("RUNNING", True, False), SessionWord("HALTED", False, False)
OPENED = 10 * S


def watch(*words: tuple[SessionWord, int]) -> SessionWatch:
    one = SessionWatch()
    for word, at_ns in words:
        one.note(word, at_ns)
    return one


def objection(one: SessionWatch, now_ns: int, is_open: bool = True) -> str:
    return one.objection(OPENED, is_open, now_ns)


def test_a_live_session_is_believed_until_it_is_silent() -> None:
    one = watch((ADMITTED, 9 * S), (RUNNING, OPENED + S))
    assert objection(one, OPENED + S + SILENT_NS) == ""
    assert objection(one, OPENED + S + SILENT_NS + 1) == "session: silent for 2.0 s"
    one.note(RUNNING, OPENED + 4 * S)
    assert objection(one, OPENED + 4 * S) == ""


def test_a_session_never_heard_is_waited_for_as_its_silence() -> None:
    """A session that was never heard is waited for as long as its silence."""
    assert objection(SessionWatch(), OPENED + SILENT_NS) == ""
    assert objection(SessionWatch(), OPENED + SILENT_NS + 1) == "session: never heard"


def test_a_word_from_before_the_gate_opened_does_not_count() -> None:
    """A word from before the gate opened is no word against it."""
    assert objection(watch((ADMITTED, OPENED - 1)), OPENED + SILENT_NS) == ""
    assert objection(watch((ADMITTED, OPENED - 1)), OPENED + SILENT_NS + 1).startswith("session: silent for")


def test_a_session_may_follow_the_gate_a_little_later() -> None:
    """Right after the gate opened a session may not have followed yet."""
    one = watch((RUNNING, 5 * S), (HALTED, OPENED + S))
    assert objection(one, OPENED + S) == ""
    one.note(HALTED, OPENED + SILENT_NS + 1)
    assert objection(one, OPENED + SILENT_NS + 1) == "session: HALTED, but the gate is armed"


def test_a_session_that_is_no_longer_live_stops_at_once() -> None:
    """A session that was live and is not any more stops the robot at once."""
    one = watch((RUNNING, OPENED), (HALTED, OPENED + 1))
    assert objection(one, OPENED + 1) == "session: HALTED, but the gate is armed"


@pytest.mark.parametrize("at_ns", [OPENED - 1, OPENED + 1])
def test_a_session_that_is_over_is_not_waited_for(at_ns: int) -> None:
    assert objection(watch((ABORTED, at_ns)), OPENED + 1) == "session: ABORTED, but the gate is armed"


def test_no_stop_ends_by_itself_without_a_session() -> None:
    """A stop that may end by itself does not without a session."""
    one = watch((RUNNING, OPENED), (HALTED, OPENED + S))
    assert objection(one, OPENED + S, is_open=False) == "", "its session follows the gate"
    assert objection(one, OPENED + 2 * SILENT_NS, is_open=False).startswith("session: silent")
    one.note(ABORTED, OPENED + 2 * SILENT_NS)
    assert objection(one, OPENED + 2 * SILENT_NS, is_open=False) == "session: ABORTED, but the gate is armed"


def test_a_reset_leads_to_standby_without_any_session() -> None:
    """The gate stops the robot for it and a reset leads to standby without any session."""
    bench = Bench().drive()
    one = watch((RUNNING, bench.now_ns))
    assert not one.follow(bench.gate, bench.now_ns)
    bench.turn(3.0)
    assert one.follow(bench.gate, bench.now_ns)
    assert state_of(bench.gate) is State.STOPPING and bench.gate.reason.startswith("session: silent for")
    bench.request = Motion(0.0)
    bench.turn(4.0)
    assert not one.follow(bench.gate, bench.now_ns), "a gate that is shut needs no session"
    assert state_of(bench.gate) is State.RESET_READY
    assert operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "officer", bench.now_ns).accepted
    assert not one.follow(bench.gate, bench.now_ns) and state_of(bench.gate) is State.STANDBY
