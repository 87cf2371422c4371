"""Who counts as hung, and who is only slow."""

import os
import signal
import subprocess
import sys

from port_ros.heartbeat import CLOSES, WORKS
from port_session.supervisor.liveness import PATIENCE, PATIENCE_AT_START, Silence, thread_states
from tests.waiting import wait_until

ASLEEP, WANTS_A_CORE, ON_THE_DISK, STOPPED = "SSS", "SRS", "SSD", "TTT"
LONG = 3 * PATIENCE_AT_START


def silence(heard: bytes = WORKS, speaks: bool = True) -> Silence:
    """Of a process from which this came."""
    made = Silence(speaks)
    made.look(heard, "", busy=False)
    return made


def hangs_after(made: Silence, states: str, busy: bool = False) -> int | None:
    """How many looks find it silent until it counts as hung; None if it never does."""
    for count in range(1, LONG):
        made.look(b"", states, busy)
        if made.hung:
            return count
    return None


def test_silence_counts_after_some_looks_and_a_heartbeat_ends_it() -> None:
    made = silence()
    for _ in range(PATIENCE - 1):
        made.look(b"", ASLEEP, busy=False)
    assert not made.hung and made.left_s == 1.0
    made.look(WORKS, "", busy=False)
    assert made.looks == 0
    assert hangs_after(made, ASLEEP) == PATIENCE
    assert str(made) == "does not answer for 10 s"


def test_a_busy_machine_ends_nobody_who_wants_a_core() -> None:
    assert hangs_after(silence(), WANTS_A_CORE, busy=True) is None
    assert hangs_after(silence(), WANTS_A_CORE, busy=False) == PATIENCE, "it runs in circles"
    assert hangs_after(silence(), ASLEEP, busy=True) == PATIENCE, "it wants none"


def test_a_disk_that_hangs_and_a_debugger_end_nobody() -> None:
    assert hangs_after(silence(), ON_THE_DISK) is None
    assert hangs_after(silence(), "ttt") is None


def test_a_process_that_loads_has_longer() -> None:
    assert hangs_after(Silence(speaks=True), ASLEEP) == PATIENCE_AT_START


def test_a_process_that_closes_has_said_all() -> None:
    assert hangs_after(silence(WORKS + CLOSES), ASLEEP) is None
    assert hangs_after(silence(WORKS + CLOSES), STOPPED) == PATIENCE, "stopped, it never closes"


def test_of_another_program_it_is_seen_whether_it_is_stopped() -> None:
    foreign = Silence(speaks=False)
    assert hangs_after(foreign, ASLEEP) is None
    assert hangs_after(foreign, STOPPED) == PATIENCE
    assert str(foreign) == "does not answer for 10 s: it is stopped (SIGSTOP)"


def test_the_states_of_a_process() -> None:
    process = subprocess.Popen([sys.executable, "-ISc", "import signal; signal.pause()"])
    wait_until(lambda: thread_states(process.pid) == "S", what="it sleeps")
    os.kill(process.pid, signal.SIGSTOP)
    wait_until(lambda: thread_states(process.pid) == "T", what="it is stopped")
    process.kill()
    process.wait()
    assert thread_states(process.pid) == ""
