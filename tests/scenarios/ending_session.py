"""A whole session that is ended in one of many ways while its robot moves, and what came of it.

python -m tests.scenarios.ending_session [KIND…] [--way WAY…]     a table: every way × every kind of robot
"""

import argparse
import contextlib
import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import yaml
from port_interfaces.msg import SafetyEvent

from port_session.recorder.read import Recording
from port_sim.control_client import GroundUnreachable, request
from tests.scenarios.whole_session import PATIENCE_S, PORT, WholeSession, run_port
from tests.waiting import wait_until

LAUNCH_FILE = Path(__file__).parents[2] / "launch" / "session.launch.py"
#: Of the ROS that is sourced; on the wheels there is none.
ROS2 = Path(shutil.which("ros2") or "ros2")

#: The kinds of robots that a session can simulate, by the session that shows one.
KINDS = {"wheeled": "demo", "quadruped": "quadruped", "humanoid": "humanoid", "arm": "arm"}

#: Without plates: what is looked at here needs none.
CHANGES = {"ground.force_plates": None, "trial.timeout_s": 3600.0}


class EndingSession(WholeSession):
    """A session of one kind of robot, at a terminal of its own; `by`: started by "port up" or by "ros2 launch"."""

    def __init__(self, folder: Path, kind: str, by: str) -> None:
        super().__init__(folder, "end", CHANGES, of=KINDS[kind])
        self.by = by
        self.terminal = -1

    def spawn(self, output: BinaryIO) -> "subprocess.Popen[bytes]":
        words: list[str | Path] = [PORT, "up", self.config.file, "--out", self.out]
        if self.by == "ros2 launch":
            arguments = [f"session:={self.config.file}", f"out:={self.out}"]
            words = [ROS2, "launch", LAUNCH_FILE, *arguments]
        self.terminal, own = os.openpty()
        process = subprocess.Popen(
            words, stdin=own, stdout=output, stderr=subprocess.STDOUT, env=self.environment(), start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(own)
        return process

    def press_ctrl_c(self) -> None:
        """The terminal's driver sends SIGINT to its whole foreground group."""
        os.write(self.terminal, b"\x03")

    def hang_up(self) -> None:
        """Close the terminal."""
        os.close(self.terminal)
        self.terminal = -1

    @property
    def supervisor(self) -> int:
        """The process id of `port up`."""
        return int(self.record()["pid"])

    def signal_all(self, number: signal.Signals) -> None:
        """Every process at once, as `docker stop`, systemd or a person with `kill` may do it."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def end(self) -> int:
        """It has been ended already; nothing of it may be left."""
        wait_until(lambda: not self.processes(), 2 * PATIENCE_S, "all have ended")
        if self.terminal >= 0:
            self.hang_up()
        return self.process.wait(PATIENCE_S)


@dataclass(frozen=True)
class Way:
    """A way of ending. by: what started the session. stop_logged: the gate is there to write its stop down."""

    name: str
    do: Callable[[EndingSession], object]
    by: str = "port up"
    stop_logged: bool = True


def _to_supervisor(number: signal.Signals) -> Callable[[EndingSession], None]:
    return lambda session: os.kill(session.supervisor, number)


def _docker_stop(session: EndingSession) -> None:
    """SIGINT to the first process, and ten seconds later SIGKILL to all that are left."""
    os.kill(session.supervisor, signal.SIGINT)
    deadline_s = time.monotonic() + 10.0
    while session.processes() and time.monotonic() < deadline_s:
        time.sleep(0.05)
    session.signal_all(signal.SIGKILL)


def _estop_killed(session: EndingSession) -> None:
    """The session goes on, stopped, with a new e-stop node; people end it then."""
    session.kill("estop")
    session.until_state("STOPPED", "RESET_READY")
    session.press_ctrl_c()


def _session_killed(session: EndingSession) -> None:
    """The session goes on, stopped, with a new session node; people end it then."""
    session.kill("session")
    session.until_state("STOPPED", "RESET_READY")
    session.press_ctrl_c()


WAYS = (
    Way("Ctrl-C", EndingSession.press_ctrl_c),
    Way("SIGTERM to port up", _to_supervisor(signal.SIGTERM)),
    Way("SIGKILL of port up", _to_supervisor(signal.SIGKILL)),
    Way("hang-up", EndingSession.hang_up),
    Way("SIGINT to all", lambda session: session.signal_all(signal.SIGINT)),
    Way("SIGTERM to all", lambda session: session.signal_all(signal.SIGTERM)),
    Way("docker stop", _docker_stop),
    Way("SIGKILL of the gate", lambda session: session.kill("gate"), stop_logged=False),
    Way("SIGKILL of the session node", _session_killed),
    Way("SIGKILL of the e-stop node", _estop_killed),
    Way("Ctrl-C of ros2 launch", EndingSession.press_ctrl_c, "ros2 launch"),
    Way("SIGINT to ros2 launch", lambda session: session.process.send_signal(signal.SIGINT), "ros2 launch"),
    Way("SIGTERM to ros2 launch", lambda session: session.process.terminate(), "ros2 launch"),
    Way("SIGKILL of ros2 launch", lambda session: session.process.kill(), "ros2 launch"),
)


def launch_exists() -> bool:
    return importlib.util.find_spec("launch_ros") is not None


class Truth:
    """What really happens to the robot, from the simulated ground, until that is gone."""

    def __init__(self, session: EndingSession) -> None:
        self._socket = session.run / "sim.sock"
        self.seen: list[tuple[float, dict[str, Any]]] = []
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="truth")
        self._thread.start()
        wait_until(lambda: self.seen, what="the ground tells where the robot is")

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(0.02):
            with contextlib.suppress(GroundUnreachable):
                self.seen.append((time.monotonic(), request(self._socket, {"do": "status"})))

    @property
    def last(self) -> dict[str, Any]:
        robot: dict[str, Any] = self.seen[-1][1]["robot"]
        return robot

    @property
    def fell(self) -> bool:
        """Also one that is still up when the ground goes, and its power with it."""
        return any(status["fell"] for _, status in self.seen)

    def stood_after_s(self, since_s: float) -> float:
        """How long it moved after `since_s`."""
        moving = [at_s for at_s, status in self.seen if abs(status["robot"]["v"]) > 0.02]
        return max([0.0, *(at_s - since_s for at_s in moving)])


@dataclass
class Outcome:
    """What became of it. problems: everything that is not as it must be, one line each."""

    kind: str
    way: str
    code: int = 0
    took_s: float = 0.0
    moved_m: float = 0.0
    moved_s: float = 0.0
    height_m: float = 0.0
    output: str = ""
    problems: list[str] = field(default_factory=list)


#: From full speed each of the robots stands within this way: latency, a step and a ramp at its own deceleration.
WAY_M = 2.0


def end(folder: Path, kind: str, way: Way) -> Outcome:
    """Start a session, have its robot move at speed, end it that way, and look at what is left."""
    with EndingSession(folder, kind, way.by) as session:
        session.drive()
        session.until(lambda: session.sight.speed_mps > 0.35, lambda: "the robot moves at speed")
        truth = Truth(session)
        try:
            since_s, began = time.monotonic(), truth.last
            way.do(session)
            code = session.end()
            took_s = time.monotonic() - since_s
        finally:
            truth.close()
    at = truth.last
    outcome = Outcome(
        kind, way.name, code, took_s, abs(at["x"] - began["x"]), truth.stood_after_s(since_s), at["height_m"],
        session.output(),
    )  # fmt: skip
    outcome.problems = [*_robot(session, truth, outcome), *_evidence(session, way)]
    return outcome


def _robot(session: EndingSession, truth: Truth, outcome: Outcome) -> list[str]:
    stop = yaml.safe_load(session.config.files["robot"].read_text())["stop"]
    settled_m = stop.get("settled_height_m")
    problems = []
    if truth.fell:
        problems.append("the robot fell")
    elif settled_m is not None and outcome.height_m > settled_m:
        problems.append(f"its power went while its body was at {outcome.height_m:.2f} m")
    if abs(truth.last["v"]) > 0.02:
        problems.append(f"it was still moving at {truth.last['v']:.2f} m/s")
    if outcome.moved_m > WAY_M:
        problems.append(f"it moved on for {outcome.moved_m:.1f} m")
    return problems


def _evidence(session: EndingSession, way: Way) -> list[str]:
    """The recording reads whole and holds the stop, and so does the log of stops, whose chain holds."""
    recording = Recording(session.out / "session.mcap")
    events = [one.message for one in recording.messages(lambda topic, _: topic.endswith("/safety/event"))]
    problems = [] if recording.complete else ["the recording has no end"]
    verified = run_port("evidence", "verify", str(session.out), env=session.environment())
    if verified.returncode != 0:
        problems.append(f"stop log: {verified.stdout.strip()} {verified.stderr.strip()}")
    if way.stop_logged:
        lines = [msgspec.json.decode(line) for line in (session.out / "stops.jsonl").read_bytes().splitlines()]
        if not any(line["kind"] == "stop" for line in lines):
            problems.append("the stop log does not hold the robot's standstill")
        if not any(event.kind == SafetyEvent.STANDSTILL for event in events):
            problems.append("the recording does not hold the robot's standstill")
    return problems


def main() -> int:
    """Print a table of all that was asked for; 1 if anything is not as it must be."""
    parser = argparse.ArgumentParser(prog="tests.scenarios.ending_session", description=__doc__)
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], metavar="KIND")
    parser.add_argument("--way", action="append", metavar="WAY", help="part of a way's name; may be given again")
    chosen = parser.parse_args()
    failed = False
    for way in WAYS:
        if way.by != "port up" and not launch_exists():
            continue
        if chosen.way and not any(part in way.name for part in chosen.way):
            continue
        for kind in chosen.kinds or KINDS:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    outcome = end(Path(folder), kind, way)
                except AssertionError as error:
                    outcome = Outcome(kind, way.name, problems=[str(error).splitlines()[0]])
            said = "; ".join(outcome.problems) or "ok"
            moved = f"moved {outcome.moved_m:.2f} m, {outcome.moved_s:.1f} s"
            print(
                f"{way.name:<28} {kind:<10} {outcome.took_s:5.1f} s  {moved}  code {outcome.code}  {said}", flush=True
            )
            failed = failed or bool(outcome.problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
