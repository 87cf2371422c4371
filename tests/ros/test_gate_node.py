"""The gate as a process: real messages in, real commands out."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped, Twist
from nav_msgs.msg import Odometry
from port_interfaces.msg import Cause, EnableHeartbeat, EstopState, SafetyEvent, SafetyState, ZoneOccupancy
from port_interfaces.srv import Arm, Reset

from port_ros import qos
from tests.arming import KEY_FILE, LiveSession, signed, signed_publisher, signed_reset
from tests.gate_bench import PATIENT_BLOCKS
from tests.ros_peer import Peer, start_node
from tests.waiting import PATIENCE_S, wait_until

PARAMETERS: dict[str, Any] = {
    "tick_hz": 200.0,
    "site": "t",
    "session": "t",
    "command_in": "cmd_vel_request",
    "command_out": "cmd_vel",
    "session_key_file": KEY_FILE,
    "estops": ["station_1"],
    "rules": list(PATIENT_BLOCKS),
    **PATIENT_BLOCKS,
    "robot": {
        "name": "r",
        "kind": "wheeled",
        "speed_mps": 1.5,
        "yaw_rate_radps": 1.5,
        "acceleration_mps2": 1.0,
        "deceleration_mps2": 1.2,
        "latency_s": 0.08,
        "footprint_radius_m": 0.4,
        "ramp_s": 1.5,
    },
}


PERIOD_S = 0.02


class Ground(Peer):
    """Feeds a gate what the ground's sensors and a robot that obeys would say."""

    def __init__(self) -> None:
        super().__init__()
        self.pressed = self.reset_held = self.silent = False
        self.request: float | None = 0.0
        self.speed = self.x = self.height = 0.0
        make = self.node.create_publisher
        self._estop = signed_publisher(self.node, EstopState, "estop/state", qos.SENSOR_STREAM)
        self._pose = make(PoseWithCovarianceStamped, "ground/robot_pose", qos.SENSOR_STREAM)
        self._odometry = make(Odometry, "odom", qos.SENSOR_STREAM)
        self._occupancy = signed_publisher(self.node, ZoneOccupancy, "ground/occupancy", qos.SENSOR_STREAM)
        self._request = make(Twist, "cmd_vel_request", qos.COMMAND)
        self.commands: list[Twist] = self.keep(Twist, "cmd_vel", qos.COMMAND)
        self.states: list[SafetyState] = self.keep(SafetyState, "safety/state", qos.STATE_LATCHED)
        self.events: list[SafetyEvent] = self.keep(SafetyEvent, "safety/event", qos.EVENT)
        self.beats: list[EnableHeartbeat] = self.keep(EnableHeartbeat, "safety/enable", qos.SENSOR_STREAM)
        self.session = LiveSession(self.node)
        self.every(PERIOD_S, self._feed)

    def _feed(self) -> None:
        if self.silent:
            return
        stamp = self.node.get_clock().now().to_msg()
        closed = not self.pressed
        state = EstopState(
            stamp=stamp, device_id="station_1", channel_a_closed=closed, channel_b_closed=closed,
            reset_pressed=self.reset_held,
        )  # fmt: skip
        self._estop.publish(state)
        pose, odometry = PoseWithCovarianceStamped(), Odometry()
        pose.header.stamp = odometry.header.stamp = stamp
        self.move()
        pose.pose.pose.position.x = odometry.pose.pose.position.x = self.x
        odometry.twist.twist.linear.x = self.speed
        odometry.pose.pose.position.z = self.height
        occupancy = ZoneOccupancy(valid=True)
        occupancy.header.stamp = stamp
        self._pose.publish(pose)
        self._odometry.publish(odometry)
        self._occupancy.publish(occupancy)
        if self.request is not None:
            twist = Twist()
            twist.linear.x = self.request
            self._request.publish(twist)

    def move(self) -> None:
        """A robot that does at once what it is told."""
        if self.commands:
            self.speed = self.commands[-1].linear.x
        self.x += self.speed * PERIOD_S

    def state(self) -> int:
        return self.states[-1].state if self.states else -1

    def reach(self, state: int) -> SafetyState:
        try:
            wait_until(lambda: self.state() == state, what=f"state {state}")
        except AssertionError as error:
            raise AssertionError(f"{error}; seen: {self.states[-1] if self.states else 'no state'}") from None
        return self.states[-1]

    def arm(self) -> None:
        """Again and again: a gate whose readings a busy machine holds up is not ready, or stops, in that moment."""

        def running() -> bool:
            if (
                self.state() == SafetyState.STANDBY
                and self.call(Arm, "safety/arm", signed(self.states[-1].epoch)).accepted
            ):
                wait_until(lambda: self.state() != SafetyState.STANDBY, what="what becomes of it")
            if self.state() in (SafetyState.STOPPED, SafetyState.RESET_READY):
                self.call(Reset, "safety/reset", signed_reset(self.states[-1].event_id))
            return self.state() == SafetyState.RUN

        seen = len(self.states)
        wait_until(lambda: len(self.states) > seen, what="a gate that lives")
        wait_until(running, what=f"armed; seen: {self.states[-1:]}")

    def reset(self, event_id: str) -> None:
        """As soon as everything has been well for long enough."""
        request = lambda: signed_reset(event_id)  # noqa: E731
        wait_until(lambda: self.call(Reset, "safety/reset", request()).accepted, what=f"the reset of {event_id}")


@pytest.fixture
def ground(ros_domain: int) -> Iterator[Ground]:
    peer = Ground()
    yield peer
    peer.close()


@pytest.fixture
def gate(ros_domain: int, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start_node("port_safety", "gate_node", "gate", PARAMETERS, tmp_path)
    yield process
    process.kill()
    process.wait()


def test_a_whole_stop_and_reset_over_dds(gate: subprocess.Popen[bytes], ground: Ground) -> None:
    ground.arm()
    ground.request = 0.4
    wait_until(lambda: ground.commands[-1].linear.x == 0.4)
    assert ground.beats[-1].enable
    ground.pressed = True
    state = ground.reach(SafetyState.STOPPED)
    assert state.reason == "estop station_1: pressed" and not state.enable
    assert ground.commands[-1] == Twist()
    refused = ground.call(Reset, "safety/reset", signed_reset(state.event_id))
    assert not refused.accepted and refused.reason == "estop station_1: pressed"
    ground.pressed, ground.request = False, 0.0
    ground.reach(SafetyState.RESET_READY)
    ground.reset_held = True
    ground.reach(SafetyState.STANDBY)
    ground.reset_held = False
    wait_until(lambda: SafetyEvent.RESET_ACCEPTED in [event.kind for event in ground.events])
    kinds = [event.kind for event in ground.events]
    assert SafetyEvent.RESET_REFUSED in kinds and SafetyEvent.STANDSTILL in kinds
    assert [event.sequence for event in ground.events] == list(range(1, len(ground.events) + 1))
    stop = next(event for event in ground.events if event.kind == SafetyEvent.STOP)
    stood = next(event for event in ground.events if event.kind == SafetyEvent.STANDSTILL)
    assert stop.causes[0].rule == "estop" and 0.0 < stood.latency_ms < 1e4


def test_silence_of_every_sensor_is_a_stop_and_the_gate_keeps_saying_so(
    gate: subprocess.Popen[bytes], ground: Ground
) -> None:
    ground.arm()
    ground.silent = True
    wait_until(lambda: any(event.kind == SafetyEvent.STOP for event in ground.events))
    silent = {"estop station_1", "odometry", "ground_pose"}
    wait_until(lambda: silent <= {cause.source for cause in ground.states[-1].causes}, what="each is named")
    reasons = {cause.source: cause.reason for cause in ground.states[-1].causes}
    assert all(reasons[name].startswith(f"{name}: no data for") for name in silent)
    count = len(ground.commands)
    wait_until(lambda: len(ground.commands) > count + 50, what="a stopped gate is never silent")
    assert ground.commands[-1] == Twist()


def test_sigterm_stops_the_robot_before_the_process_ends(gate: subprocess.Popen[bytes], ground: Ground) -> None:
    ground.arm()
    ground.request = 0.45
    wait_until(lambda: ground.commands[-1].linear.x == 0.45)
    gate.send_signal(signal.SIGTERM)
    assert gate.wait(PATIENCE_S) == 0
    wait_until(lambda: ground.commands[-1] == Twist())
    speeds = [command.linear.x for command in ground.commands]
    assert any(0.0 < speed < 0.45 for speed in speeds[speeds.index(0.45) :]), "a ramp, not a cut"


def test_a_killed_gate_is_silent_towards_the_enable(gate: subprocess.Popen[bytes], ground: Ground) -> None:
    ground.arm()
    gate.kill()
    gate.wait()

    def silent() -> bool:
        """Whether none came for a while; what was on its way may still arrive."""
        count = len(ground.beats)
        time.sleep(0.3)
        return len(ground.beats) == count

    wait_until(silent)


def test_garbage_on_the_command_topic_is_no_command(gate: subprocess.Popen[bytes], ground: Ground) -> None:
    ground.arm()
    nan = Twist()
    nan.linear.x = float("nan")
    ground.request = None
    ground.node.create_publisher(Twist, "cmd_vel_request", qos.COMMAND).publish(nan)
    wait_until(lambda: any(state.reason == "command: linear.x is nan" for state in ground.states))
    assert all(command.linear.x == command.linear.x for command in ground.commands)


def test_another_publisher_on_the_command_topic_is_an_emergency_by_name(
    gate: subprocess.Popen[bytes], ground: Ground
) -> None:
    ground.arm()
    other = ground.node.create_publisher(Twist, "cmd_vel", qos.COMMAND)
    state = ground.reach(SafetyState.STOPPED)
    assert state.reason == "bypass: /t/peer publishes on the robot's command topic beside the gate"
    assert (state.causes[0].rule, state.causes[0].severity) == ("bypass", Cause.EMERGENCY_STOP)
    refused = ground.call(Reset, "safety/reset", signed_reset(state.event_id))
    assert not refused.accepted and "/t/peer" in refused.reason
    ground.node.destroy_publisher(other)
    ground.reset(state.event_id)
    ground.reach(SafetyState.STANDBY)


def test_a_wrong_parameter_ends_the_start_with_its_path(ros_domain: int, tmp_path: Path) -> None:
    wrong = {**PARAMETERS, "lane": {**PATIENT_BLOCKS["lane"], "margin": 0.1}}
    process = start_node("port_safety", "gate_node", "gate", wrong, tmp_path)
    assert process.wait(PATIENCE_S) == 2
    said = (tmp_path / "gate.log").read_text()
    assert "error: lane: " in said and "margin" in said and "Traceback" not in said
