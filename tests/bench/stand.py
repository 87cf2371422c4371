"""The stand that a gate or its baseline is measured on: feeds inputs, sends commands, takes what comes out, by time.

Sender and receiver are one node in one thread with the same executor for everything measured, so that what differs
between two figures is the process in between. It runs at real-time priority where that is granted, below the gate's:
what is measured is not its own waiting for a processor.
"""

import os
import struct
import subprocess
import time
from pathlib import Path
from typing import Any

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseWithCovarianceStamped, Twist
from nav_msgs.msg import Odometry
from port_interfaces.msg import EstopState, SafetyState, ZoneOccupancy
from port_interfaces.srv import Arm
from rclpy.context import Context
from rclpy.experimental import EventsExecutor
from rclpy.node import Node

from port_ros import qos, realtime
from tests.arming import LiveSession, signed, signed_publisher

_LITTLE = b"\x00\x01\x00\x00"
#: Commands differ in their last digits: by them an answer is known.
STEP_MPS = 1e-6
STAND_PRIORITY = realtime.GATE_PRIORITY - 10
#: Before a command line: the process begins at normal priority, whatever that of the stand is.
PLAINLY = ("chrt", "--other", "0")


class Stand:
    """A node in namespace /t that plays the ground and the robot's stack; without `estop`, all but the e-stop."""

    def __init__(self, domain: int, estop: bool = True) -> None:
        os.environ["ROS_DOMAIN_ID"] = str(domain)
        self.realtime = realtime.ask(STAND_PRIORITY)[:1]
        self.context = Context()
        rclpy.init(context=self.context, domain_id=domain)
        self.node = Node("stand", namespace="/t", context=self.context)
        make = self.node.create_publisher
        self._estop = signed_publisher(self.node, EstopState, "estop/state", qos.SENSOR_STREAM) if estop else None
        self._pose = make(PoseWithCovarianceStamped, "ground/robot_pose", qos.SENSOR_STREAM)
        self._odometry = make(Odometry, "odom", qos.SENSOR_STREAM)
        self._occupancy = signed_publisher(self.node, ZoneOccupancy, "ground/occupancy", qos.SENSOR_STREAM)
        self._request = make(Twist, "cmd_vel_request", qos.COMMAND)
        self.node.create_subscription(Twist, "cmd_vel", self._on_command, qos.COMMAND, raw=True)
        self.node.create_subscription(SafetyState, "safety/state", self._on_state, qos.STATE_LATCHED)
        self.node.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)
        self._arm = self.node.create_client(Arm, "safety/arm")
        self._session = LiveSession(self.node)
        self.executor = EventsExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.arrived: dict[float, int] = {}
        self.state: SafetyState | None = None
        self.gate_values: dict[str, str] = {}
        self._fed_ns = 0
        self.feeding = True

    def _on_command(self, data: bytes) -> None:
        now_ns = time.monotonic_ns()
        self.arrived.setdefault(struct.unpack_from("<d", data, 4)[0], now_ns)

    def _on_state(self, message: SafetyState) -> None:
        self.state = message

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == "gate":
                self.gate_values = {pair.key: pair.value for pair in status.values}

    def spin(self, seconds: float) -> None:
        """Serve for `seconds`, feeding the gate's inputs at 50 Hz."""
        end_ns = time.monotonic_ns() + round(seconds * 1e9)
        while (now_ns := time.monotonic_ns()) < end_ns:
            if self.feeding and now_ns - self._fed_ns >= 20_000_000:
                self._fed_ns = now_ns
                self._feed()
            self.executor.spin_once(timeout_sec=min(end_ns - now_ns, 5_000_000) / 1e9)

    def _feed(self) -> None:
        stamp = self.node.get_clock().now().to_msg()
        if self._estop is not None:
            state = EstopState(stamp=stamp, device_id="station_1", channel_a_closed=True, channel_b_closed=True)
            self._estop.publish(state)
        pose, odometry, occupancy = PoseWithCovarianceStamped(), Odometry(), ZoneOccupancy(valid=True)
        pose.header.stamp = odometry.header.stamp = occupancy.header.stamp = stamp
        # It creeps to and fro by less than anything notices: a frozen source would be a fault.
        pose.pose.pose.position.x = odometry.pose.pose.position.x = 1e-4 * (time.monotonic() % 1.0)
        odometry.twist.twist.linear.x = 0.0
        for publisher, message in ((self._pose, pose), (self._odometry, odometry), (self._occupancy, occupancy)):
            publisher.publish(message)

    def send(self, vx: float) -> int:
        """Send a command; returns when (monotonic ns)."""
        data = _LITTLE + struct.pack("<6d", vx, 0.0, 0.0, 0.0, 0.0, 0.0)
        sent_ns = time.monotonic_ns()
        self._request.publish(data)
        return sent_ns

    def until(self, condition: Any, timeout_s: float, what: str) -> None:
        end_s = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > end_s:
                raise TimeoutError(f"{what}: not within {timeout_s:g} s; gate: {self.state and self.state.reason}")
            self.spin(0.02)

    def arm(self) -> None:
        """Bring a gate to RUN."""
        self.until(lambda: self.state is not None and self.state.state == SafetyState.STANDBY, 30.0, "STANDBY")
        assert self.state is not None
        future = self._arm.call_async(signed(self.state.epoch, by="bench"))
        self.until(future.done, 10.0, "arm")
        if not future.result().accepted:
            raise RuntimeError(future.result().reason)
        for _ in range(10):
            self.send(0.0)
            self.spin(0.02)

    def latencies_us(self, count: int, hz: float, least: float = 0.99) -> list[float]:
        """Send `count` commands at `hz`; how long each took to come out. TimeoutError if less than `least` came."""
        self.arrived.clear()
        sent: dict[float, int] = {}
        due_ns = time.monotonic_ns()
        for number in range(count):
            due_ns += round(1e9 / hz)
            self.spin(max(0.0, (due_ns - time.monotonic_ns()) / 1e9))
            vx = 0.02 + number * STEP_MPS
            sent[vx] = self.send(vx)
        self.spin(0.3)
        found = [(self.arrived[vx] - at_ns) / 1e3 for vx, at_ns in sent.items() if vx in self.arrived]
        if len(found) < least * count:
            raise TimeoutError(f"{count - len(found)} of {count} commands did not come out")
        return found

    def close(self) -> None:
        self.node.destroy_node()
        rclpy.try_shutdown(context=self.context)


def cpu_s(pid: int) -> float:
    """Processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process of ours."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
