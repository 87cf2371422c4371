"""Every way into a gate: what is malformed, too large, unstamped or foreign is named, and never ends the loop."""

import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from port_interfaces.msg import Cause, SafetyEvent, SafetyState
from port_interfaces.srv import RequestStop, Reset
from rcl_interfaces.msg import Parameter, ParameterValue
from rcl_interfaces.srv import SetParameters

from port_ros import qos
from tests.arming import signed_reset
from tests.ros.test_gate_node import PARAMETERS, PERIOD_S, Ground, gate, ground
from tests.ros_peer import Peer, start_node
from tests.waiting import wait_until

__all__ = ["gate", "ground"]

Process = subprocess.Popen[bytes]
#: Publishes one command beside the gate and is gone.
ONE_COMMAND = """
import time, rclpy
from geometry_msgs.msg import Twist
rclpy.init()
node = rclpy.create_node("passer_by")
publisher = node.create_publisher(Twist, "/t/cmd_vel", 1)
while publisher.get_subscription_count() < 2:
    time.sleep(0.002)
message = Twist()
message.linear.x = 1.5
publisher.publish(message)
publisher.wait_for_all_acked()
"""


@pytest.fixture
def stamped_gate(ros_domain: int, tmp_path: Path) -> Iterator[Process]:
    parameters = {**PARAMETERS, "command_type": "geometry_msgs/msg/TwistStamped"}
    process = start_node("port_safety", "gate_node", "gate", parameters, tmp_path)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def unchecking_gate(ros_domain: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    """As a ground runs it: ROS does not look at the bounds of fields."""
    monkeypatch.setenv("ROS_PYTHON_CHECK_FIELDS", "")
    process = start_node("port_safety", "gate_node", "gate", PARAMETERS, tmp_path)
    yield process
    process.kill()
    process.wait()


class StampedStack(Peer):
    """A robot's stack that asks by TwistStamped, in a context of its own: in one, a topic has one type."""

    def __init__(self) -> None:
        super().__init__()
        #: Of the stamp; None: the clock's.
        self.sec: int | None = None
        self.speed = 0.0
        self._request = self.node.create_publisher(TwistStamped, "cmd_vel_request", qos.COMMAND)
        self.every(PERIOD_S, self._ask)

    def _ask(self) -> None:
        message = TwistStamped()
        message.twist.linear.x = self.speed
        if self.sec is None:
            message.header.stamp = self.node.get_clock().now().to_msg()
        else:
            message.header.stamp.sec = self.sec
        self._request.publish(message)


@pytest.fixture
def stack(ros_domain: int) -> Iterator[StampedStack]:
    peer = StampedStack()
    yield peer
    peer.close()


def gate_values(ground: Ground) -> list[dict[str, str]]:
    """What the gate says of itself in /diagnostics, second by second."""
    said: list[dict[str, str]] = []

    def take(message: DiagnosticArray) -> None:
        said.extend({each.key: each.value for each in one.values} for one in message.status if one.name == "gate")

    ground.node.create_subscription(DiagnosticArray, "/diagnostics", take, 10)
    return said


def raw(peer: Peer, kind: Any, topic: str, data: bytes, profile: Any) -> None:
    publisher = peer.node.create_publisher(kind, topic, profile)
    wait_until(publisher.get_subscription_count)
    publisher.publish(data)


def stopped_by(ground: Ground, rule: str, source: str) -> Cause:
    def found() -> list[Cause]:
        causes = [cause for state in ground.states for cause in state.causes]
        return [each for each in causes if (each.rule, each.source) == (rule, source)]

    wait_until(found, what=f"{rule}, {source}; seen: {ground.states[-1:]}")
    ground.reach(SafetyState.STOPPED)
    return found()[0]


def test_nan_where_no_base_reads_is_a_stop(gate: Process, ground: Ground) -> None:
    ground.arm()
    ground.request = None
    message = Twist()
    message.angular.y = math.nan
    ground.node.create_publisher(Twist, "cmd_vel_request", qos.COMMAND).publish(message)
    assert stopped_by(ground, "command", "command").reason == "command: angular.y is nan"


@pytest.mark.parametrize("length", [4, 32])
def test_a_malformed_command_is_a_stop(gate: Process, ground: Ground, length: int) -> None:
    said = gate_values(ground)
    ground.arm()
    raw(ground, Twist, "cmd_vel_request", b"\x00\x01\x00\x00" + bytes(length), qos.COMMAND)
    assert stopped_by(ground, "command", "command").reason.startswith(f"command: malformed: {length + 4} bytes")
    wait_until(lambda: said and said[-1].get("malformed cmd_vel_request") == "1")


@pytest.mark.parametrize("length", [4, 100_000])
def test_malformed_readings_are_counted_and_told_once(
    gate: Process, ground: Ground, tmp_path: Path, length: int
) -> None:  # fmt: skip
    said = gate_values(ground)
    ground.arm()
    for _ in range(3):
        raw(ground, Odometry, "odom", b"\x00\x01\x00\x00" + bytes(length), qos.MEASUREMENT)
    wait_until(lambda: said and said[-1].get("malformed odom") == "3", what=f"counted; seen: {said[-1:]}")
    assert (tmp_path / "gate.log").read_text().count("odom: malformed message: ") == 1
    assert ground.reach(SafetyState.RUN)


def test_a_stamp_of_zero_is_now_and_told_once(
    stamped_gate: Process, ground: Ground, stack: StampedStack, tmp_path: Path
) -> None:  # fmt: skip
    said = gate_values(ground)
    stack.sec = 0
    ground.arm()
    stack.speed = 0.04
    wait_until(lambda: ground.states[-1].passed.linear.x == 0.04)
    wait_until(lambda: said and int(said[-1].get("unstamped commands", "0")) >= 2)
    assert (tmp_path / "gate.log").read_text().count("commands carry no stamp") == 1


def test_a_stamp_in_simulated_time_is_named(stamped_gate: Process, ground: Ground, stack: StampedStack) -> None:
    ground.arm()
    stack.sec = 12
    assert stopped_by(ground, "command", "command").reason.startswith("command: stamped in simulated time")


def test_one_message_of_a_passer_by_on_command_out_is_an_emergency(
    gate: Process, ground: Ground, ros_domain: int
) -> None:  # fmt: skip
    ground.arm()
    ground.request = 0.4
    wait_until(lambda: ground.commands[-1].linear.x == 0.4)
    assert not [cause for event in ground.events for cause in event.causes if cause.rule == "bypass"]
    ground.states.clear()  # before the first look at the publishers the rule says that nobody has looked
    subprocess.run([sys.executable, "-c", ONE_COMMAND], check=True, timeout=60)
    cause = stopped_by(ground, "bypass", "command_out")
    assert cause.severity == Cause.EMERGENCY_STOP
    assert cause.reason.startswith("bypass: a command on /t/cmd_vel that the gate did not say")


def test_the_gate_knows_its_own_commands_again(gate: Process, ground: Ground) -> None:
    """Through a run, a stop and its end, with whatever that says on command_out."""
    ground.arm()
    for step in range(60):
        ground.request = 0.1 + 0.002 * step
        wait_until(lambda: ground.commands[-1].linear.x == ground.request)
    ground.request = 0.0
    ground.call(RequestStop, "safety/request_stop", RequestStop.Request(by="officer", reason="a look"))
    ground.reach(SafetyState.RESET_READY)
    event_id = ground.states[-1].event_id
    assert ground.call(Reset, "safety/reset", signed_reset(event_id)).accepted
    ground.arm()
    causes = [cause for event in ground.events for cause in event.causes]
    assert not [cause.reason for cause in causes if cause.rule == "bypass"]


def test_requests_of_five_megabytes_are_refused_and_cut(unchecking_gate: Process, ground: Ground) -> None:
    ground.arm()
    for _ in range(12):
        answer = ground.call(Reset, "safety/reset", signed_reset("e" * 5_000_000, "b" * 5_000_000))
        assert not answer.accepted and len(answer.reason) <= 2048
    wait_until(lambda: sum(event.kind == SafetyEvent.RESET_REFUSED for event in ground.events) == 12)
    refused = [event for event in ground.events if event.kind == SafetyEvent.RESET_REFUSED]
    assert all(len(event.by.encode()) <= 2048 and "cut: it had 5000000 characters" in event.by for event in refused)
    assert ground.states[-1].state != SafetyState.FAULT


def test_a_request_with_texts_that_are_too_long_is_answered(gate: Process, ground: Ground) -> None:
    """Requests have no bound that the middleware looks at: the gate takes them, and cuts their texts."""
    ground.arm()
    answer = ground.call(Reset, "safety/reset", signed_reset("e" * 5000, "anna"))
    assert not answer.accepted and len(answer.reason.encode()) <= 2048
    assert ground.states[-1].state != SafetyState.FAULT
    stopped = ground.call(RequestStop, "safety/request_stop", RequestStop.Request(by="officer", reason="r" * 5000))
    assert stopped.accepted
    stopped_by(ground, "request_stop", "officer")


def test_a_command_that_is_too_large_is_not_read_and_stops(
    stamped_gate: Process, ground: Ground, stack: StampedStack
) -> None:  # fmt: skip
    ground.arm()
    raw(stack, TwistStamped, "cmd_vel_request", b"\x00\x01\x00\x00" + bytes(100_000), qos.COMMAND)
    reason = stopped_by(ground, "command", "command").reason
    assert reason.startswith("command: malformed: 100004 bytes, at most ")


def test_a_request_that_makes_the_gate_fail_is_a_fault_and_answered(
    gate: Process, ground: Ground
) -> None:  # fmt: skip
    """A parameter of a type that does not exist: the client library raises an error over it."""
    ground.arm()
    strange = Parameter(name="speed_robot.limit_mps", value=ParameterValue(type=99))
    answer = ground.call(SetParameters, "gate/set_parameters", SetParameters.Request(parameters=[strange]))
    assert not any(result.successful for result in answer.results)
    state = ground.reach(SafetyState.FAULT)
    assert "set_parameters" in state.reason and not state.enable
    assert gate.poll() is None, "the loop goes on, and says why"
