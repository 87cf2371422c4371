"""The operator's view on a pseudo-terminal, beside the session node as a process and a gate that the test plays."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from port_interfaces.msg import Cause, SafetyEvent, SafetyState, SessionState

from port_ros import stamps
from port_ros.runtime_folder import RECORD
from port_session.supervisor.leases import Lease, session_lease_name
from tests.ros.test_session_node import PARAMETERS, FakeGate, start_session
from tests.waiting import PATIENCE_S, wait_until

#: What a terminal is told that is no text: colours, which break no word; places and modes, which do.
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CONTROL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
#: The session's runtime folder.
RUN = Path("port") / "trial_1"
TAB = "\t"
CTRL_C = "\x03"
ENTER = "\r"


class Terminal:
    """`port session view` at a terminal of 80×24: keys go in, and everything that was ever painted is kept."""

    def __init__(self, *words: str, controlling: bool = True) -> None:
        self.keyboard, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        setsid = ["setsid", "-c"] if controlling else ["setsid"]
        command = [*setsid, sys.executable, "-m", "port_session.cli", "session", "view", "--by", "li.wei", *words]
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
        self.process = subprocess.Popen(command, stdin=inside, stdout=inside, stderr=inside, env=environment)
        self.inside = inside  # kept open: what was painted can be read after the end, too
        self._painted, self._told, self._closing = bytearray(), (0, ""), threading.Event()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        while not self._closing.is_set():
            if select.select([self.keyboard], [], [], 0.05)[0]:
                self._painted += os.read(self.keyboard, 65536)

    @property
    def painted(self) -> str:
        """Its text, in the order in which it was painted."""
        size = len(self._painted)
        if size != self._told[0]:
            text = CONTROL.sub(" ", COLOUR.sub("", self._painted[:size].decode(errors="replace")))
            self._told = size, " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())
        return self._told[1]

    def shows(self, *words: str, since: int = 0) -> None:
        """Wait until all of it was painted."""
        try:
            wait_until(lambda: all(word in self.painted[since:] for word in words), what=f"{words}")
        except AssertionError as error:
            raise AssertionError(f"{error}; painted: …{self.painted[-4000:]}") from None

    def press(self, keys: str) -> None:
        os.write(self.keyboard, keys.encode())

    def ends(self) -> int:
        return self.process.wait(PATIENCE_S)

    def hang_up(self) -> None:
        """Close the terminal, as a window is closed."""
        self._closing.set()
        self._thread.join()  # while it reads, the terminal is not gone
        for descriptor in (self.inside, self.keyboard):
            with suppress(OSError):
                os.close(descriptor)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.hang_up()


@pytest.fixture
def gate(ros_domain: int) -> Iterator[FakeGate]:
    gate = FakeGate(ros_domain)
    yield gate
    gate.close()


@pytest.fixture
def session(gate: FakeGate, ros_domain: int, runtime_root: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A session runs, and this machine knows of it; the process of its node."""
    run = runtime_root / RUN
    run.mkdir(parents=True)
    record = {
        "session": "trial_1", "run": str(run), "out": str(tmp_path / "out"), "namespace": "/trial_1",
        "domain": ros_domain, "required_diagnostics": PARAMETERS["required"], "pids": {},
    }  # fmt: skip
    (run / RECORD).write_text(json.dumps(record))
    lease = Lease(session_lease_name(str(run)))
    process = start_session(tmp_path, timeout_s=600.0)
    wait_until(gate.session, what="the session node speaks")
    yield process
    process.send_signal(signal.SIGCONT)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    lease.release()


@pytest.fixture
def view(session: subprocess.Popen[bytes]) -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


def processes_of(terminal: Terminal) -> list[int]:
    """All that live in the view's session of processes."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            after_the_name = file.read_text().rpartition(")")[2].split()
            if int(after_the_name[3]) == terminal.process.pid and after_the_name[0] != "Z":
                found.append(int(file.parent.name))
    return found


def by(gate: FakeGate, command: str) -> list[str]:
    """Who had this step accepted."""
    return [event.by for event in gate.session_events if event.command == command and event.accepted]


def admitted(view: Terminal, gate: FakeGate) -> None:
    """Admit by the key, again and again: the node must have heard of everything first."""
    view.shows("a admit")
    pressed_s = [float("-inf")]

    def done() -> bool:
        state = gate.session()
        if state is not None and state.state == SessionState.ADMITTED:
            return True
        if time.monotonic() - pressed_s[0] > 2.0:
            pressed_s[0] = time.monotonic()
            view.press("a")
        return False

    wait_until(done, what="admission by the key")


def test_a_session_is_led_through_a_run_and_halted_by_its_keys(view: Terminal, gate: FakeGate) -> None:
    view.shows("SESSION", "○ BOOKED", "GATE", "● STANDBY ready", "robot sim_wheeled", "by li.wei", "PARTS ● 2 of 2 ok")
    view.shows("NEXT Press a to admit the robot", "Tab HALT", "a admit")
    admitted(view, gate)
    view.shows("● ADMITTED", "● admit done every required part is ready", "then press m to arm it for run 1")
    view.press("m")
    gate.session_is(SessionState.ARMED)
    view.shows("● ARMED", "● RUN ready", "Press s to start run 1")
    view.press("s")
    gate.session_is(SessionState.RUNNING)
    view.shows("● RUNNING", "run 1, open", "Watch the robot, Tab halts it")
    view.press(TAB * 20)  # held: it repeats itself
    wait_until(lambda: gate.stops == ["session halt"], what="the gate is asked to stop")
    gate.session_is(SessionState.HALTED)
    view.shows("● halt done", "▲ HALTED", "■ STOPPED", "Press reset, then r to resume run 1")
    assert by(gate, "arm") == by(gate, "start") == ["li.wei"]
    assert set(by(gate, "halt")) == {"li.wei"} and len(by(gate, "halt")) < 20


def test_halt_works_while_a_reason_is_typed_and_the_reason_reaches_the_session(view: Terminal, gate: FakeGate) -> None:
    admitted(view, gate)
    assert gate.command("arm").accepted and gate.command("start").accepted
    view.shows("● RUNNING", "v void run")
    view.press("v")
    view.shows("Why does run 1 not count?")
    view.press("a shoe")
    view.press(TAB)
    wait_until(lambda: gate.stops == ["session halt"], what="the gate is asked to stop")
    gate.session_is(SessionState.HALTED)
    view.press(" came off" + ENTER)
    wait_until(lambda: by(gate, "void_run") == ["li.wei"], what="the run is void")
    void = next(event for event in gate.session_events if event.command == "void_run")
    assert (void.run, void.reason) == (1, "a shoe came off")


def test_a_refusal_is_shown_with_its_remedy_and_so_are_parts_and_stops(view: Terminal, gate: FakeGate) -> None:
    gate.levels["estop station_1"] = DiagnosticStatus.ERROR
    gate.state, gate.reason = SafetyState.STOPPED, "e-stop pressed"
    view.shows("■ STOPPED e-stop pressed remedy: press reset", "■ error estop station_1: so it is remedy: plug it in")
    view.shows("Mend estop station_1: so it is; plug it in, then a to admit")
    view.press("a")
    view.shows("▲ admit refused", "plug it in", "admit REFUSED li.wei")
    cause = Cause(rule="estop", source="station_1", reason="estop station_1: channel A open")
    stop = SafetyEvent(kind=SafetyEvent.STOP, sequence=1, reason="stopped", causes=[cause])
    stop.stamp = stamps.to_msg(1_800_000_000 * 10**9)
    gate.events.publish(stop)
    view.shows("■ STOP estop station_1: channel A open")


def test_what_falls_silent_is_told(view: Terminal, gate: FakeGate) -> None:
    view.shows("● STANDBY ready")
    gate.speaks = False
    view.shows("? not heard for 1 s STANDBY ready", "Stay clear of the robot and run `port check`")
    silent = len(view.painted)
    gate.speaks = True
    view.shows("● STANDBY ready", since=silent)


def test_a_halt_that_nobody_answers_sends_to_the_e_stop(
    view: Terminal, gate: FakeGate, session: subprocess.Popen[bytes], runtime_root: Path
) -> None:
    view.shows("○ BOOKED")
    session.send_signal(signal.SIGSTOP)
    view.shows("? not heard for 1 s BOOKED")
    view.press(TAB)
    view.shows("○ halt asked", "■ halt nobody answered PRESS AN E-STOP if the robot moves")
    (runtime_root / RUN / RECORD).unlink()
    view.shows("Press q: the session has ended")


@pytest.mark.parametrize("key", [CTRL_C, "q"], ids=["Ctrl-C", "q"])
def test_it_is_left_and_the_session_goes_on(view: Terminal, gate: FakeGate, key: str) -> None:
    admitted(view, gate)
    view.press(key)
    assert view.ends() == 0 and processes_of(view) == []
    view.shows("trial_1: the view is left, the session goes on (admitted)")
    assert gate.command("arm").accepted


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_it_and_leaves_the_terminal_as_it_was(
    session: subprocess.Popen[bytes], gate: FakeGate, number: signal.Signals
) -> None:
    before = pty.openpty()
    usual = termios.tcgetattr(before[1])
    for descriptor in before:
        os.close(descriptor)
    view = Terminal()
    try:
        view.shows("○ BOOKED")
        assert termios.tcgetattr(view.inside) != usual
        view.process.send_signal(number)
        assert view.ends() == 0
        assert termios.tcgetattr(view.inside) == usual
        view.shows("the session goes on")
    finally:
        view.close()


@pytest.mark.parametrize("controlling", [True, False], ids=["own terminal", "terminal of another"])
def test_a_terminal_that_is_closed_leaves_no_process_behind(
    session: subprocess.Popen[bytes], gate: FakeGate, controlling: bool
) -> None:
    view = Terminal(controlling=controlling)
    try:
        view.shows("○ BOOKED")
        view.hang_up()
        view.ends()
        assert processes_of(view) == []
    finally:
        view.close()
    wait_until(lambda: gate.command("admit").accepted, what="the session goes on")


def test_without_a_terminal_it_is_refused_with_what_to_do_instead(session: subprocess.Popen[bytes]) -> None:
    command = [sys.executable, "-m", "port_session.cli", "session", "view"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("port: there is no terminal here") and "use `port session state`" in done.stderr
