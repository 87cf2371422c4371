"""The ground as a process: ends in order within a second, leaves nothing behind, says what is wrong with its file."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from port_sim.control_client import GroundUnreachable, request
from tests.sim_ground import SimGround
from tests.waiting import PATIENCE_S, quickest_s, wait_until


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_within_a_second_and_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:

    def end_s() -> float:
        """Start one and end it; how long the end took."""
        ground = SimGround(tmp_path)
        assert sorted(link.name for link in ground.dev.iterdir()) == ["left_plate", "right_plate", "station_1"]
        assert request(ground.socket, {"do": "counts"})["devices"]["left"]["sent"] == 0
        began_s = time.monotonic()
        ground.process.send_signal(number)
        assert ground.process.wait(PATIENCE_S) == 0
        took_s = time.monotonic() - began_s
        assert list(ground.dev.iterdir()) == []
        assert not ground.socket.exists()
        return took_s

    assert quickest_s(end_s, 1.0) <= 1.0


@pytest.mark.parametrize("text", ["nonsense", json.dumps({"estop": {"s": {"driver": "none"}}})])
def test_a_bad_file_ends_the_start(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ground.json"
    file.write_text(text)
    arguments = ["--socket", str(tmp_path / "s"), "--dev", str(tmp_path / "dev"), "--ground", str(file)]
    done = subprocess.run(
        [sys.executable, "-m", "port_sim.ground", *arguments], capture_output=True, timeout=PATIENCE_S
    )
    assert done.returncode == 2
    assert b"error:" in done.stderr


def test_it_leaves_behind_what_happened_to_the_robot(tmp_path: Path) -> None:
    file, socket, truth = tmp_path / "ground.json", tmp_path / "s", tmp_path / "out" / "truth.json"
    file.write_text(json.dumps({"robot": {"delayed_contact_s": 4.0}}))
    call = ["--socket", str(socket), "--dev", str(tmp_path), "--ground", str(file), "--truth", str(truth)]
    process = subprocess.Popen([sys.executable, "-m", "port_sim.ground", *call])
    pose = {"do": "robot", "x": 0.0, "y": 0.0, "yaw": 0.0, "v": 0.0, "w": 0.0}
    try:
        wait_until(lambda: answers(socket, {**pose, "fallen": True}), what="the ground answers")
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    assert json.loads(truth.read_text()) == {"fell": True, "heights_at_cut_m": []}


def answers(socket: Path, message: dict[str, object]) -> bool:
    """Whether the ground is there and took the message."""
    try:
        return bool(request(socket, message)["ok"])
    except GroundUnreachable:
        return False
