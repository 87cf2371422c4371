"""Everything that can be wrong before a robot moves: files, ports, devices, broker, bytes on the wire.

What is wrong is named with its place and its remedy, before any process starts where that is possible; nothing crashes.
"""

import contextlib
import fcntl
import itertools
import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from port_interfaces.msg import Cause, SafetyEvent

from tests.scenarios.whole_session import Config, WholeSession, run_port

BAD_REQUEST = 2
COMMANDS = ("up", "check", "demo")
#: All three read a description in the same way: each case is tried with one of them, the cases in turn.
IN_TURN = itertools.cycle(COMMANDS)


class Bench:
    """A private configuration and the commands that are given it; nothing of it may start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = Config(folder, "wrong")
        self.env = {**os.environ, "XDG_RUNTIME_DIR": str(folder / "r")}

    def run(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        """`port COMMAND SESSION`, with its evidence in the bench's folder."""
        out = ("--out", str(self.folder / "out")) if command != "check" else ()
        return run_port(command, str(self.config.file), *out, *words, env=self.env)

    def demo(self) -> subprocess.CompletedProcess[str]:
        words = ("--headless", "--duration", "45", "--out", str(self.folder / "out"))
        return run_port("demo", "--session", str(self.config.file), *words, env=self.env)

    def refused(self, command: str) -> str:
        """What is said to a command that must be refused before anything happens."""
        done = self.demo() if command == "demo" else self.run(command)
        said = done.stdout + done.stderr
        assert done.returncode == BAD_REQUEST, said
        assert "Traceback" not in said
        assert not (self.folder / "r").exists() and not (self.folder / "out").exists(), "something was started"
        return said


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def command() -> str:
    """The next command in turn."""
    return next(IN_TURN)


#: By file: a value of the wrong type and a negative one; each with what must be said beside the key.
WRONG_VALUES: tuple[tuple[str, Any, str], ...] = (
    ("session.gate.tick_hz", "fast", "expected a number (in Hz), got text 'fast'"),
    ("session.gate.tick_hz", -200.0, "expected a number >= 50.0 (in Hz), got -200.0"),
    ("ground.cameras.overhead.rate_hz", "often", "expected a number (in Hz), got text 'often'"),
    ("ground.force_plates.left.full_scale_n", -5.0, "expected a number > 0.0 (in N), got -5.0"),
    ("robot.footprint_radius_m", ["0.4"], "expected a number (in metres), got a list"),
    ("robot.limits.deceleration_mps2", -1.2, "expected a number > 0.0 (in m/s²), got -1.2"),
    ("trial.timeout_s", "long", "expected a number (in seconds), got text 'long'"),
    ("trial.tolerance_m", -0.3, "expected a number > 0.0 (in metres), got -0.3"),
)


@pytest.mark.parametrize(("path", "value", "expectation"), WRONG_VALUES, ids=lambda value: str(value)[:40])
def test_a_wrong_value_is_named_with_file_and_key(
    bench: Bench, path: str, value: Any, expectation: str, command: str
) -> None:
    bench.config.set(path, value)
    kind, _, key = path.partition(".")
    said = bench.refused(command)
    assert f"{bench.config.files[kind]}: {key}: {expectation}" in said, said


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("session.gate.tick_hz", "tick_hertz"),
        ("ground.force_plates.left.baud", "bauds"),
        ("robot.limits.speed_mps", "speed"),
        ("trial.goal_m", "goal"),
    ],
)
def test_a_wrong_key_is_named_with_the_one_that_is_meant(bench: Bench, right: str, wrong: str, command: str) -> None:
    """Written so instead of the right one."""
    kind, _, path = right.partition(".")
    place, _, meant = path.rpartition(".")
    bench.config.set(f"{kind}.{place}.{wrong}" if place else f"{kind}.{wrong}", 1.0)
    bench.config.set(right, None)
    key = f"{place}.{wrong}" if place else wrong
    said = bench.refused(command)
    assert f"{bench.config.files[kind]}: {key}: unknown key; did you mean '{meant}'?" in said, said


KINDS = ("session", "ground", "robot", "trial")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_not_yaml_is_named_with_the_line(bench: Bench, kind: str, command: str) -> None:
    file = bench.config.files[kind]
    lines = file.read_text().count("\n")
    file.write_text(file.read_text() + "limits: {a: [1, 2}\n")
    said = bench.refused(command)
    assert re.search(rf"{re.escape(str(file))}: line {lines + 1}, column \d+: not YAML: ", said), said


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_file_is_named_with_who_wants_it(bench: Bench, kind: str, command: str) -> None:
    file = bench.config.files[kind]
    file.unlink()
    wanted = f"{bench.config.file}: {kind}: no {kind} '{file.stem}' in {file.parent}; "
    assert (f"{file}: no such session file" if kind == "session" else wanted) in bench.refused(command)


@pytest.mark.parametrize("key", ["dashboard.port", "mqtt.port"])
@pytest.mark.parametrize("command", ["up", "demo"])
def test_a_port_in_use_is_found_before_anything_starts(bench: Bench, key: str, command: str) -> None:
    port = bench.config.dashboard_port if key == "dashboard.port" else bench.config.mqtt_port
    with socket.create_server(("127.0.0.1", port)):
        said = bench.refused(command)
        checked = bench.run("check")
    for text in (said, checked.stdout):
        assert key in text and f"TCP 127.0.0.1:{port} is in use" in text
        assert f"set {key} to a free port" in text
    assert checked.returncode == 1


# --- devices that are not what the ground's file says ---------------------------------------------------------------


@contextlib.contextmanager
def taken_port() -> Iterator[str]:
    """A serial port that somebody else, this process, has opened for itself alone."""
    master, slave = os.openpty()
    fcntl.flock(slave, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield os.ttyname(slave)
    finally:
        os.close(slave)
        os.close(master)


@pytest.fixture(scope="module")
def devices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The ports of a ground whose left plate is absent, whose right plate is a file, whose e-stop somebody else has."""
    folder = tmp_path_factory.mktemp("devices")
    (folder / "notes.txt").write_text("no plate")
    with taken_port() as taken:
        yield {
            "ground.force_plates.left.port": str(folder / "nothing"),
            "ground.force_plates.right.port": str(folder / "notes.txt"),
            "ground.estop.station_1.port": taken,
        }


def test_check_names_each_device_before_the_start(bench: Bench, devices: dict[str, str]) -> None:
    for path, value in {**devices, "ground.simulated": False, "robot.simulated": False}.items():
        bench.config.set(path, value)
    done = bench.run("check", "--json")
    assert done.returncode == 1 and not (bench.folder / "r").exists()
    found = {finding["name"]: finding for finding in json.loads(done.stdout)}
    left, right, station = (found[name] for name in ("force_plate left", "force_plate right", "estop station_1"))
    assert left["problem"] == f"{devices['ground.force_plates.left.port']}: not plugged in"
    assert "plug it in and switch it on, or correct force_plates.left.port" in left["remedy"]
    assert right["problem"] == f"{devices['ground.force_plates.right.port']} is no serial port"
    assert f"is in use by {comm()} (process {os.getpid()})" in station["problem"]
    assert "end that process" in station["remedy"]


def comm() -> str:
    """What the kernel calls this process."""
    return Path("/proc/self/comm").read_text().strip()


@pytest.fixture(scope="module")
def crippled(tmp_path_factory: pytest.TempPathFactory, devices: dict[str, str]) -> Iterator[WholeSession]:
    """A session on these devices, with a broker that is not there."""
    changes = {**devices, "session.mqtt.broker": "external", "ground.simulated": False, "robot.simulated": False}
    with WholeSession(tmp_path_factory.mktemp("crippled"), "crippled", changes) as session:
        session.until(
            lambda: {*COMPLAINTS, "gate"} <= session.console.diagnoses.keys(),
            lambda: f"every part speaks ({', '.join(session.console.diagnoses)})",
        )
        yield session
        assert session.end() == 0


#: By part: what is said of it, and what mends it. {left}, {right}, {station}: the ports.
COMPLAINTS = {
    "force_plate left": (r"{left}: no such port", r"plug the device in, or correct `port` in the ground's file"),
    "force_plate right": (r"{right}: cannot be (opened|set up)", r"`port` names a serial port|is a serial port"),
    "estop station_1": (r"{station}: already open by \S.* \(process \d+\)", r"end that process, or correct `port`"),
    "mqtt": (r"127\.0\.0\.1:\d+", r"broker|mqtt"),
}


def complaint(name: str, devices: dict[str, str]) -> tuple[str, str]:
    left, right, station = (re.escape(port) for port in devices.values())
    problem, remedy = COMPLAINTS[name]
    return problem.format(left=left, right=right, station=station), remedy


@pytest.mark.parametrize("name", COMPLAINTS)
def test_check_names_what_is_wrong_and_what_mends_it(
    crippled: WholeSession, checked: dict[str, dict[str, Any]], devices: dict[str, str], name: str
) -> None:
    problem, remedy = complaint(name, devices)
    finding = checked[name]
    assert not finding["ok"]
    assert re.search(problem, finding["problem"]), finding
    assert re.search(remedy, finding["remedy"]), finding


@pytest.fixture(scope="module")
def checked(crippled: WholeSession) -> dict[str, dict[str, Any]]:
    """What `port check` finds in the crippled session."""
    done = crippled.port("check", "--json", "--seconds", "1.5")
    assert done.returncode == 1, done.stderr
    return {finding["name"]: finding for finding in json.loads(done.stdout)}


def test_admission_is_refused_with_every_reason(crippled: WholeSession, devices: dict[str, str]) -> None:
    accepted, reason = crippled.console.ask("admit")
    assert not accepted
    lines = {line.partition(": ")[0]: line for line in reason.split(" | ")}
    for name in COMPLAINTS:
        problem, remedy = complaint(name, devices)
        assert re.search(problem, lines[name]) and re.search(remedy, lines[name]), lines[name]
    assert "safety" in lines, "the gate is not ready"


def test_nothing_gets_armed_and_the_gate_says_why(crippled: WholeSession) -> None:
    done = crippled.port("session", "arm")
    assert done.returncode == 1 and "arm is not possible while booked: next is: admit" in done.stderr
    state = crippled.console.states[-1]
    assert crippled.sight.safety == "INIT" and crippled.sight.session == "BOOKED" and not state.enable
    assert state.reason.startswith("estop station_1: ")
    by_source = {cause.source: cause for cause in reversed(state.causes)}
    assert by_source["estop station_1"].severity == Cause.EMERGENCY_STOP
    assert {"force_plate left", "force_plate right"} <= set(by_source)
    assert "clock" not in {cause.rule for cause in state.causes}, "what was never stamped has no clock to object to"
    assert not crippled.console.saw(lambda event: event.kind == SafetyEvent.ARMED)
