"""Both sides of a border as real processes, with a robot and its stack in one ROS domain and the session in another."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import Twist
from msgspec import to_builtins
from nav_msgs.msg import Odometry
from port_interfaces.msg import BorderState
from std_msgs.msg import String

from port_ros import qos
from port_ros.session_key import make_key_file
from port_session.border.certificates import EDGE, ROBOT_FILES
from tests.border_rows import ROWS, TWIST
from tests.ros_peer import Peer, executable, start_node
from tests.waiting import PATIENCE_S, wait_until

SESSION, TEAM = "t", "blue"


class RobotPeer(Peer):
    """A node of the robot's own, in the robot's domain and without a namespace."""

    def __init__(self, domain: int, name: str = "base") -> None:
        super().__init__(name, "", domain)


class Border:
    """The session's side with a peer that plays the gate, the robot's side, and the robot.

    certificates: of a link; None: a Unix socket, as on the way `domain`.
    """

    def __init__(self, folder: Path, domain: int, certificates: Path | None = None, port: int = 0) -> None:
        self.folder, self.robot_domain = folder, domain + 100
        self.peer = Peer()
        self.states: list[BorderState] = self.peer.keep(BorderState, "border/state", qos.SENSOR_STREAM)
        self.odometry: list[Odometry] = self.peer.keep(Odometry, "odom", qos.SENSOR_STREAM)
        self.requests: list[Twist] = self.peer.keep(Twist, "cmd_vel_request", qos.COMMAND)
        self.diagnostics: list[DiagnosticArray] = self.peer.keep(DiagnosticArray, "/diagnostics", 10)
        self.command = self.peer.node.create_publisher(Twist, "cmd_vel", qos.COMMAND)
        self.stage = self.peer.node.create_publisher(String, "safety/stop_stage", qos.STATE_LATCHED)
        self.robot = RobotPeer(self.robot_domain)
        self.heard: list[Twist] = self.robot.keep(Twist, "/cmd_vel", 10)
        self._odom = self.robot.node.create_publisher(Odometry, "/odom", 10)
        self._request = self.robot.node.create_publisher(Twist, "/cmd_vel_request", 10)
        self.odom_x, self.request_x = 0.0, 0.0
        self.robot.every(0.02, self._speak)
        self.where = f"127.0.0.1:{port}" if certificates else str(folder / "border.sock")
        self.certificates = certificates
        make_key_file(folder / "session.key")
        self.edge = self.start_edge()
        self.side = self.start_side()

    def _speak(self) -> None:
        odom, request = Odometry(), Twist()
        odom.header.stamp = self.robot.node.get_clock().now().to_msg()
        odom.pose.pose.position.x, request.linear.x = self.odom_x, self.request_x
        self._odom.publish(odom)
        self._request.publish(request)

    def start_edge(self) -> "subprocess.Popen[bytes]":
        tree: dict[str, Any] = {
            "session": SESSION, "team": TEAM, "session_key_file": str(self.folder / "session.key"),
            "stages": ["settle", "damp"], "stages_after_s": [0.3, 0.9],
            "listen": self.where, "channels": [row.name for row in ROWS], "command_type": TWIST,
            **({"certificates": str(self.certificates)} if self.certificates else {}),
            **{row.name: {k: v for k, v in to_builtins(row).items() if k != "name"} for row in ROWS},
        }  # fmt: skip
        return start_node("port_session", "border_node", "border", tree, self.folder)

    def start_side(
        self, team: str = TEAM, name: str = "robot_side", program: list[str] | None = None
    ) -> "subprocess.Popen[bytes]":
        """program: instead of the edge's own."""
        config: dict[str, Any] = {"connect": self.where}
        if self.certificates:
            shown = self.certificates / "teams" / team
            config |= {"server": EDGE, **{key: str(shown / file) for key, file in ROBOT_FILES.items()}}
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(config))
        env = {**os.environ, "ROS_DOMAIN_ID": str(self.robot_domain), "AMENT_PREFIX_PATH": sys.prefix}
        return subprocess.Popen(
            [*(program or [executable("port_session", "robot_side")]), "--config", str(path)],
            stdout=(self.folder / f"{name}.log").open("ab"), stderr=subprocess.STDOUT, env=env,
        )  # fmt: skip

    @property
    def state(self) -> BorderState | None:
        return self.states[-1] if self.states else None

    def until_up(self) -> "Border":
        wait_until(lambda: self.state and self.state.up, what=f"the border up; {self.words}")
        return self

    @property
    def words(self) -> str:
        """What the border says of itself, for a test that fails."""
        return f"{self.state and self.state.reason}; {(self.folder / 'border.log').read_text()[-600:]}"

    def until_down(self, words: str) -> BorderState:
        """Told by what it says, and at once after what it said before."""
        return wait_until(lambda: self.state and not self.state.up and words in self.state.reason and self.state,
                          what=f"the border down: {words}; {self.words}")  # fmt: skip

    def diagnosis(self) -> DiagnosticStatus | None:
        found = [s for array in list(self.diagnostics) for s in array.status if s.name == "border"]
        return found[-1] if found else None

    def until_told(self, words: str) -> DiagnosticStatus:
        return wait_until(
            lambda: (told := self.diagnosis()) is not None and words in told.message and told,
            what=f"{words} in /diagnostics; {self.diagnosis()}",
        )

    def say(self, vx: float) -> None:
        message = Twist()
        message.linear.x = vx
        self.command.publish(message)

    def until_heard(self, vx: float) -> None:
        """The robot does what is said again and again, as a gate does."""

        def said() -> bool:
            self.say(vx)
            time.sleep(0.01)
            return bool(self.heard) and self.heard[-1].linear.x == vx

        wait_until(said, what=f"a command of {vx} at the robot; {self.words}")

    def close(self) -> None:
        for process in (self.side, self.edge):
            if process.poll() is None:
                process.terminate()
                process.wait(PATIENCE_S)
        self.robot.close()
        self.peer.close()
