"""A gate that its supervisor tells that nobody answers for the session any more: the robot stops, the gate goes on."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from port_interfaces.msg import SafetyState

from port_ros.process_signals import STOP_ROBOT_SIGNAL
from tests.ros.test_gate_node import PARAMETERS, Ground, ground
from tests.ros_peer import start_node
from tests.waiting import wait_until

__all__ = ["ground"]


@pytest.fixture
def gate(ros_domain: int, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start_node("port_safety", "gate_node", "gate", PARAMETERS, tmp_path)
    yield process
    process.kill()
    process.wait()


def test_a_moving_robot_is_stopped_at_once_and_only_a_reset_leads_on(
    gate: subprocess.Popen[bytes], ground: Ground
) -> None:
    ground.arm()
    ground.request = 0.3
    wait_until(lambda: ground.commands[-1].linear.x == 0.3)
    gate.send_signal(STOP_ROBOT_SIGNAL)
    wait_until(lambda: ground.state() > SafetyState.REDUCED, what="it stops")
    wait_until(lambda: ground.commands[-1].linear.x == 0.0, what="the robot is told so")
    assert "the session's node has ended" in ground.states[-1].reason
    wait_until(lambda: ground.state() in (SafetyState.STOPPED, SafetyState.RESET_READY), what="it stands")
    said = len(ground.commands)
    wait_until(lambda: len(ground.commands) > said + 20, what="the gate goes on saying stop")
    assert gate.poll() is None and ground.state() in (SafetyState.STOPPED, SafetyState.RESET_READY)


def test_a_gate_that_lets_nothing_move_is_not_stopped(gate: subprocess.Popen[bytes], ground: Ground) -> None:
    wait_until(lambda: ground.states and ground.state() == SafetyState.STANDBY)
    gate.send_signal(STOP_ROBOT_SIGNAL)
    heard = len(ground.states)
    wait_until(lambda: len(ground.states) > heard + 5, what="it goes on")
    assert ground.state() == SafetyState.STANDBY and gate.poll() is None
