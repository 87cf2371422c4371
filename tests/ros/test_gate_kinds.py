"""The gate as a process in front of an arm and of a humanoid: SIGTERM runs the stop profile, then it leaves."""

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from port_interfaces.msg import EnableHeartbeat, EstopState, SafetyState
from port_interfaces.srv import Arm as ArmService
from port_interfaces.srv import Reset
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from port_ros import qos, stamps
from port_safety.evidence.hash_chain import verify
from port_sim.robots.arm import Arm, ArmLimits
from tests.arming import LiveSession, signed, signed_publisher, signed_reset
from tests.commands import ARM
from tests.gate_bench import PATIENT_BLOCKS
from tests.ros.test_gate_node import PARAMETERS, PERIOD_S, Ground
from tests.ros_peer import Peer, start_node
from tests.waiting import PATIENCE_S, wait_until

RULES = ("input_timeout", "speed_robot", "stop_response", "bypass", "clock", "acceleration")
FIGURES = {**PARAMETERS["robot"], "joint_deceleration_radps2": ARM.deceleration_radps2, "reach_m": ARM.reach_m}
ARM_PARAMETERS = {
    **{key: value for key, value in PARAMETERS.items() if key not in PATIENT_BLOCKS},
    "rules": list(RULES),
    **{name: PATIENT_BLOCKS[name] for name in RULES},
    "command_in": "trajectory_request",
    "command_out": "trajectory",
    "command_type": "trajectory_msgs/msg/JointTrajectory",
    "robot": {**FIGURES, "kind": "arm", "joints": list(ARM.names)},
}
HUMANOID_PARAMETERS = {
    **PARAMETERS,
    "robot": {
        **PARAMETERS["robot"], "kind": "humanoid", "settle_s": 20.0, "damp_s": 0.4, "settled_height_m": 0.5,
    },
}  # fmt: skip


class ArmPeer(Peer):
    """A simulated arm with its controller, an e-stop station, and a stack that asks by trajectories."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self.arm = Arm(ArmLimits())
        self.powered = False
        self.untold: tuple[str, ...] = ()
        make = self.node.create_publisher
        self._estop = signed_publisher(self.node, EstopState, "estop/state", qos.SENSOR_STREAM)
        self._joints = make(JointState, "joint_states", qos.SENSOR_STREAM)
        self._request = make(JointTrajectory, "trajectory_request", qos.COMMAND)
        self.node.create_subscription(JointTrajectory, "trajectory", self._follow, qos.COMMAND)
        self.node.create_subscription(EnableHeartbeat, "safety/enable", self._power, qos.SENSOR_STREAM)
        self.states: list[SafetyState] = self.keep(SafetyState, "safety/state", qos.STATE_LATCHED)
        self.session = LiveSession(self.node)
        self.every(PERIOD_S, self._feed)

    def _power(self, beat: EnableHeartbeat) -> None:
        self.powered = beat.enable

    def _follow(self, message: JointTrajectory) -> None:
        stamp_ns = stamps.to_ns(message.header.stamp)
        start_s = stamp_ns / 1e9 if stamp_ns else time.time()
        points = [
            (each.time_from_start.sec + each.time_from_start.nanosec / 1e9, tuple(each.positions))
            for each in message.points
        ]
        with self._lock:
            self.arm.follow(points, start_s, time.time())

    def _feed(self) -> None:
        with self._lock:
            motion = self.arm.step(time.time(), self.powered)
        stamp = self.node.get_clock().now().to_msg()
        state = EstopState(stamp=stamp, device_id="station_1", channel_a_closed=True, channel_b_closed=True)
        self._estop.publish(state)
        told = [
            row for row in zip(ARM.names, motion.positions, motion.velocities, strict=True) if row[0] not in self.untold
        ]
        names, positions, velocities = map(list, zip(*told, strict=True))
        state = JointState(name=names, position=positions, velocity=velocities)
        state.header.stamp = stamp
        self._joints.publish(state)

    @property
    def may_move(self) -> bool:
        return bool(self.states) and self.states[-1].state in (SafetyState.RUN, SafetyState.REDUCED)

    def start(self) -> None:
        """Have the gate armed, whatever a busy machine has stopped."""

        def running() -> bool:
            state = self.states[-1] if self.states else SafetyState()
            if state.state == SafetyState.STANDBY:
                if self.call(ArmService, "safety/arm", signed(state.epoch)).accepted:
                    wait_until(lambda: self.states[-1].state != SafetyState.STANDBY, what="what becomes of it")
            elif state.state in (SafetyState.STOPPED, SafetyState.RESET_READY):
                self.call(Reset, "safety/reset", signed_reset(state.event_id))
            return self.may_move

        seen = len(self.states)
        wait_until(lambda: len(self.states) > seen, what="a gate that lives")
        wait_until(running, what=f"armed; seen: {self.states[-1:]}")

    def ask(self, *positions: float, within_s: int) -> None:
        point = JointTrajectoryPoint(positions=list(positions))
        point.time_from_start.sec = within_s
        self._request.publish(JointTrajectory(joint_names=list(ARM.names), points=[point]))


@pytest.fixture
def arm(ros_domain: int) -> Iterator[ArmPeer]:
    peer = ArmPeer()
    yield peer
    peer.close()


@pytest.fixture
def humanoid(ros_domain: int) -> Iterator[Ground]:
    peer = Ground()
    yield peer
    peer.close()


def _on_its_way(arm: ArmPeer) -> bool:
    """Have the arm begin its path; False where a pause of a busy machine has stopped it meanwhile."""
    arm.start()
    arm.ask(0.0, 0.0, 0.0, within_s=1)
    wait_until(lambda: arm.states[-1].reason.startswith("command: none") or not arm.may_move)
    arm.ask(2.0, 1.0, 0.0, within_s=8)
    wait_until(lambda: (arm.arm.motion.positions[0] > 0.3 and arm.states[-1].passed_mps > 0.0) or not arm.may_move)
    return arm.may_move


def test_an_arm_stops_on_its_path_when_the_gate_is_ended(arm: ArmPeer, tmp_path: Path) -> None:
    gate = _start_gate(ARM_PARAMETERS, tmp_path)
    try:
        wait_until(lambda: _on_its_way(arm), what="the arm on its way")
        assert arm.states[-1].requested_mps >= arm.states[-1].passed_mps, "also without a twist it is told how fast"
        gate.send_signal(signal.SIGTERM)
        assert gate.wait(PATIENCE_S) == 0
    finally:
        gate.kill()
        gate.wait()
    at = arm.arm.motion.positions
    assert at[1] == pytest.approx(at[0] / 2, abs=0.05), "it is still on its path"
    assert at[0] < 1.9 and max(map(abs, arm.arm.motion.velocities)) < 0.05
    assert "decelerate" in _stages(tmp_path)


def test_a_humanoid_is_settled_before_the_gate_leaves(humanoid: Ground, tmp_path: Path) -> None:
    stages: list[String] = humanoid.keep(String, "safety/stop_stage", qos.STATE_LATCHED)
    humanoid.height = 0.9
    gate = _start_gate(HUMANOID_PARAMETERS, tmp_path)
    try:
        humanoid.arm()
        humanoid.request = 0.4
        wait_until(lambda: humanoid.commands[-1].linear.x == 0.4)
        gate.send_signal(signal.SIGTERM)
        wait_until(lambda: bool(stages) and stages[-1].data == "settle")
        assert humanoid.beats[-1].enable, "it has not settled yet"
        humanoid.height = 0.45
        assert gate.wait(PATIENCE_S) == 0
    finally:
        gate.kill()
        gate.wait()
    assert _stages(tmp_path)[:3] == ["halt", "settle", "damp"]


def test_a_grippers_joint_states_change_nothing_and_a_missing_joint_is_named(arm: ArmPeer, tmp_path: Path) -> None:
    gate = _start_gate(ARM_PARAMETERS, tmp_path)
    gripper = JointState(name=["left_finger"], position=[0.02], velocity=[0.0])
    fingers = arm.node.create_publisher(JointState, "joint_states", qos.SENSOR_STREAM)
    arm.every(PERIOD_S / 2, lambda: fingers.publish(gripper))
    try:
        arm.start()
        arm.untold = ("elbow",)
        _reach(arm, SafetyState.STOPPED)
        reasons = [cause.reason for cause in arm.states[-1].causes]
        assert any(reason.startswith("joints: elbow: no data for") for reason in reasons), reasons
    finally:
        gate.kill()
        gate.wait()


def _start_gate(parameters: dict[str, Any], folder: Path) -> subprocess.Popen[bytes]:
    given = {**parameters, "evidence_path": str(folder / "stops.jsonl")}
    return start_node("port_safety", "gate_node", "gate", given, folder)


def _stages(folder: Path) -> list[str]:
    """The stages of the last stop, as the gate wrote them down: its topic keeps the newest alone."""
    stops = [one for one in verify((folder / "stops.jsonl").read_bytes()).records if one["kind"] == "stop"]
    return [stage["name"] for stage in stops[-1]["stages"]]


def _reach(peer: ArmPeer, state: int) -> None:
    try:
        wait_until(lambda: bool(peer.states) and peer.states[-1].state == state)
    except AssertionError as error:
        seen = peer.states[-1].reason if peer.states else "no state"
        raise AssertionError(f"{error}; {seen}") from None
