"""A gate, a ground that sees the robot, and a robot that is wrong: as much of a session as a robot that stands needs.

The gate is the real one; without e-stop stations it never opens. Where the robot is, it tells the ground itself.
"""

import contextlib
import json
import math
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geometry_msgs.msg import PoseWithCovarianceStamped

from port_ros import qos
from port_session.admission.judge import Expected, judge
from port_session.admission.profile import profile_of
from port_session.description.resolve import resolve
from port_session.ros.observer import observe
from tests.arming import KEY_FILE
from tests.bad_robots.ways import Way
from tests.ros_peer import Peer, start_node
from tests.waiting import PATIENCE_S

_ROOT = Path(__file__).parents[2]
_LIGHT = str(_ROOT / "config" / "sessions" / "light.yaml")
#: What the ground sees at, and the streams of a robot.
_SEES_S, _STREAMS = 0.12, ("odometry", "command", "ground_pose")


class Stand:
    """In `domain`, with its files in `folder`, until `close`."""

    def __init__(self, folder: Path, domain: int) -> None:
        self._folder, self._domain, self._socket = folder, domain, folder / "sim.sock"
        resolved = resolve(_LIGHT)
        own = {"evidence_path": str(folder / "stops.jsonl"), "session_key_file": KEY_FILE, "session": "t"}
        self._gate = start_node(
            "port_safety", "gate_node", "gate", {**resolved.process("gate").parameters, **own}, folder
        )
        streams = [stream for stream in resolved.streams if stream.name in _STREAMS]
        self._expected = Expected(streams, (), "/t", "cmd_vel", profile_of(resolved.description))
        self._truth: dict[str, float] = {}
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(self._socket))
        self._server.listen()
        threading.Thread(target=self._serve, daemon=True).start()
        self._peer = Peer()
        self._poses = self._peer.node.create_publisher(
            PoseWithCovarianceStamped, "ground/robot_pose", qos.of_stream("ground_pose")
        )
        self._peer.every(_SEES_S, self._see)

    @contextlib.contextmanager
    def robot(self, way: Way, mended: bool = False) -> Iterator[None]:
        """A robot that is wrong in this way, or was and is mended, while the context lasts."""
        command = [sys.executable, "-m", "tests.bad_robots", "--way", way.name, "--session", "t"]
        command += ["--domain", str(self._domain), "--socket", str(self._socket), *(["--mended"] if mended else [])]
        process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None and process.stdout.readline() == "up\n"
            yield
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE_S)

    def look(self) -> list[dict[str, Any]]:
        """What the admission check says of it now, as `port check --json` would."""
        record = {"domain": self._domain, "namespace": "/t"}
        seen = observe(record, self._expected, 1.0)
        return [finding.__dict__ for finding in judge(seen, self._expected)]

    def close(self) -> None:
        self._gate.terminate()
        self._gate.wait(PATIENCE_S)
        self._peer.close()
        self._server.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                wire, _ = self._server.accept()
                threading.Thread(target=self._answer, args=(wire,), daemon=True).start()

    def _answer(self, wire: socket.socket) -> None:
        """The robot says where it is, and has power for it."""
        with contextlib.suppress(OSError), wire, wire.makefile("rwb") as lines:
            for line in lines:
                self._truth = json.loads(line)
                lines.write(b'{"ok": true, "powered": true, "stop_input": false}\n')
                lines.flush()

    def _see(self) -> None:
        if not self._truth:
            return
        message = PoseWithCovarianceStamped()
        message.header.stamp = self._peer.node.get_clock().now().to_msg()
        place, turn = message.pose.pose.position, message.pose.pose.orientation
        place.x, place.y = self._truth["x"], self._truth["y"]
        turn.z, turn.w = math.sin(self._truth["yaw"] / 2), math.cos(self._truth["yaw"] / 2)
        self._poses.publish(message)
