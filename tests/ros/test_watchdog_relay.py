"""Gate, e-stop node and station as real processes: whatever stops the gate from ticking opens the relay by itself."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped, Twist
from nav_msgs.msg import Odometry
from port_interfaces.msg import EstopState, SafetyState
from port_interfaces.srv import Arm

from port_ros import qos
from tests.arming import LiveSession, signed
from tests.gate_bench import PATIENT_BLOCKS
from tests.ros.test_gate_node import PARAMETERS
from tests.ros_peer import Peer, start_node
from tests.sim_ground import ESTOPS, SimGround
from tests.waiting import wait_until

RULES = ("input_timeout", "lane")
#: What makes the gate stop ticking.
FATES = {"hangs": signal.SIGSTOP, "starves": signal.SIGUSR1, "dies": signal.SIGKILL}


class Hall:
    """A robot that stands in its lane, its armed gate, and a station of one kind whose relay the gate holds."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.peer = Peer()
        make = self.peer.node.create_publisher
        self._pose = make(PoseWithCovarianceStamped, "ground/robot_pose", qos.SENSOR_STREAM)
        self._odometry = make(Odometry, "odom", qos.SENSOR_STREAM)
        self._request = make(Twist, "cmd_vel_request", qos.COMMAND)
        self.estops: list[EstopState] = self.peer.keep(EstopState, "estop/state", qos.SENSOR_STREAM)
        self.safety: list[SafetyState] = self.peer.keep(SafetyState, "safety/state", qos.STATE_LATCHED)
        self.session = LiveSession(self.peer.node)
        self.peer.every(0.02, self._feed)
        self.ground = SimGround(folder, kind)
        self.node = start_node("port_sensors", "estop_node", "estop", self.ground.estop_parameters(), folder)
        wait_until(lambda: self.estops and self.estops[-1].link == EstopState.LINK_OK, what="the station")
        self.gate = _start_gate(folder)

    def _feed(self) -> None:
        stamp = self.peer.node.get_clock().now().to_msg()
        pose, odometry = PoseWithCovarianceStamped(), Odometry()
        pose.header.stamp = odometry.header.stamp = stamp
        for publisher, message in ((self._pose, pose), (self._odometry, odometry), (self._request, Twist())):
            publisher.publish(message)

    def relay(self) -> bool:
        return bool(self.ground.ask(do="status")["relay_closed"])

    def arm(self) -> "Hall":
        """Have the relay closed; what a pause of a busy machine stopped is reset and armed again, as people would."""
        try:
            wait_until(self._armed, timeout_s=60.0, what="the relay closed")
        except AssertionError as error:
            raise AssertionError(f"{error}; seen: {self.safety[-1:]}") from None
        return self

    def _armed(self) -> bool:
        state = self.safety[-1].state if self.safety else None
        if state == SafetyState.RESET_READY:
            self.ground.ask(do="reset", seconds=0.3)
        elif state == SafetyState.STANDBY:
            self.peer.call(Arm, "safety/arm", signed(self.safety[-1].epoch))
        return self.relay()

    def close(self) -> None:
        for process in (self.gate, self.node):
            process.kill()
            process.wait()
        self.ground.close()
        self.peer.close()


def _start_gate(folder: Path) -> subprocess.Popen[bytes]:
    """A real gate with two rules, and with the fault to order."""
    rules = {name: PATIENT_BLOCKS[name] for name in RULES}
    parameters = {key: value for key, value in PARAMETERS.items() if key not in PATIENT_BLOCKS} | {
        "rules": list(rules),
        **rules,
    }
    command = [sys.executable, "-m", "tests.ros.spinning_gate"]
    return start_node("port_safety", "gate_node", "gate", parameters, folder, command)


@pytest.fixture(params=ESTOPS)
def hall(ros_domain: int, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Hall]:
    hall = Hall(tmp_path, str(request.param))
    yield hall
    hall.close()


@pytest.mark.parametrize("fate", FATES)
def test_a_gate_that_no_longer_ticks_loses_the_relay_though_the_node_lives(hall: Hall, fate: str) -> None:
    hall.arm()
    began_s = time.monotonic()
    hall.gate.send_signal(FATES[fate])
    # A busy machine may starve the simulated station: the figure is printed, and no bound but that it opens.
    wait_until(lambda: not hall.relay(), what="the relay open")
    print(f"{hall.ground.estop_parameters()['driver']}, gate {fate}: relay seen open after "
          f"{(time.monotonic() - began_s) * 1e3:.0f} ms")  # fmt: skip
    count = len(hall.estops)
    wait_until(lambda: len(hall.estops) > count + 100, what="the node goes on")
    wait_until(lambda: hall.estops[-1].link == EstopState.LINK_OK, what="the station and the node live")
    assert not hall.relay(), "a sender that outlives the gate does not close it again"
    assert (hall.gate.poll() is None) == (fate != "dies")
