"""A live session beside a gate under test: its key file, its words on session/state, and the requests that it signs."""

import time
from pathlib import Path
from typing import Any

from port_interfaces.msg import SessionState
from port_interfaces.srv import Arm
from rclpy.node import Node

from port_ros import qos, stamps
from port_ros.arm_key import ARM_KEY_FILE, ArmRequest, make_key_file, read_key, sign


def arm_key_file(folder: Path) -> str:
    """The key file in `folder`, made where there is none."""
    path = folder / ARM_KEY_FILE
    if not path.exists():
        make_key_file(path)
    return str(path)


def signed(key: bytes, session: str, epoch: int, by: str = "tester", stamp_ns: int | None = None) -> Arm.Request:
    """A request to arm, signed by `key`, now if no stamp is given."""
    request = ArmRequest(session, time.time_ns() if stamp_ns is None else stamp_ns, epoch, by)
    mac = list(sign(key, request))
    return Arm.Request(session=session, stamp=stamps.to_msg(request.stamp_ns), epoch=epoch, by=by, mac=mac)


class LiveSession:
    """Says as the session `name` that it is live, from the node of a test; `state` is what it says."""

    def __init__(self, node: Node, key_file: str, name: str = "t") -> None:
        self._key, self._name = read_key(key_file), name
        self.state: int | None = SessionState.RUNNING
        self._words = node.create_publisher(SessionState, "session/state", qos.STATE_LATCHED)
        node.create_timer(0.2, self.say)

    def say(self) -> None:
        """Its state, unless it is to be silent (None)."""
        if self.state is not None:
            self._words.publish(SessionState(session_id=self._name, state=self.state))

    def request(self, epoch: int, **how: Any) -> Arm.Request:
        return signed(self._key, self._name, epoch, **how)
