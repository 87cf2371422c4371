"""The script of the demonstration at the e-stop: what it tells of a robot with legs, and when it gives up."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from port_sim.control import ControlServer
from port_sim.ros.operator import Sight
from port_sim.scenario import ScriptFailed, settles


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
