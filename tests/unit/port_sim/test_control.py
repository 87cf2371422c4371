"""The control socket, its commands and the `port sim` command line."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from port_sim import cli
from port_sim.commands import Commands
from port_sim.control import ControlServer
from port_sim.control_client import GroundUnreachable, request
from port_sim.faults import Faults, parse
from port_sim.world import World


class FakeDevice:
    """Notes what is done to it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.faults = Faults()

    def start(self) -> None: ...

    def close(self) -> None: ...

    def unplug(self) -> None:
        self.done.append("unplug")

    def replug(self) -> None:
        self.done.append("replug")

    def counts(self) -> dict[str, Any]:
        return {"sent": 7}


class Bench:
    """Commands on a world with one plate."""

    def __init__(self) -> None:
        self.world = World()
        self.plate = FakeDevice()
        self.commands = Commands(self.world, {"left": self.plate}, {"left_plate": "left"})

    def ask(self, **message: Any) -> dict[str, Any]:
        return self.commands.answer(json.dumps(message).encode())


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def path(bench: Bench, tmp_path: Path) -> Iterator[Path]:
    server = ControlServer(tmp_path / "sim.sock", bench.commands.answer)
    server.start()
    yield tmp_path / "sim.sock"
    server.close()
    assert not (tmp_path / "sim.sock").exists()


def test_buttons_person_and_runaway(bench: Bench) -> None:
    for message, name, value in (
        ({"do": "estop", "action": "press"}, "estop_pressed", True),
        ({"do": "estop", "action": "release"}, "estop_pressed", False),
        ({"do": "reset", "action": "press"}, "reset_pressed", True),
        ({"do": "reset", "seconds": 0.0}, "reset_pressed", False),
        ({"do": "runaway", "action": "on"}, "runaway", True),
        ({"do": "deaf", "action": "on"}, "deaf", True),
        ({"do": "power", "action": "off"}, "forced_off", True),
        ({"do": "power", "action": "on"}, "forced_off", False),
        ({"do": "misplace", "metres": -1.5}, "misplaced_m", -1.5),
    ):
        assert bench.ask(**message) == {"ok": True}
        assert bench.ask(do="status")[name] == value
    bench.ask(do="person", action="enter")
    assert bench.ask(do="status")["person"][0] == 5.0


def test_one_channel_alone_can_break_and_weld(bench: Bench) -> None:
    bench.ask(do="contact", channel="b", action="break")
    assert (bench.world.channel_closed("a"), bench.world.channel_closed("b")) == (True, False)
    bench.ask(do="contact", channel="b", action="weld")
    bench.ask(do="estop", action="press")
    assert (bench.world.channel_closed("a"), bench.world.channel_closed("b")) == (False, True)
    bench.ask(do="contact", channel="b", action="mend")
    assert not bench.world.channel_closed("b")


def test_both_names_of_a_device(bench: Bench) -> None:
    assert bench.ask(do="unplug", device="left_plate")["ok"] and bench.ask(do="replug", device="left")["ok"]
    assert bench.plate.done == ["unplug", "replug"]
    assert bench.ask(do="fault", device="left", kind="flip", rate=1e-4)["ok"]
    assert bench.plate.faults.steps == parse("flip 1e-4")
    assert bench.ask(do="faults", device="left", script="stall for 2; lose 0.1")["ok"]
    assert bench.plate.faults.steps == parse("stall for 2; lose 0.1")
    assert bench.ask(do="counts") == {"ok": True, "devices": {"left": {"sent": 7}}}


def test_a_fault_that_does_not_end_by_itself_is_told_and_listed_until_it_is_ended(bench: Bench) -> None:
    left = {"do": "faults", "device": "left_plate"}
    assert bench.ask(**left, script="flip 1e-4") == {"ok": True, "lasts_until": "port sim fault left_plate off"}
    assert bench.ask(do="status")["faults"] == {"left": "flip 0.0001"}
    assert bench.ask(**left, script="stall for 2; lose 0.01 + duplicate 1 for 10") == {"ok": True}
    assert bench.ask(do="status")["faults"] == {"left": "stall for 2; lose 0.01 + duplicate 1 for 10"}
    for end in ({**left, "script": "off"}, {"do": "faults", "device": "all", "script": "off"}):
        bench.ask(**left, script="stall")
        assert bench.ask(**end) == {"ok": True}
        assert bench.ask(do="status")["faults"] == {}
    assert not bench.ask(do="faults", device="all", script="stall")["ok"]


def test_what_is_not_known_is_answered_with_what_is(bench: Bench) -> None:
    assert bench.ask(do="unplug", device="moon")["error"] == "device: 'moon' is none of left (left_plate)"
    answer = bench.ask(do="faults", device="left", script="melt 1")
    assert answer["error"].startswith("kind: 'melt' is none of flip, drop, garbage, ")
    answer = bench.ask(do="faults", device="left", script="echo")
    assert answer["error"].startswith("kind: 'echo' is nothing that can happen to this device: flip, drop, ")


def test_the_robot_tells_where_it_is_and_learns_of_its_power(bench: Bench) -> None:
    pose = {
        "x": 1.0, "y": 2.0, "yaw": 0.5, "v": 0.3, "w": 0.0, "height_m": 0.9, "sunk_m": 0.0, "fallen": False,
    }  # fmt: skip
    assert bench.ask(do="robot", **pose) == {
        "ok": True, "powered": False, "stop_input": True, "runaway": False, "deaf": False, "misplaced_m": 0.0,
    }  # fmt: skip
    bench.world.relay_closed = True
    answer = bench.ask(do="robot", **pose)
    assert answer["powered"] and not answer["stop_input"]
    assert bench.ask(do="status")["robot"] == pose


def test_the_ground_remembers_a_fall_and_how_high_the_body_was_when_the_power_went(bench: Bench) -> None:
    pose = {"x": 1.0, "y": 0.0, "yaw": 0.0, "v": 0.0, "w": 0.0}
    bench.world.relay_closed = True
    bench.ask(do="robot", **pose, height_m=0.9)
    assert bench.world.heights_at_cut_m == [] and not bench.world.fell
    bench.ask(do="power", action="off")
    assert not bench.ask(do="robot", **pose, height_m=0.4)["powered"]
    bench.ask(do="robot", **pose, height_m=0.15, fallen=True)
    bench.ask(do="power", action="on")
    assert bench.ask(do="robot", **pose, height_m=0.15)["powered"]
    assert bench.world.heights_at_cut_m == [0.9] and bench.world.fell, "it stays told"


@pytest.mark.parametrize(
    "line",
    [
        b"\n", b"nonsense\n", b"[]\n", b"null\n", b'{"do": "dance"}\n', b'{"do": "estop"}\n',
        b'{"do": "estop", "action": "hit"}\n', b'{"do": "estop", "action": "press", "more": 1}\n',
        b'{"do": "unplug", "device": "moon"}\n', b'{"do": "reset", "seconds": 1e9}\n',
        b'{"do": "fault", "device": "left", "kind": "flip", "rate": 2}\n',
        b'{"do": "robot", "x": "far"}\n', b"\xff\xfe\n",
    ],
)  # fmt: skip
def test_nonsense_is_an_error_answer(bench: Bench, line: bytes) -> None:
    answer = bench.commands.answer(line)
    assert answer["ok"] is False and answer["error"]


def test_many_lines_on_one_connection_and_nonsense_does_not_end_it(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as connection, connection.makefile("rb") as lines:
        connection.connect(str(path))
        connection.sendall(b'{"do": "status"}\nnonsense\n{"do": "counts"}\n')
        assert [json.loads(lines.readline())["ok"] for _ in range(3)] == [True, False, True]


def test_an_endless_line_is_refused(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as connection, connection.makefile("rb") as lines:
        connection.connect(str(path))
        connection.sendall(b"x" * 65536)
        assert json.loads(lines.readline())["ok"] is False


def test_a_stale_socket_is_replaced_and_a_live_one_is_not(path: Path, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="is running"):
        ControlServer(path, lambda line: {}).start()
    stale = tmp_path / "stale.sock"
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(stale))
    server = ControlServer(stale, lambda line: {"ok": True})
    server.start()
    assert request(stale, {})["ok"]
    server.close()


def test_no_ground_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(GroundUnreachable, match="no simulated ground answers"):
        request(tmp_path / "none", {"do": "status"})


def test_command_line(path: Path, bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--socket", str(path), "estop", "press"]) == 0
    assert bench.world.estop_pressed
    assert cli.main(["--socket", str(path), "fault", "left", "drop", "0.1", "for", "5"]) == 0
    assert bench.plate.faults.steps == parse("drop 0.1 for 5")
    assert cli.main(["--socket", str(path), "fault", "left", "burn", "0.1"]) == 1
    assert "burn" in capsys.readouterr().err
    assert cli.main(["--socket", str(path), "unplug", "moon"]) == 1
    assert "moon" in capsys.readouterr().err
    assert cli.main(["--socket", str(path), "status"]) == 0
    assert json.loads(capsys.readouterr().out)["estop_pressed"] is True
    with pytest.raises(SystemExit):
        cli.main(["--help"])


def test_the_only_running_session_is_found(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert cli.main(["status"]) == 2
    assert capsys.readouterr().err == "port: no session runs on this machine; start one: port up SESSION\n"
    for name in ("one", "two"):
        (tmp_path / "port" / name).mkdir(parents=True)
        (tmp_path / "port" / name / "sim.sock").symlink_to(path)
        if name == "one":
            assert cli.main(["status"]) == 0
    capsys.readouterr()
    assert cli.main(["status"]) == 2
    assert "--session one | two" in capsys.readouterr().err
    assert cli.main(["--session", "two", "status"]) == 0


class FakeCamera(FakeDevice):
    """A camera that notes how it was moved."""

    def knock(self, moved: tuple[float, ...]) -> None:
        self.done.append(f"knock {moved}")


def test_a_camera_can_be_knocked_and_nothing_else(bench: Bench, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    camera = FakeCamera()
    bench.commands._devices = {"left": bench.plate, "overhead": camera}
    words = ["--socket", str(path), "knock"]
    assert cli.main([*words, "overhead", "0", "0", "0", "-0.02", "0", "0.1"]) == 0
    assert camera.done == ["knock (0.0, 0.0, 0.0, -0.02, 0.0, 0.1)"]
    with pytest.raises(SystemExit):
        cli.main([*words, "overhead", "0.1"])
    assert "required: Y, Z, ROLL" in capsys.readouterr().err
    assert cli.main([*words, "left", "0", "0", "0", "0", "0", "0"]) == 1
    assert not bench.ask(do="knock", device="overhead", moved=[0.0, 0.0])["ok"]
