"""What a border costs: a command from the session's domain to the robot's, by each way and by plain DDS beside it, and
from the e-stop's byte to the stop on the robot's own computer.

The robot is a node of this process in a domain of its own; gate, e-stop node and both sides of the border are the real
processes. Plain DDS: publisher and subscriber in one domain, nothing in between.
"""

import contextlib
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import rclpy
from geometry_msgs.msg import Twist
from msgspec import to_builtins
from port_interfaces.msg import EstopState
from rclpy.context import Context
from rclpy.experimental import EventsExecutor
from rclpy.node import Node

from port_ros import qos
from port_session.border.certificates import EDGE, ROBOT_FILES, invite
from tests.arming import KEY_FILE
from tests.bench import domains
from tests.bench.estop import DRIVE_MPS, EstopStand
from tests.bench.stand import PLAINLY, STEP_MPS, end
from tests.border_rows import ROWS, TWIST
from tests.ros.test_gate_node import PARAMETERS
from tests.ros_peer import executable, start_node

COMMANDS, HZ, STOPS, TRIES = 1000, 200.0, 6, 10
WAYS = ("domain", "link")
_LITTLE = b"\x00\x01\x00\x00"


class Robot:
    """A node in the robot's domain, spun by a thread of its own: when each command came, and the first slower one."""

    def __init__(self, domain: int, topic: str) -> None:
        self.context = Context()
        rclpy.init(context=self.context, domain_id=domain)
        self.node = Node("robot", context=self.context)
        self.arrived: dict[float, int] = {}
        self.slowed_ns = 0
        self.node.create_subscription(Twist, topic, self._on_command, qos.COMMAND, raw=True)
        self._closing = False
        self._thread = threading.Thread(target=self._spin)
        self._thread.start()

    def _spin(self) -> None:
        executor = EventsExecutor(context=self.context)
        executor.add_node(self.node)
        while not self._closing:
            executor.spin_once(timeout_sec=0.05)

    def _on_command(self, data: bytes) -> None:
        now_ns, vx = time.monotonic_ns(), struct.unpack_from("<d", data, 4)[0]
        self.arrived.setdefault(vx, now_ns)
        if not self.slowed_ns and vx < DRIVE_MPS - 1e-6:
            self.slowed_ns = now_ns

    def close(self) -> None:
        self._closing = True
        self._thread.join()
        self.node.destroy_node()
        rclpy.try_shutdown(context=self.context)


@contextlib.contextmanager
def border(folder: Path, way: str, domain: int) -> Iterator[None]:
    """Both sides of a border as processes, the robot's in `domain`."""
    where, shown = str(folder / "border.sock"), {}
    tree: dict[str, Any] = {
        "session": "t", "team": "blue", "session_key_file": KEY_FILE, "command_type": TWIST,
        "channels": [row.name for row in ROWS],
        **{row.name: {k: v for k, v in to_builtins(row).items() if k != "name"} for row in ROWS},
    }  # fmt: skip
    if way == "link":
        team = invite(folder / "ground", "blue", timedelta(hours=1))
        shown = {"server": EDGE, **{key: str(team / file) for key, file in ROBOT_FILES.items()}}
        where, tree["certificates"] = f"127.0.0.1:{random.randint(20000, 40000)}", str(folder / "ground")
    (folder / "robot_link.json").write_text(json.dumps({"connect": where, **shown}))
    edge = start_node("port_session", "border_node", "border", {**tree, "listen": where}, folder)
    side = subprocess.Popen(
        [*PLAINLY, executable("port_session", "robot_side"), "--config", str(folder / "robot_link.json")],
        env={**os.environ, "ROS_DOMAIN_ID": str(domain), "AMENT_PREFIX_PATH": sys.prefix},
        stdout=(folder / "robot_side.log").open("wb"), stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield
    finally:
        end(side)
        end(edge)


class BorderStand(EstopStand):
    """An e-stop stand whose gate's command is heard by a robot in a domain of its own."""

    def __init__(self, domain: int, folder: Path, robot_domain: int, topic: str) -> None:
        super().__init__(domain, "estop_link", folder)
        self.robot = Robot(robot_domain, topic)
        self.command = self.node.create_publisher(Twist, "cmd_vel", qos.COMMAND)

    def hops_us(self) -> list[float]:
        """How long each of COMMANDS takes from this node's publisher to the robot's node. TimeoutError if, again and
        again, a tenth does not come: a pause of the machine ends a connection, and what was said meanwhile is left."""
        for _ in range(TRIES):
            if len(found := self._hops_us()) >= 0.9 * COMMANDS:
                return found
        raise TimeoutError(f"{COMMANDS - len(found)} of {COMMANDS} commands did not come to the robot")

    def _hops_us(self) -> list[float]:
        self.until_heard()
        self.robot.arrived.clear()
        sent: dict[float, int] = {}
        for number in range(COMMANDS):
            self.spin(1.0 / HZ)
            vx = 0.02 + number * STEP_MPS
            sent[vx] = time.monotonic_ns()
            self.command.publish(_LITTLE + struct.pack("<6d", vx, 0.0, 0.0, 0.0, 0.0, 0.0))
        self.spin(0.3)
        return [(self.robot.arrived[vx] - at_ns) / 1e3 for vx, at_ns in sent.items() if vx in self.robot.arrived]

    def until_heard(self) -> None:
        self.robot.arrived.clear()

        def heard() -> bool:
            self.command.publish(Twist())
            return bool(self.robot.arrived)

        self.until(heard, 30.0, "the robot hears the ground")

    def stops_ms(self) -> list[float]:
        """From the e-stop's byte to the first slower command at the robot, once the gate runs."""
        self.until(lambda: self.link == EstopState.LINK_OK, 90.0, "the link")
        self.until(lambda: self.state is not None, 90.0, "the gate")
        return [self._stop_ms() for _ in range(STOPS)]

    def _stop_ms(self) -> float:
        self.ready()
        self.arm()
        for _ in range(40):
            self.send(DRIVE_MPS)
            self.spin(0.005)
        self.robot.slowed_ns = 0
        self.press()
        self.until(lambda: self.robot.slowed_ns, 5.0, "the stop at the robot")
        self.world.release_estop()
        return (self.robot.slowed_ns - self.tap.byte_ns) / 1e6

    def close(self) -> None:
        self.robot.close()
        super().close()


def measure(rounds: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Figures by key, and all samples."""
    hops: dict[str, list[list[float]]] = {way: [] for way in ("plain", *WAYS)}
    stops: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(rounds):
        for way in random.sample(list(hops), len(hops)):
            print(f"border: round {number + 1} of {rounds}, {way}", file=sys.stderr)
            hop, stop = _round(way)
            hops[way].append(hop)
            if way != "plain":
                stops[way] += stop
    figures = {
        f"border.{way}_hop_p{percent}_us": float(np.median([np.percentile(one, percent) for one in many]))
        for way, many in hops.items()
        for percent in (50, 99)
    }
    for way, name in (("domain", "border"), ("link", "link")):
        for percent in (50, 99):
            figures[f"{name}.stop_p{percent}_ms"] = float(np.percentile(stops[way], percent))
    return figures, {"hops_us": hops, "stops_ms": stops}


def _round(way: str) -> tuple[list[float], list[float]]:
    domain = domains.some_domain()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        plain = way == "plain"
        stand = BorderStand(domain, folder, domain if plain else domain + 100, "/t/cmd_vel" if plain else "/cmd_vel")
        stack.callback(stand.close)
        # From the beginning: a station that pushes waits for nobody who reads later.
        stack.callback(end, start_node("port_sensors", "estop_node", "estop", stand.parameters, folder))
        if not plain:
            stack.enter_context(border(folder, way, domain + 100))
        hops = stand.hops_us()
        if plain:
            return hops, []
        stand.node.destroy_publisher(stand.command)  # the gate alone from here on
        stack.callback(end, start_node("port_safety", "gate_node", "gate", {**PARAMETERS, "tick_hz": 500.0}, folder))
        return hops, stand.stops_ms()
