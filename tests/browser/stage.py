"""What a browser test of the dashboard needs: a speaking ground, the real node as a process, a real browser."""

import math
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import rclpy
from ament_index_python.packages import get_package_prefix
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseWithCovarianceStamped
from playwright.sync_api import Browser, Page, Playwright
from port_interfaces.msg import Cause, EstopState, InputAge, SafetyEvent, SafetyState, SessionState
from rclpy.node import Node

from port_ros import qos, stamps
from port_ros.diagnostics import Health, to_status
from tests.waiting import PATIENCE_S, wait_until

#: What `scripts/setup tests` takes for one, in its order.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PARAMETERS = """\
/**:
  ros__parameters:
    session: demo
    host: 127.0.0.1
    port: {port}
    zones: [lane, operator_desk, crossing]
    zone_polygons:
      lane: [-1.0, -1.5, 11.0, -1.5, 11.0, 1.5, -1.0, 1.5]
      operator_desk: [4.0, 1.0, 6.0, 1.0, 6.0, 2.5, 4.0, 2.5]
      crossing: [3.5, -1.5, 6.5, -1.5, 6.5, 1.5, 3.5, 1.5]
    zone_kinds: {{lane: keep_in, operator_desk: keep_out, crossing: speed}}
"""
INPUTS = ("estop station_1", "odometry", "ground_pose", "force_plate left", "force_plate right", "command")


def launch(playwright: Playwright) -> Browser:
    """A fresh headless Chromium with a user-data-dir of its own. AssertionError where there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, f"none of {', '.join(BROWSERS)} is installed; scripts/setup tests does it"
    return playwright.chromium.launch(executable_path=found, args=FLAGS)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def executable() -> Path:
    """The node's program, where colcon installs it."""
    return Path(get_package_prefix("port_dashboard")) / "lib" / "port_dashboard" / "dashboard_node"


class NodeProcess:
    """The dashboard node as the session would start it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}/"
        parameters = folder / f"dashboard_{port}.yaml"
        parameters.write_text(PARAMETERS.format(port=port))
        command = [str(executable()), "--ros-args", "-r", "__ns:=/demo", "--params-file", str(parameters)]
        self._log = (folder / f"dashboard_{port}.log").open("w+")
        self.process = subprocess.Popen(command, env=dict(os.environ), stdout=self._log, stderr=subprocess.STDOUT)

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def end(self) -> int:
        """End it in order; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def output(self) -> str:
        self._log.seek(0)
        return self._log.read()


def wait_for(node: NodeProcess) -> None:
    """Until the node's server takes connections; AssertionError with its output if it ended instead."""

    def answers() -> bool:
        assert node.process.poll() is None, node.output()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", node.port)) == 0

    wait_until(answers, what=f"{node.url} takes connections")


def visit(page: Page, node: NodeProcess) -> None:
    """Open the page as soon as the node serves it."""
    wait_for(node)
    page.goto(node.url)


class Ground:
    """Publishes what gate, e-stop, session, camera and devices would, until it is told to fall silent."""

    def __init__(self, domain: int) -> None:
        self._context = rclpy.Context()
        rclpy.init(context=self._context, domain_id=domain)
        self._node = Node("ground", namespace="/demo", context=self._context, enable_rosout=False)
        make = self._node.create_publisher
        self._safety = make(SafetyState, "safety/state", qos.STATE_LATCHED)
        self._safety_event = make(SafetyEvent, "safety/event", qos.EVENT)
        self._estop = make(EstopState, "estop/state", qos.SENSOR_STREAM)
        self._session = make(SessionState, "session/state", qos.STATE_LATCHED)
        self._pose = make(PoseWithCovarianceStamped, "ground/robot_pose", qos.SENSOR_STREAM)
        self._diagnostics = make(DiagnosticArray, "/diagnostics", 10)
        self.state = self.make_state(SafetyState.RUN, "driving: all checks pass")
        self.estop = EstopState(
            device_id="station_1", channel_a_closed=True, channel_b_closed=True, relay_closed=True, link=0
        )
        self.health = [
            Health("broker", "ok", "2 clients"), Health("camera overhead", "ok", "15.0 Hz"),
            Health("force_plate left", "ok", "2000 Hz, 0 lost"), Health("force_plate right", "ok", "2000 Hz, 0 lost"),
            Health("mqtt", "warn", "no answer of broker 127.0.0.1:18830", "start the broker"),
            Health("recorder", "ok", "12 topics"),
        ]  # fmt: skip
        self.age_s = 0.006
        self.speaking = {"safety", "estop", "session", "pose", "diagnostics"}
        self._sequence = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._speak, name="ground", daemon=True)
        self._thread.start()

    def make_state(self, state: int, reason: str, remedy: str = "", causes: list[Cause] | None = None) -> SafetyState:
        message = SafetyState(state=state, reason=reason, remedy=remedy, causes=causes or [], epoch=3)
        message.since = stamps.to_msg(time.time_ns())
        message.enable = state in (SafetyState.RUN, SafetyState.REDUCED)
        message.requested.linear.x = message.requested_mps = 0.8
        message.requested.angular.z = 0.15
        message.passed.linear.x = message.passed_mps = 0.8 if state == SafetyState.RUN else 0.0
        message.passed.angular.z = 0.15 if state == SafetyState.RUN else 0.0
        message.speed_mps = 0.78 if state == SafetyState.RUN else 0.0
        message.event_id = "" if state == SafetyState.RUN else "e-000003"
        message.envelope_hash = "9f86d081884c7d65"
        message.realtime = ["SCHED_FIFO granted", "mlockall granted"]
        message.tick_hz, message.tick_jitter_p99_ms = 200.0, 0.09
        return message

    def stop(self, reason: str = "estop station_1: channel A open") -> None:
        """An e-stop: contacts open, the gate says STOPPED with two causes, and tells of it."""
        now = stamps.to_msg(time.time_ns())
        first = Cause(
            stamp=now, severity=Cause.EMERGENCY_STOP, rule="estop", source="estop station_1", reason=reason,
            value=math.nan, limit=math.nan,
        )  # fmt: skip
        later = Cause(
            stamp=now, severity=Cause.PROTECTIVE_STOP, rule="speed", source="zone crossing", value=0.78, limit=0.5,
            reason="zone crossing: too fast", unit="m/s", healthy=True,
        )  # fmt: skip
        remedy = "Twist the e-stop of station_1 free, see that the robot stands, then press reset."
        self.estop = EstopState(device_id="station_1", channel_a_closed=False, channel_b_closed=False, link=0)
        self.state = self.make_state(SafetyState.STOPPED, reason, remedy, [first, later])
        self.tell(SafetyEvent.STOP, reason, SafetyState.RUN, SafetyState.STOPPING)
        self.tell(SafetyEvent.STATE_CHANGED, reason, SafetyState.STOPPING, SafetyState.STOPPED)
        self.say_safety()

    def tell(self, kind: int, reason: str, before: int, after: int, by: str = "") -> None:
        self._sequence += 1
        nan = math.nan
        self._safety_event.publish(SafetyEvent(
            stamp=stamps.to_msg(time.time_ns()), sequence=self._sequence, kind=kind, reason=reason, by=by,
            state_before=before, state_after=after, latency_ms=nan, distance_m=nan, travel_after_zero_m=nan,
            duration_s=nan, event_id="e-000003",
        ))  # fmt: skip

    def say_safety(self) -> None:
        message = self.state
        message.header.stamp = stamps.to_msg(time.time_ns())
        message.inputs = [InputAge(name=name, age_s=self.age_s, limit_s=0.1, status=InputAge.OK) for name in INPUTS]
        self._safety.publish(message)

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self._node.destroy_node()
        rclpy.shutdown(context=self._context)

    def _speak(self) -> None:
        tick = 0
        while not self._ended.wait(0.02):
            self._say(tick)
            tick += 1

    def _say(self, tick: int) -> None:
        speaks: dict[str, tuple[int, Any]] = {
            "safety": (2, self.say_safety), "estop": (1, self._say_estop), "session": (25, self._say_session),
            "pose": (3, lambda: self._say_pose(tick)), "diagnostics": (50, self._say_diagnostics),
        }  # fmt: skip
        for name, (every, say) in speaks.items():
            if name in self.speaking and tick % every == 0:
                say()

    def _say_estop(self) -> None:
        self.estop.stamp = stamps.to_msg(time.time_ns())
        self._estop.publish(self.estop)

    def _say_session(self) -> None:
        message = SessionState(
            session_id="demo", robot="sim_wheeled", team="blue", ground="hall_lane", trial="lane_drive", kind="test",
            state=SessionState.RUNNING, run=2, reason="run 2 started",
        )  # fmt: skip
        message.header.stamp = stamps.to_msg(time.time_ns())
        self._session.publish(message)

    def _say_pose(self, tick: int) -> None:
        message = PoseWithCovarianceStamped()
        message.header.stamp = stamps.to_msg(time.time_ns())
        message.pose.pose.position.x = min(4.6, 0.008 * tick)
        message.pose.pose.position.y = 0.35 * math.sin(0.012 * tick)
        yaw = 0.3 * math.cos(0.012 * tick)
        message.pose.pose.orientation.z, message.pose.pose.orientation.w = math.sin(yaw / 2), math.cos(yaw / 2)
        self._pose.publish(message)

    def _say_diagnostics(self) -> None:
        self._diagnostics.publish(DiagnosticArray(status=[to_status(each) for each in self.health]))
