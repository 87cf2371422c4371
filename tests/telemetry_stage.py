"""Telemetry's node as a process, and the rest of a session around it, for ROS tests."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import rclpy
import yaml
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseWithCovarianceStamped
from port_interfaces.msg import EstopState, SafetyEvent, SafetyState, SessionState, WrenchBlock
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from port_ros import qos
from tests.broker import Broker
from tests.waiting import PATIENCE_S, wait_until


class Ground:
    """The rest of the session: publishers of what telemetry watches, and what its diagnostics say."""

    def __init__(self, domain: int) -> None:
        self._context = rclpy.Context()
        self._context.init(domain_id=domain)
        self.node = Node("ground", namespace="/demo", context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self.mqtt: dict[str, str] = {}
        self.node.create_subscription(DiagnosticArray, "/diagnostics", self._look, 10)
        self.states = self.node.create_publisher(SafetyState, "safety/state", qos.STATE_LATCHED)
        self.events = self.node.create_publisher(SafetyEvent, "safety/event", qos.EVENT)
        self.sessions = self.node.create_publisher(SessionState, "session/state", qos.STATE_LATCHED)
        self.estops = self.node.create_publisher(EstopState, "estop/state", qos.SENSOR_STREAM)
        self.poses = self.node.create_publisher(PoseWithCovarianceStamped, "ground/robot_pose", qos.SENSOR_STREAM)
        self.blocks = self.node.create_publisher(WrenchBlock, "force_plates/left/samples", qos.MEASUREMENT)

    def _look(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == "mqtt":
                figures = {entry.key: entry.value for entry in status.values}
                self.mqtt = {"message": status.message, "level": str(ord(status.level)), **figures}

    def heard(self) -> bool:
        publishers = (self.states, self.events, self.sessions, self.estops, self.poses, self.blocks)
        return all(publisher.get_subscription_count() for publisher in publishers)

    def mqtt_says(self, pattern: str) -> dict[str, str]:
        """Wait for diagnostics whose message matches, and return their values."""

        def look() -> bool:
            self._executor.spin_once(timeout_sec=0.05)
            return bool(re.search(pattern, self.mqtt.get("message", "")))

        wait_until(look, what=f"diagnostics say {pattern}")
        return self.mqtt

    def figure_reaches(self, name: str, least: int) -> None:
        def look() -> bool:
            self._executor.spin_once(timeout_sec=0.05)
            return int(self.mqtt.get(name, 0)) >= least

        wait_until(look, what=f"{name} reaches {least}")

    def close(self) -> None:
        self._executor.shutdown()
        self.node.destroy_node()
        self._context.try_shutdown()


class Telemetry:
    """The node's process."""

    def __init__(self, folder: Path, broker: Broker, **changed: Any) -> None:
        self.summary_path = folder / "telemetry.json"
        parameters = {
            "site": "hall", "edge": "edge-1", "session": "demo", "team": "blue", "host": "127.0.0.1",
            "port": broker.port, "user": "edge", "password_file": str(broker.password_file), "plates": ["left"],
            "spool": str(folder / "spool"), "summary_path": str(self.summary_path), **changed,
        }  # fmt: skip
        file = folder / "telemetry.yaml"
        file.write_text(yaml.safe_dump({"/**": {"ros__parameters": parameters}}))
        command = [sys.executable, "-m", "port_telemetry.ros.telemetry_node", "--ros-args", "-r", "__ns:=/demo"]
        self._log = folder / "telemetry.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--params-file", str(file)], env=os.environ.copy(), stdout=log, stderr=subprocess.STDOUT
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def end(self) -> dict[str, Any]:
        """SIGINT; returns the account it wrote."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(PATIENCE_S) == 0, self.log
        summary: dict[str, Any] = json.loads(self.summary_path.read_bytes())
        return summary

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
