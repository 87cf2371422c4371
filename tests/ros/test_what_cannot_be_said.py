"""A command that passes and cannot be written is a fault: the robot is stopped, and the gate goes on saying so."""

import sys
from pathlib import Path

from port_interfaces.msg import SafetyState

from port_safety.evidence.hash_chain import verify
from tests.ros.test_gate_node import PARAMETERS, Ground, ground
from tests.ros_peer import start_node
from tests.waiting import wait_until

__all__ = ["ground"]

MUTE = Path(__file__).with_name("mute_gate.py")


def test_what_a_tick_cannot_write_stops_the_robot_and_does_not_end_the_gate(ground: Ground, tmp_path: Path) -> None:
    flag, log = tmp_path / "mute", tmp_path / "stops.jsonl"
    gate = start_node(
        "port_safety", "gate_node", "gate", {**PARAMETERS, "evidence_path": str(log)}, tmp_path,
        [sys.executable, str(MUTE), str(flag)],
    )  # fmt: skip
    try:
        ground.arm()
        ground.request = 0.3
        wait_until(lambda: ground.commands[-1].linear.x == 0.3)
        ground.request = None  # from here on only ticks say it again
        flag.touch()
        ground.reach(SafetyState.FAULT)
        assert "no word for it" in ground.states[-1].reason
        wait_until(lambda: ground.commands[-1].linear.x == 0.0)
        said = len(ground.commands)
        wait_until(lambda: len(ground.commands) > said + 20, what="it goes on saying stop")
        assert gate.poll() is None, (tmp_path / "gate.log").read_text()[-2000:]
        wait_until(lambda: any(one["kind"] == "fault" for one in verify(log.read_bytes()).records))
    finally:
        gate.kill()
        gate.wait()
