"""A test operator at the console: watches the session over ROS and asks it for the next step.

Runs in a thread of its own; `close()` joins it.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import rclpy
from geometry_msgs.msg import PoseStamped
from port_interfaces.msg import SafetyEvent, SafetyState, SessionState
from port_interfaces.srv import SessionCommand
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from std_msgs.msg import String

from port_ros import qos

SAFETY_STATES = ("INIT", "STANDBY", "RUN", "REDUCED", "STOPPING", "STOPPED", "RESET_READY", "RECOVER", "FAULT")
SESSION_STATES = ("BOOKED", "ADMITTED", "ARMED", "RUNNING", "HALTED", "ABORTED", "COMPLETED", "REVIEWED", "SEALED")


@dataclass(frozen=True)
class Sight:
    """What the operator sees now. Positions in m (None: unknown), speed in m/s; stage: of the stop in force."""

    safety: str = ""
    reason: str = ""
    session: str = ""
    x: float | None = None
    y: float | None = None
    speed_mps: float = float("nan")
    stage: str = ""


class Operator:
    """`sight` is always the newest; `events` everything the gate reported. `close()` joins the thread."""

    def __init__(self, namespace: str, domain: int) -> None:
        self.events: list[SafetyEvent] = []
        self._safety: SafetyState | None = None
        self._session: SessionState | None = None
        self._stage = ""
        self._context = Context()
        rclpy.init(context=self._context, domain_id=domain)
        self._node = Node("operator", namespace=namespace, context=self._context, start_parameter_services=False)
        self._node.create_subscription(SafetyState, "safety/state", self._on_safety, qos.STATE_LATCHED)
        self._node.create_subscription(String, "safety/stop_stage", self._on_stage, qos.STATE_LATCHED)
        self._node.create_subscription(SafetyEvent, "safety/event", self.events.append, qos.EVENT)
        self._node.create_subscription(SessionState, "session/state", self._on_session, qos.STATE_LATCHED)
        self._goals = self._node.create_publisher(PoseStamped, "goal_pose", qos.STATE_LATCHED)
        self._client = self._node.create_client(SessionCommand, "session/command")
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._spin, name="operator")
        self._thread.start()

    def _spin(self) -> None:
        executor = SingleThreadedExecutor(context=self._context)
        executor.add_node(self._node)
        while not self._closing.is_set():
            executor.spin_once(timeout_sec=0.05)
        executor.shutdown()

    def _on_safety(self, message: SafetyState) -> None:
        self._safety = message

    def _on_session(self, message: SessionState) -> None:
        self._session = message

    def _on_stage(self, message: String) -> None:
        self._stage = message.data

    @property
    def sight(self) -> Sight:
        safety, session = self._safety, self._session
        session_name = SESSION_STATES[session.state] if session else ""
        if safety is None:
            return Sight(session=session_name)
        x, y = safety.position_m if len(safety.position_m) == 2 else (None, None)
        return Sight(SAFETY_STATES[safety.state], safety.reason, session_name, x, y, safety.speed_mps, self._stage)

    def saw(self, wanted: Callable[[Any], bool]) -> bool:
        """Whether any event of the gate so far was such a one."""
        return any(wanted(event) for event in list(self.events))

    def ask(self, command: str, timeout_s: float = 10.0) -> tuple[bool, str]:
        """Ask the session for a step; whether it was done, and its answer in words."""
        if not self._client.wait_for_service(timeout_sec=timeout_s):
            return False, "the session does not answer"
        done = threading.Event()
        future = self._client.call_async(SessionCommand.Request(command=command, by="operator", note="scripted"))
        future.add_done_callback(lambda _: done.set())
        if not done.wait(timeout_s):
            return False, f"no answer within {timeout_s:g} s"
        answer = future.result()
        return bool(answer.accepted), str(answer.reason)

    def send_to(self, x_m: float, y_m: float) -> None:
        """Tell the stand-in for the team's stack where to drive, in frame ground."""
        message = PoseStamped()
        message.header.frame_id = "ground"
        message.pose.position.x, message.pose.position.y = x_m, y_m
        self._goals.publish(message)

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        self._node.destroy_node()
        rclpy.try_shutdown(context=self._context)
