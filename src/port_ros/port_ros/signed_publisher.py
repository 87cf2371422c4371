"""A publisher whose messages carry the proof that a node of this session said them: `mac`, `instance`, `sequence`."""

import threading
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.serialization import serialize_message

from port_ros.signed_stream import StreamSigner


class SignedPublisher:
    """On `topic` of `node`. key: of the session; None: its messages are numbered, and prove nothing.

    publisher: rclpy's own. Threads may share it: messages leave in the order of their numbers.
    """

    def __init__(self, node: Node, kind: Any, topic: str, profile: QoSProfile, key: bytes | None) -> None:
        self.publisher = node.create_publisher(kind, topic, profile)
        self._signer = StreamSigner(key, topic)
        self._sequence = 0
        self._lock = threading.Lock()

    def publish(self, message: Any) -> None:
        """Number, sign and publish it."""
        with self._lock:
            self._sequence += 1
            message.instance, message.sequence = self._signer.instance, self._sequence
            self.publisher.publish(self._signer.signed(serialize_message(message)))
