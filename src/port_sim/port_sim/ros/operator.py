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
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from port_ros import qos
from port_ros.constants import SAFETY_STATES, SESSION_STATES


@dataclass(frozen=True)
class Sight:
    """What the operator sees now. Positions in m (None: unknown), speed in m/s; stage: of the stop in force.

    joints: of an arm, rad.
    """

    safety: str = ""
    reason: str = ""
    session: str = ""
    x: float | None = None
    y: float | None = None
    speed_mps: float = float("nan")
    stage: str = ""
    joints: tuple[float, ...] = ()


class Operator:
    """`sight` is always the newest; `events` everything the gate reported. `close()` joins the thread.

    joint_states: the topic of an arm's joints; empty for a robot that drives or walks.
    """

    def __init__(self, namespace: str, domain: int, joint_states: str = "") -> None:
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
        self._joints: JointState | None = None
        self._by_joints = bool(joint_states)
        kind, goal = (JointState, "goal_joints") if joint_states else (PoseStamped, "goal_pose")
        self._goals = self._node.create_publisher(kind, goal, qos.STATE_LATCHED)
        if joint_states:
            self._node.create_subscription(JointState, joint_states, self._on_joints, qos.SENSOR_STREAM)
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

    def _on_joints(self, message: JointState) -> None:
        self._joints = message

    def _on_session(self, message: SessionState) -> None:
        self._session = message

    def _on_stage(self, message: String) -> None:
        self._stage = message.data

    @property
    def sight(self) -> Sight:
        safety, session = self._safety, self._session
        session_name = SESSION_STATES[session.state] if session else ""
        joints = tuple(self._joints.position) if self._joints else ()
        if safety is None:
            return Sight(session=session_name, joints=joints)
        x, y = safety.position_m if len(safety.position_m) == 2 else (None, None)
        return Sight(
            SAFETY_STATES[safety.state], safety.reason, session_name, x, y, safety.speed_mps, self._stage, joints
        )

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

    def send_to(self, *goal: float) -> None:
        """Tell the stand-in for the team's stack where to go: x, y in frame ground, m; of an arm each joint, rad."""
        message: PoseStamped | JointState
        if self._by_joints:
            message = JointState(position=list(goal))
        else:
            message = PoseStamped()
            message.header.frame_id = "ground"
            message.pose.position.x, message.pose.position.y = goal
        self._goals.publish(message)

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        self._node.destroy_node()
        rclpy.try_shutdown(context=self._context)
