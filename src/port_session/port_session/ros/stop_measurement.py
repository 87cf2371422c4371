"""Drives a robot through the gate of its running session, and records what left the gate and how the robot moved.

It asks as the team's stack does, on the profile's `command_in`, and for zero as soon as anything is wrong; whether the
robot may move is the gate's to say.
"""

import math
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from port_interfaces.msg import SafetyState
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile, ReliabilityPolicy

from port_ros import qos, stamps
from port_ros.constants import SAFETY_STATES
from port_ros.node_names import full_name
from port_session.admission.graph import NAMELESS
from port_session.robots.stop_drive import Phase, StopDrive
from port_session.robots.stop_recording import Place, StopRecording
from port_session.ros.joined import joined

#: How often it asks, s; the gate wants 10 Hz.
_PERIOD_S = 0.04
#: Odometry that is older than this is none, s. How old it may be while the robot moves is for the gate to judge.
_SILENT_S = 3.0
#: After the end zero is requested until the robot stands, at most for so long, s.
_REST_S = 4.0
#: The middleware tells of a publisher before it tells of its node; how long that may take, s.
_NAMES_S = 3.0
_MOVING = (SafetyState.RUN, SafetyState.REDUCED)

Say = Callable[[str], None]


class StopMeasurement:
    """In the running session with this record; a context manager that leaves the robot with requests of zero."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._stack = ExitStack()
        topics = record["description"]["robot"]["topics"]
        # "ask_": who checks the session knows that it only looks at the commands that leave the gate.
        self._node, context = self._stack.enter_context(joined(record, "ask_measure"))
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self._node)
        self._stack.callback(self._executor.shutdown)
        self.recording = StopRecording()
        self._safety: SafetyState | None = None
        self._heard_s = -math.inf
        self._moved_m = 0.0
        self._command_in = topics["command_in"]
        self._stamped = topics["command_type"] == "geometry_msgs/msg/TwistStamped"
        kind = TwistStamped if self._stamped else Twist
        self._requests = self._node.create_publisher(kind, self._command_in, qos.COMMAND)
        deep = QoSProfile(depth=100, reliability=ReliabilityPolicy.BEST_EFFORT)
        self._node.create_subscription(kind, topics["command_out"], self._on_command, deep)
        self._node.create_subscription(Odometry, topics["odometry"], self._on_odometry, deep)
        self._node.create_subscription(SafetyState, "safety/state", self._on_safety, qos.STATE_LATCHED)

    def __enter__(self) -> "StopMeasurement":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    # --- what arrives -------------------------------------------------------------------------------------------------

    def _on_command(self, message: Any, info: Mapping[str, int]) -> None:
        """When the gate sent it, by its clock, which is this machine's."""
        twist = message.twist if self._stamped else message
        self.recording.commands.append((info["source_timestamp"] * 1e-9, twist.linear.x))

    def _on_odometry(self, message: Odometry) -> None:
        now_s, place = time.time(), message.pose.pose.position
        places = self.recording.places
        if places:
            self._moved_m += math.hypot(place.x - places[-1].x, place.y - places[-1].y)
        stamp_s = stamps.to_ns(message.header.stamp) * 1e-9
        places.append(Place(stamp_s, message.twist.twist.linear.x, place.x, place.y, now_s - stamp_s))
        self._heard_s = time.monotonic()

    def _on_safety(self, message: SafetyState) -> None:
        self._safety = message

    # --- what is done -------------------------------------------------------------------------------------------------

    def others(self) -> list[str]:
        """Who else asks this robot to move, as far as is known by now: one of both would be obeyed by chance."""
        own = self._node.get_fully_qualified_name()
        found = self._node.get_publishers_info_by_topic(self._node.resolve_topic_name(self._command_in))
        names = (full_name(info.node_name, info.node_namespace) for info in found)
        return sorted({name or NAMELESS for name in names if name != own})

    def until_it_may_move(self, say: Say) -> list[str]:
        """Ask for zero until the session is armed and the odometry flows; says what it waits for, once each.

        Returns who else asks, as soon as anybody does: then nothing may be asked of the robot.
        """
        told = ""
        while (missing := self._missing()) and not self.others():
            if missing != told:
                say(missing)
                told = missing
            self._ask_for_s(0.0, 0.2)
        until_s = time.monotonic() + _NAMES_S
        while NAMELESS in self.others() and time.monotonic() < until_s:
            self._ask_for_s(0.0, 0.1)
        return self.others()

    def _asked_too(self) -> str:
        others = self.others()
        return f"asked by {', '.join(others)}, too" if others else ""

    def _missing(self) -> str:
        if time.monotonic() - self._heard_s > _SILENT_S:
            return "waiting for the robot's odometry (port check)"
        if self._safety is None:
            return "waiting for the gate (port check)"
        if self._safety.state not in _MOVING:
            state = SAFETY_STATES.get(self._safety.state, "?")
            return f"gate {state}: {self._safety.reason}; waiting for: port session admit, arm, start"
        return ""

    def drive(self, drive: StopDrive, say: Say) -> None:
        """Until it is over, and the robot has been asked for zero for a while."""
        self._ask_for_s(0.0, 0.5)  # after arming the gate wants a request of zero first
        phase, zero_s, speed_mps = drive.phase, math.nan, drive.speed_mps
        say(f"{speed_mps:g} m/s")
        while not drive.over:
            if obstacle := self._missing() or self._asked_too():
                drive.fail(obstacle)
            asked_mps, now_s = drive.ask(time.monotonic(), self._speed_mps, self._moved_m), time.time()
            if drive.phase is Phase.STOP and phase is Phase.DRIVE:
                zero_s = now_s
            elif phase is Phase.STOP and drive.phase in (Phase.DRIVE, Phase.DONE):
                self.recording.zeros.append((zero_s, now_s, speed_mps))
                speed_mps = drive.speed_mps
                say(f"{speed_mps:g} m/s" if drive.phase is Phase.DRIVE else "it stands")
            phase = drive.phase
            self._ask_for_s(asked_mps, _PERIOD_S)
        self.rest()

    @property
    def _speed_mps(self) -> float:
        return self.recording.places[-1].speed_mps if self.recording.places else math.nan

    def rest(self) -> None:
        """Ask for zero until the robot stands."""
        until_s = time.monotonic() + _REST_S
        self._ask_for_s(0.0, 0.3)
        while time.monotonic() < until_s and not abs(self._speed_mps) < 0.01:
            self._ask_for_s(0.0, 0.1)

    def _ask_for_s(self, speed_mps: float, seconds: float) -> None:
        """Ask for this speed, again and again, for so long; take in what arrives."""
        until_s = time.monotonic() + seconds
        while True:
            self._requests.publish(self._request(speed_mps))
            next_s = min(until_s, time.monotonic() + _PERIOD_S)
            while (left_s := next_s - time.monotonic()) > 0:
                self._executor.spin_once(timeout_sec=left_s)
            if time.monotonic() >= until_s:
                return

    def _request(self, speed_mps: float) -> Any:
        twist = Twist()
        twist.linear.x = float(speed_mps)
        if not self._stamped:
            return twist
        stamped = TwistStamped(twist=twist)
        stamped.header.stamp = stamps.to_msg(time.time_ns())
        return stamped
