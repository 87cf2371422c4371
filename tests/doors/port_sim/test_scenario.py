"""The script of the demonstration: what it tells of a robot with legs, stops on the way, and when it gives up."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from port_ros.machine_load import MachineLoad
from port_sim.control import ControlServer
from port_sim.play import PAUSE_S, Play, advice
from port_sim.ros.operator import Sight
from port_sim.scenario import Script, ScriptFailed, settles
from port_sim.way import lane as lane_way

LANE = lane_way((0.0, 0.0), (10.0, 0.0))


@dataclass
class Hall:
    """A console and a ground that show one moment after the other; the last one stays."""

    moments: list[tuple[str, bool, bool]]
    asked: int = field(default=-1)

    @property
    def now(self) -> tuple[str, bool, bool]:
        return self.moments[min(max(self.asked, 0), len(self.moments) - 1)]

    @property
    def sight(self) -> Any:
        return Sight(stage=self.now[0])

    def saw(self, wanted: Any) -> bool:
        return False

    def ask(self, command: str, timeout_s: float = 0.0) -> tuple[bool, str]:
        return False, ""

    def answer(self, line: bytes) -> dict[str, Any]:
        self.asked += 1
        _, powered, fell = self.now
        return {"ok": True, "powered": powered, "fell": fell, "robot": {"height_m": 0.5}}


def told(hall: Hall, folder: Path) -> list[str]:
    """Everything the script says."""
    socket = folder / "s"
    server = ControlServer(socket, hall.answer)
    server.start()

    async def listen() -> list[str]:
        return [line async for line in settles(hall, socket)]

    try:
        return asyncio.run(listen())
    finally:
        server.close()


def test_each_stage_is_told_once_and_the_end_is_that_the_power_is_gone(tmp_path: Path) -> None:
    hall = Hall([("halt", True, False), ("settle", True, False), ("settle", True, False), ("damp", True, False),
                 ("cut", True, False), ("cut", False, False)])  # fmt: skip
    assert [line.partition(":")[0] for line in told(hall, tmp_path)][:-1] == ["settle", "damp", "cut"]
    assert told(hall, tmp_path)[-1].endswith("0.50 m above the floor")


def test_a_fall_ends_the_script(tmp_path: Path) -> None:
    with pytest.raises(ScriptFailed, match="the robot fell"):
        told(Hall([("settle", True, False), ("settle", False, True)]), tmp_path)


IDLE, BUSY = MachineLoad(0.4, 2, 0.02), MachineLoad(13.0, 2, 0.97)
LATE = "ground_pose: no data for 1.02 s"


@dataclass
class Lane:
    """A robot on a lane of 10 m, its gate and its session, which are looked at every 50 ms. stops: by place, in m.

    A stop can be reset at once by the button, which the ground's socket presses; armed and started, it drives on.
    """

    stops: list[float]
    again: bool = False
    stop: str = "RESET_READY"
    reason: str = LATE
    sight: Sight = field(default=Sight("RUN", "commands pass", "RUNNING", 0.0, 0.0, 0.5))
    asked: list[str] = field(default_factory=list)

    def at(self, x_m: float) -> bool:
        """Whether the robot has come so far; it drives on a little each time."""
        x = self.sight.x or 0.0
        if self.sight.safety == "RUN" and self.stops and x >= self.stops[0]:
            if not self.again:
                self.stops.pop(0)
            self.sight = replace(self.sight, safety=self.stop, reason=self.reason, session="HALTED")
        elif self.sight.safety == "RUN":
            self.sight = replace(self.sight, x=x + 0.5)
        return x >= x_m

    def saw(self, wanted: Any) -> bool:
        return False

    def ask(self, command: str, timeout_s: float = 0.0) -> tuple[bool, str]:
        self.asked.append(command)
        if command == "start":
            self.sight = replace(self.sight, safety="RUN", reason="commands pass", session="RUNNING")
        return True, ""

    def answer(self, line: bytes) -> dict[str, Any]:
        assert json.loads(line)["do"] == "reset"
        self.sight = replace(self.sight, safety="STANDBY", reason="ready, not armed")
        return {"ok": True}


def drive(lane: Lane, folder: Path, machine: MachineLoad) -> list[str]:
    """The lines of the way to the lane's end."""
    server = ControlServer(folder / "s", lane.answer)
    server.start()
    script = Script(lane, folder / "s", LANE, False, lambda: machine)

    async def listen() -> list[str]:
        return [line async for line in script._gets_to("the robot leaves the crossing", lambda: lane.at(7.0))]

    try:
        return asyncio.run(listen())
    finally:
        server.close()


def test_a_stop_that_a_busy_machine_brings_about_is_told_reset_and_driven_on_from(tmp_path: Path) -> None:
    lane = Lane([2.0, 4.0])
    lines = drive(lane, tmp_path, BUSY)
    assert len(lines) == 2 and lane.asked == ["arm", "start"] * 2
    assert "this machine is too busy: the camera's word was 1.02 s old (load 13 on 2 cores)" in lines[0]


def test_a_stop_on_a_machine_with_time_ends_the_script_with_its_reason(tmp_path: Path) -> None:
    lane = Lane([2.0])
    with pytest.raises(ScriptFailed, match=f"the gate stopped the robot: {LATE}"):
        drive(lane, tmp_path, IDLE)
    assert lane.asked == []


class Stopped(Lane):
    """Refuses every step while a stop waits for its reset."""

    def ask(self, command: str, timeout_s: float = 0.0) -> tuple[bool, str]:
        return (False, LATE) if self.sight.safety == "RESET_READY" else super().ask(command, timeout_s)


@pytest.mark.parametrize("command", ["admit", "arm"])
def test_a_late_stop_before_the_robot_sets_off_is_reset(tmp_path: Path, command: str) -> None:
    """Otherwise the step is asked for without end, and refused each time."""
    lane = Stopped([])
    lane.sight = replace(lane.sight, safety="RESET_READY", reason=LATE)
    server = ControlServer(tmp_path / "s", lane.answer)
    server.start()
    try:
        asyncio.run(Script(lane, tmp_path / "s", LANE, False, lambda: BUSY)._ask(command))
    finally:
        server.close()
    assert lane.sight.safety == "STANDBY" and lane.asked == [command]  # the one that was not refused


def test_a_machine_that_stops_the_robot_again_and_again_ends_the_script(tmp_path: Path) -> None:
    lane = Lane([2.0], again=True)
    with pytest.raises(ScriptFailed, match="the gate stopped the robot 5 times"):
        drive(lane, tmp_path, BUSY)


def among_people(lane: Lane, folder: Path, machine: MachineLoad, act: Callable[[str], None]) -> list[str]:
    """The lines of the way to the lane's end, with somebody who does what a line asks for."""
    script = Script(lane, folder / "s", LANE, False, lambda: machine, people=True)
    lines = []

    async def listen() -> None:
        async for line in script._gets_to("the robot leaves the crossing", lambda: lane.at(7.0)):
            lines.append(line)
            act(line)

    asyncio.run(listen())
    return lines


def test_a_stop_by_people_is_no_failure_and_they_are_told_how_the_robot_drives_on(tmp_path: Path) -> None:
    lane = Lane([2.0], stop="STOPPED", reason="estop station_1: pressed")

    def act(line: str) -> None:
        if "Undo what you did" in line:
            assert "estop station_1: pressed" in line
            lane.sight = replace(lane.sight, safety="RESET_READY")
        elif line.endswith("port sim reset"):
            lane.answer(b'{"do": "reset"}')
        elif line.endswith("port session arm && port session start"):
            lane.ask("start")

    lines = among_people(lane, tmp_path, IDLE, act)
    assert len(lines) == 4 and lines[-1] == "the robot drives on" and lane.asked == ["start"]


def test_who_pulled_a_cable_on_a_busy_machine_resets_the_stop_themselves(tmp_path: Path) -> None:
    """It stays away for longer than anything is late."""
    lane = Lane([2.0], stop="STOPPED", reason="force_plate left: no data for 0.50 s")

    def act(line: str) -> None:
        lane.sight = replace(lane.sight, safety="RUN", reason="commands pass", session="RUNNING")

    lines = among_people(lane, tmp_path, BUSY, act)
    assert "Undo what you did" in lines[0] and lane.asked == []


def test_a_session_that_people_end_ends_the_script_and_says_so(tmp_path: Path) -> None:
    lane = Lane([2.0], stop="STOPPED", reason="estop station_1: pressed")

    def act(line: str) -> None:
        lane.sight = replace(lane.sight, session="COMPLETED")

    with pytest.raises(ScriptFailed, match="somebody ended the session: it is completed"):
        among_people(lane, tmp_path, IDLE, act)


@dataclass
class Goals:
    """A console that shows one sight and remembers where the robot is sent."""

    sight: Sight
    sent_m: list[tuple[float, float]] = field(default_factory=list)

    def send_to(self, *goal: float) -> None:
        x_m, y_m = goal
        self.sent_m.append((x_m, y_m))
        self.sight = replace(self.sight, x=x_m)


@pytest.mark.parametrize(
    ("changes", "turns"),
    [({}, True), ({"x": 5.0}, False), ({"speed_mps": 0.5}, False), ({"safety": "STOPPED"}, False),
     ({"session": "HALTED"}, False), ({"session": "COMPLETED", "safety": "STANDBY"}, False)],
)  # fmt: skip
def test_the_robot_turns_back_where_it_rests_at_an_end_and_may_drive(changes: dict[str, Any], turns: bool) -> None:
    console = Goals(replace(Sight("RUN", "commands pass", "RUNNING", 10.0, 0.0, 0.0), **changes))

    async def play() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(3 * PAUSE_S if turns else 1.5 * PAUSE_S):
                async for _ in Play(console, lane_way((0.0, 0.1), (10.0, 0.0))).lines():
                    assert len(console.sent_m) < 2 or console.sent_m[1] == (10.0, 0.0)

    asyncio.run(play())
    assert console.sent_m[:1] == ([(0.0, 0.1)] if turns else [])


@pytest.mark.parametrize("session", ["COMPLETED", "ABORTED"])
def test_in_a_session_that_is_over_nobody_is_told_to_drive(session: str) -> None:
    said = advice(Sight("RESET_READY", "session halt", session))
    assert said.startswith(f"the session is {session.lower()}") and "Ctrl-C" in said and "reset" not in said


def test_a_ground_that_is_gone_ends_the_script(tmp_path: Path) -> None:
    script = Script(Lane([]), tmp_path / "nobody", LANE, False, lambda: IDLE)
    with pytest.raises(ScriptFailed, match="no simulated ground answers"):
        asyncio.run(script._press_reset())
