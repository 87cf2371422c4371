"""A live session beside a gate under test: its key file, its words on session/state, and the requests that it signs."""

import atexit
import shutil
import tempfile
import time
from pathlib import Path

from port_interfaces.msg import SessionState
from port_interfaces.srv import Arm
from rclpy.node import Node

from port_ros import qos, stamps
from port_ros.arm_key import ARM_KEY_FILE, ArmRequest, make_key_file, read_key, sign


def _key_file() -> str:
    folder = Path(tempfile.mkdtemp(prefix="port-key-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make_key_file(folder / ARM_KEY_FILE)
    return str(folder / ARM_KEY_FILE)


#: The key of every gate that this process starts.
KEY_FILE = _key_file()


def signed(
    epoch: int, session: str = "t", by: str = "tester", stamp_ns: int | None = None, key_file: str = KEY_FILE
) -> Arm.Request:
    """A request to arm, signed by that key, now if no stamp is given."""
    request = ArmRequest(session, time.time_ns() if stamp_ns is None else stamp_ns, epoch, by)
    mac = list(sign(read_key(key_file), request))
    return Arm.Request(session=session, stamp=stamps.to_msg(request.stamp_ns), epoch=epoch, by=by, mac=mac)


class LiveSession:
    """Says from the node of a test, as the session `name`, that it runs; `state` is what it says, None: nothing."""

    def __init__(self, node: Node, name: str = "t") -> None:
        self._name = name
        self.state: int | None = SessionState.RUNNING
        self._words = node.create_publisher(SessionState, "session/state", qos.STATE_LATCHED)
        node.create_timer(0.2, self._say)

    def _say(self) -> None:
        if self.state is not None:
            self._words.publish(SessionState(session_id=self._name, state=self.state))
