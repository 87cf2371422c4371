"""The process of one robot, right or wrong: a base, its odometry and the stack that asks, as a team would bring them.

It knows nothing of the session but its domain and its names. Where it really is, the simulated ground learns from it.
"""

import contextlib
import math
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import rclpy
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry as OdometryMessage
from port_interfaces.msg import SafetyState, SessionState
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from port_ros import qos
from port_session.robots.participant import DOMAINS
from port_sim.robots.body import Body
from port_sim.robots.truth_link import TruthLink
from port_sim.robots.wheeled import Limits, Motion, Wheeled
from tests.bad_robots.manner import BEST_EFFORT, Arm, Manner
from tests.bad_robots.odometry import Odometer
from tests.bad_robots.type_hash import announce_otherwise

_OPEN = (SafetyState.RUN, SafetyState.REDUCED)
#: Where the stack turns round on its way to and fro, m along the lane.
_TURNS_AT_M = (0.3, 3.0)
#: So long it asks for rest when it may move again: the gate waits for that.
_RESTS_S = 0.5
#: Faster than this nobody waits between two messages: it is a flood.
_FLOOD_HZ = 5000.0


class _Pushed:
    """A base that goes ahead at one speed, to and fro, whatever it is told."""

    own_stop = ""

    def __init__(self, speed_mps: float) -> None:
        self._speed_mps, self.motion, self._at_s = speed_mps, Motion(), time.monotonic()

    def command(self, *order: Any, **named: Any) -> None:
        """It does not listen."""

    def tell(self, word: str, now_s: float) -> None:
        """Nor to the stages of a stop."""

    def step(self, now_s: float, powered: bool, runaway: bool = False) -> Motion:
        """Move on."""
        before, dt_s, self._at_s = self.motion, now_s - self._at_s, now_s
        ahead = 1.0 if before.x < _TURNS_AT_M[0] else -1.0 if before.x > _TURNS_AT_M[1] else before.v or 1.0
        v = math.copysign(self._speed_mps, ahead)
        self.motion = Motion(before.x + v * dt_s, before.y, before.yaw, v)
        return self.motion


class Robot:
    """Lives in `domain`, or off it, in the session `namespace`, until `close`."""

    def __init__(self, manner: Manner, namespace: str, domain: int, socket: Path) -> None:
        self._manner, self._namespace = manner, namespace
        self._domain = (domain + manner.domains_off) % len(DOMAINS)
        self._contexts: list[Context] = []
        self._nodes: list[Node] = []
        self._ending = threading.Event()
        self._flooding: list[threading.Thread] = []
        base = manner.base
        limits = Limits(latency_s=base.latency_s, response_s=base.response_s, deceleration_mps2=base.deceleration_mps2)
        link = TruthLink(str(socket))
        pushed = base.by_itself_mps != 0.0
        self.body = Body(_Pushed(base.by_itself_mps) if pushed else Wheeled(limits), link)
        self._heard_s, self._kept = math.inf, (0.0, 0.0)
        self._open = self._running = False
        self._asks_from_s = math.inf
        self._ahead = 1.0
        node = self._node("base")
        if manner.arm is None:
            self._make_base(node)
            self._make_stack(self._node("planner"))
            self.body.start()
        else:
            self._make_arm(node, manner.arm, link)
        self._make_others()

    def _node(self, name: str, namespace: str = "/team") -> Node:
        """In a context of its own: one process has one type a topic in Fast DDS."""
        context = Context()
        rclpy.init(context=context, domain_id=self._domain)
        node = rclpy.create_node(name, namespace=namespace, context=context, start_parameter_services=False)
        self._contexts.append(context)
        self._nodes.append(node)
        return node

    def _named(self, topic: str) -> str:
        return topic if topic.startswith("/") else f"{self._namespace}/{topic}"

    # --- the base -----------------------------------------------------------------------------------------------------

    def _make_base(self, node: Node) -> None:
        base = self._manner.base
        durability = DurabilityPolicy.TRANSIENT_LOCAL if base.durable else DurabilityPolicy.VOLATILE
        profile = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE, durability=durability)
        kind = TwistStamped if base.stamped else Twist
        node.create_subscription(kind, self._named(base.listens), self._on_command, profile)
        if base.also:
            node.create_subscription(Twist, self._named(base.also), self._follow, qos.COMMAND)
        manner = self._manner.odometry
        if manner is None:
            return
        if manner.other_definition:
            announce_otherwise(OdometryMessage)
        odometer = Odometer(manner)
        for number in range(manner.copies):
            source = node if number == 0 else self._node("localisation")
            publisher = source.create_publisher(OdometryMessage, self._named(manner.topic), 10)
            self._say(source, manner.rate_hz, partial(self._tell, publisher, odometer))

    def _tell(self, publisher: Publisher, odometer: Odometer) -> None:
        publisher.publish(odometer.message(self.body.motion))

    def _say(self, node: Node, rate_hz: float, publish: Callable[[], None]) -> None:
        if rate_hz < _FLOOD_HZ:
            node.create_timer(1.0 / rate_hz, publish)
        else:
            thread = threading.Thread(target=self._flood, args=(publish,))
            self._flooding.append(thread)
            thread.start()

    def _flood(self, publish: Callable[[], None]) -> None:
        while not self._ending.is_set():
            publish()

    def _on_command(self, message: Any) -> None:
        if not self._manner.base.also:
            self._follow(message)

    def _follow(self, message: Any) -> None:
        base = self._manner.base
        twist = message.twist if isinstance(message, TwistStamped) else message
        told = twist.linear.x * base.forward, twist.angular.z * base.turn
        now_s = time.monotonic()
        if any(told):
            self._heard_s = min(self._heard_s, now_s)
        if now_s - self._heard_s < base.deaf_after_s:
            self._kept = told
        self.body.command(*self._kept)

    # --- the stack ----------------------------------------------------------------------------------------------------

    def _make_stack(self, node: Node) -> None:
        stack = self._manner.stack
        best = ReliabilityPolicy.BEST_EFFORT if stack.reliability == BEST_EFFORT else ReliabilityPolicy.RELIABLE
        kind = TwistStamped if stack.stamped else Twist
        requests = node.create_publisher(kind, self._named(stack.topic), QoSProfile(depth=1, reliability=best))
        node.create_subscription(SafetyState, self._named("safety/state"), self._on_safety, qos.STATE_LATCHED)
        node.create_subscription(SessionState, self._named("session/state"), self._on_session, qos.STATE_LATCHED)

        def ask() -> None:
            message = kind()
            twist = message.twist if stack.stamped else message
            twist.linear.x, twist.angular.z = self._wanted()
            twist.linear.y = stack.number
            if stack.stamped:
                message.header.stamp = node.get_clock().now().to_msg()
            requests.publish(message)

        if not stack.silent:
            self._say(node, stack.rate_hz, ask)

    def _wanted(self) -> tuple[float, float]:
        """To and fro in the first part of the lane."""
        stack, x = self._manner.stack, self.body.motion.x
        if not (self._open and self._running):
            self._asks_from_s = time.monotonic() + _RESTS_S
        if not stack.always and time.monotonic() < self._asks_from_s:
            return 0.0, 0.0
        if x > _TURNS_AT_M[1] or x < _TURNS_AT_M[0]:
            self._ahead = 1.0 if x < _TURNS_AT_M[0] else -1.0
        return stack.speed_mps * self._ahead, stack.turn_radps

    def _on_safety(self, message: SafetyState) -> None:
        self._open = message.state in _OPEN

    def _on_session(self, message: SessionState) -> None:
        self._running = message.state == SessionState.RUNNING

    # --- an arm -------------------------------------------------------------------------------------------------------

    def _make_arm(self, node: Node, arm: Arm, link: TruthLink) -> None:
        """It stands where its profile says, and never moves."""
        states = node.create_publisher(JointState, self._named("joint_states"), 10)
        commands = self._named("joint_trajectory_controller/joint_trajectory")
        node.create_subscription(JointTrajectory, commands, lambda _: None, qos.COMMAND)
        planner = self._node("planner")
        requests = planner.create_publisher(JointTrajectory, self._named("joint_trajectory_request"), qos.COMMAND)

        def say() -> None:
            count = len(arm.joints)
            message = JointState(name=list(arm.joints), position=[arm.position_rad * arm.scale] * count)
            message.velocity = [0.0] * count if arm.velocities else []
            message.header.stamp = node.get_clock().now().to_msg()
            states.publish(message)

        self._say(node, arm.rate_hz, say)
        planner.create_timer(0.05, lambda: link.exchange(Motion(*arm.base_pose)))
        names = Arm().joints
        rest = JointTrajectoryPoint(positions=[arm.position_rad] * len(names), velocities=[0.0] * len(names))
        rest.time_from_start.sec = 1
        planner.create_timer(1.0, lambda: requests.publish(JointTrajectory(joint_names=list(names), points=[rest])))

    # --- others -------------------------------------------------------------------------------------------------------

    def _make_others(self) -> None:
        command_out = self._named("cmd_vel")
        if self._manner.intruder:
            node = self._node(self._manner.intruder)
            publisher = node.create_publisher(Twist, command_out, qos.COMMAND)
            self._say(node, 10.0, lambda: publisher.publish(Twist()))
        if self._manner.second_gate:
            self._node("gate", self._namespace).create_publisher(Twist, command_out, qos.COMMAND)

    def spin(self) -> None:
        """Until `close`, by whoever calls it; each node in a thread of its own."""
        threads = [
            threading.Thread(target=self._spin, args=pair) for pair in zip(self._nodes, self._contexts, strict=True)
        ]
        for thread in threads:
            thread.start()
        self._ending.wait()
        for thread in (*threads, *self._flooding):
            thread.join()
        if self._manner.arm is None:
            self.body.close()
        for node, context in zip(self._nodes, self._contexts, strict=True):
            node.destroy_node()
            with contextlib.suppress(Exception):
                rclpy.shutdown(context=context)

    def _spin(self, node: Node, context: Context) -> None:
        executor = SingleThreadedExecutor(context=context)
        executor.add_node(node)
        while not self._ending.is_set():
            executor.spin_once(timeout_sec=0.05)
        executor.shutdown()

    def close(self) -> None:
        self._ending.set()
