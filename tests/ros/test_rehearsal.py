"""The rehearsal keeps a command's way warm and says nothing that anybody could take for a command."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import rclpy
from rclpy.context import Context
from rclpy.node import Node
from rclpy.serialization import deserialize_message
from std_msgs.msg import Empty

from port_ros import qos
from port_safety.commands.registry import command_type_of
from port_safety.commands.twist import Motion
from port_safety.gate.gate import Gate
from port_safety.ros.codecs import TwistCodec
from port_safety.ros.rehearsal import EMPTY, TOPIC, Rehearsal
from port_safety.rules.envelope import Envelope
from tests.codecs import codec_named
from tests.commands import ARM, MESSAGES
from tests.gate_bench import make_gate, robot_of
from tests.ros.test_gate_node import PARAMETERS, Ground
from tests.ros_peer import start_node
from tests.waiting import wait_until


@pytest.fixture
def node(ros_domain: int) -> Iterator[Node]:
    context = Context()
    rclpy.init(context=context, domain_id=ros_domain)
    node = Node("gate", context=context)
    yield node
    node.destroy_node()
    rclpy.try_shutdown(context=context)


def test_what_is_said_is_an_empty_message() -> None:
    assert isinstance(deserialize_message(EMPTY, Empty), Empty)


@pytest.mark.parametrize("message", MESSAGES)
def test_a_rehearsal_changes_nothing_in_the_gate(node: Node, message: str) -> None:
    zero = command_type_of(message).zero_command(ARM)
    gate = Gate("t", robot_of("arm", joints=ARM), Envelope({}, "hash"), zero)
    before = (gate.state, gate.output, gate.requests.command, gate.requests.last_heard_ns)
    rehearsal = Rehearsal(node, gate, codec_named(message, ARM))
    for now_ns in range(0, 100_000_000, 2_000_000):
        rehearsal.run(now_ns)
    assert (gate.state, gate.output, gate.requests.command, gate.requests.last_heard_ns) == before
    assert not rehearsal.trouble and not gate.take_events()


def test_a_rehearsal_takes_what_it_published(node: Node) -> None:
    rehearsal = Rehearsal(node, make_gate(), codec_named("geometry_msgs/msg/Twist", None))
    wait_until(lambda: node.count_subscribers(rehearsal.subscription.topic_name) == 1)
    for now_ns in range(20):
        rehearsal.run(now_ns)
    assert rehearsal.taken >= 15


class Broken(TwistCodec):
    """Writes no command."""

    def encode(self, command: Motion, now_ns: int, to_system_ns: int) -> bytes:
        raise RuntimeError("no such thing")


def test_a_rehearsal_that_fails_is_the_last(node: Node) -> None:
    gate = make_gate()
    rehearsal = Rehearsal(node, gate, Broken())
    rehearsal.run(1)
    rehearsal.run(2)
    assert rehearsal.trouble == "the rehearsal of commands failed: RuntimeError('no such thing')"
    assert not gate.fault


@pytest.mark.parametrize("rehearse", [True, False])
def test_a_gate_rehearses_where_its_parameter_says_so(ros_domain: int, tmp_path: Path, rehearse: bool) -> None:
    ground = Ground()
    said = ground.keep(Empty, TOPIC, qos.REHEARSAL)
    process = start_node("port_safety", "gate_node", "gate", {**PARAMETERS, "rehearse": rehearse}, tmp_path)
    try:
        ground.arm()
        wait_until(lambda: ground.node.count_publishers(f"/t/{TOPIC}") == rehearse)
        ground.request = 0.3
        wait_until(lambda: ground.commands[-1].linear.x == 0.3)
        assert bool(said) is rehearse
    finally:
        process.kill()
        process.wait()
        ground.close()
