"""The simulated robot and its driver as processes: commands and power in, odometry and truth out."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry
from port_interfaces.msg import SafetyState, SessionState

from port_ros import qos
from port_sim.control import ControlServer
from port_sim.world import RobotTruth
from tests.ros_peer import Peer, start_node
from tests.waiting import PATIENCE_S, wait_until


class Stage:
    """Robot and driver in namespace /t, the ground's end of the truth link, and a gate that lets everything pass."""

    def __init__(self, folder: Path) -> None:
        self.socket = Path("/tmp") / f"port-test-{os.getpid()}.sock"  # noqa: S108  (a unix socket's path must be short)
        self.powered, self.faults, self.truth = True, dict[str, object](), RobotTruth()
        self.control: ControlServer | None = None
        robot = {"socket": str(self.socket), "speed_mps": 1.5, "start_pose": [0.0, 0.2, 0.0]}
        driver = {"goal_m": [1.5, 0.0], "speed_mps": 1.0}
        self.processes: list[subprocess.Popen[bytes]] = [
            start_node("port_sim", "robot_node", "robot", robot, folder),
            start_node("port_sim", "lane_driver_node", "driver", driver, folder),
        ]
        self.peer = Peer()
        self.odometry = self.peer.keep(Odometry, "odom", qos.SENSOR_STREAM)
        self.diagnostics = self.peer.keep(DiagnosticArray, "/diagnostics", 10)
        self.requests = self.peer.keep(Twist, "cmd_vel_request", qos.COMMAND)
        make = self.peer.node.create_publisher
        self._command, self._safety = (
            make(Twist, "cmd_vel", qos.COMMAND),
            make(SafetyState, "safety/state", qos.STATE_LATCHED),
        )
        self._session = make(SessionState, "session/state", qos.STATE_LATCHED)
        self.peer.every(0.05, self._pass_on)

    def ground(self) -> None:
        """The simulated ground appears."""
        self.control = ControlServer(self.socket, self._answer)
        self.control.start()

    def say(self, safety: int, session: int) -> None:
        self._safety.publish(SafetyState(state=safety, reason="test"))
        self._session.publish(SessionState(state=session))

    def close(self) -> None:
        self.peer.close()
        for process in self.processes:
            process.send_signal(signal.SIGINT)
        codes = [process.wait(PATIENCE_S) for process in self.processes]
        if self.control is not None:
            self.control.close()
        assert codes == [0, 0]

    def speed(self) -> float:
        return float(self.odometry[-1].twist.twist.linear.x) if self.odometry else 0.0

    def level(self) -> bytes | None:
        return next((one.status[0].level for one in reversed(self.diagnostics) if one.status[0].name == "robot"), None)

    def _pass_on(self) -> None:
        if self.requests:
            self._command.publish(self.requests[-1])

    def _answer(self, line: bytes) -> dict[str, Any]:
        said = json.loads(line)
        self.truth = RobotTruth(*(said[name] for name in ("x", "y", "yaw", "v", "w")))
        return {"ok": True, "powered": self.powered, "stop_input": False, **self.faults}


@pytest.fixture
def stage(ros_domain: int, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def test_it_drives_to_the_goal_only_while_it_may(stage: Stage) -> None:
    wait_until(lambda: stage.level() == DiagnosticStatus.ERROR, what="no ground: said")
    stage.ground()
    wait_until(lambda: stage.level() == DiagnosticStatus.OK and stage.truth.y == 0.2)
    stage.say(SafetyState.RUN, SessionState.ARMED)
    wait_until(lambda: len(stage.requests) > 20)
    assert stage.speed() == 0.0
    stage.say(SafetyState.RUN, SessionState.RUNNING)
    wait_until(lambda: stage.speed() > 0.3, what="it drives")
    stage.say(SafetyState.STOPPING, SessionState.RUNNING)
    wait_until(lambda: stage.speed() == 0.0, what="it stops")
    stage.say(SafetyState.REDUCED, SessionState.RUNNING)
    # A pause of a busy machine lets it roll on: how far beyond its goal says nothing of it.
    wait_until(lambda: stage.truth.x > 1.4 and stage.speed() == 0.0, what="it arrives")
    wait_until(lambda: stage.odometry[-1].pose.pose.position.x == pytest.approx(stage.truth.x), what="where it stands")
    newest = stage.odometry[-1]
    assert (newest.header.frame_id, newest.child_frame_id) == ("odom", "base_link")


def test_its_faults_are_what_the_ground_says(stage: Stage) -> None:
    stage.ground()
    stage.say(SafetyState.RUN, SessionState.RUNNING)
    wait_until(lambda: stage.speed() > 0.3)
    stage.faults = {"deaf": True, "misplaced_m": 2.0}
    wait_until(lambda: stage.odometry[-1].pose.pose.position.x - stage.truth.x > 1.5, what="it believes to be ahead")
    stage.say(SafetyState.STOPPED, SessionState.HALTED)
    began_x = stage.truth.x
    wait_until(lambda: stage.truth.x > began_x + 0.3, what="it goes on although it is told to stand")
    stage.faults = {}
    wait_until(lambda: stage.speed() == 0.0, what="it hears again")


def test_without_power_or_ground_it_brakes(stage: Stage) -> None:
    stage.ground()
    stage.say(SafetyState.RUN, SessionState.RUNNING)
    wait_until(lambda: stage.speed() > 0.2)
    stage.powered = False
    wait_until(lambda: stage.speed() == 0.0)
    stage.powered, stage.faults = True, {"runaway": True}
    wait_until(lambda: stage.speed() > 1.6, what="runaway: faster than its limit")
    assert stage.control is not None
    stage.control.close()
    wait_until(lambda: stage.speed() == 0.0, what="the ground is gone: no power")
