"""A session's own nodes beside a gate under test: its key file, what they sign, and its words on session/state."""

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import Any

from port_interfaces.msg import SessionState
from port_interfaces.srv import Arm, Reset
from rclpy.node import Node
from rclpy.qos import QoSProfile

from port_ros import qos, signed_request
from port_ros.request_signing import sign_request
from port_ros.session_key import SESSION_KEY_FILE, make_key_file, read_key
from port_ros.signed_publisher import SignedPublisher


def _key_file() -> str:
    folder = Path(tempfile.mkdtemp(prefix="port-key-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make_key_file(folder / SESSION_KEY_FILE)
    return str(folder / SESSION_KEY_FILE)


#: The key of every node of a session that this process starts.
KEY_FILE = _key_file()


def signed(
    epoch: int, session: str = "t", by: str = "tester", stamp_ns: int | None = None, key_file: str = KEY_FILE
) -> Arm.Request:
    """A request to arm, signed by that key, now if no stamp is given."""
    request = Arm.Request(epoch=epoch, by=by)
    sign_request(request, signed_request.ARM, session, read_key(key_file), stamp_ns)
    return request


def signed_reset(event_id: str, by: str = "officer", session: str = "t") -> Reset.Request:
    """A request to reset, signed now."""
    request = Reset.Request(event_id=event_id, by=by)
    sign_request(request, signed_request.RESET, session, read_key(KEY_FILE))
    return request


def signed_publisher(
    node: Node, kind: Any, topic: str, profile: QoSProfile, key_file: str = KEY_FILE
) -> SignedPublisher:
    """A publisher whose messages the session's nodes believe."""
    return SignedPublisher(node, kind, topic, profile, read_key(key_file))


class LiveSession:
    """Says from the node of a test, as the session `name`, that it runs; `state` is what it says, None: nothing."""

    def __init__(self, node: Node, name: str = "t") -> None:
        self._name = name
        self.state: int | None = SessionState.RUNNING
        self._words = signed_publisher(node, SessionState, "session/state", qos.STATE_LATCHED)
        node.create_timer(0.2, self._say)

    def _say(self) -> None:
        if self.state is not None:
            self._words.publish(SessionState(session_id=self._name, state=self.state))
