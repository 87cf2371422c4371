"""Keeps the way of a command warm, where the gate's parameter `rehearse` asks for it.

What did not run for some milliseconds has fallen out of the processor's caches: a publish costs several times as much
as one right behind another (docs/figures.md). So each tick goes the way that the next command will go, with the command
that asks for nothing: written to bytes, read back, asked what the gate asks of a command, published and taken. What is
published is an empty message on a hidden topic of its own: nobody can take it for a command, and the gate takes nothing
from it. The decision itself is the tick's and needs no rehearsal.
"""

from rclpy.node import Node
from std_msgs.msg import Empty

from port_ros import qos, stamps
from port_safety.gate.gate import Gate
from port_safety.ros.codecs import Codec

TOPIC = "safety/_rehearsal"
#: An Empty as CDR: the encapsulation, and the one byte that stands for no field.
EMPTY = b"\x00\x01\x00\x00\x00"


class Rehearsal:
    """Of one gate. `subscription` wakes nobody; what arrives on it is taken, and counted, here."""

    def __init__(self, node: Node, gate: Gate, codec: Codec) -> None:
        self._node = node
        self._gate = gate
        self._codec = codec
        self._publisher = node.create_publisher(Empty, TOPIC, qos.REHEARSAL)
        self.subscription = node.create_subscription(Empty, TOPIC, _nothing, qos.REHEARSAL, raw=True)
        self.trouble = ""
        self.taken = 0

    def run(self, now_ns: int) -> None:
        """One rehearsal. One that fails is the last: a robot can be held without."""
        if self.trouble:
            return
        try:
            self._run(now_ns)
        except Exception as error:
            self.trouble = f"the rehearsal of commands failed: {error!r}"
            self._node.get_logger().warning(self.trouble)

    def _run(self, now_ns: int) -> None:
        zero = self._gate.zero_command
        decoded = self._codec.decode(self._codec.encode(zero, now_ns, stamps.to_system_ns()))
        command = decoded.command.started(now_ns, zero, None)
        if not command.fault:
            command.limited(1.0, 1.0, now_ns, zero)
        self._publisher.publish(EMPTY)
        if self.subscription.handle.take_message(self.subscription.msg_type, True) is not None:
            self.taken += 1


def _nothing(data: bytes) -> None:
    """What arrives is taken in `run`."""
