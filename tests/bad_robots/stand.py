"""A real gate with the rules of a session, a ground that it believes, and a robot that is wrong: no whole session.

The ground is played: nobody presses, nobody is there, the plates are alive, and where the robot is, it tells itself. It
has power while the gate says so.
"""

import contextlib
import json
import math
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geometry_msgs.msg import PoseWithCovarianceStamped
from port_interfaces.msg import EnableHeartbeat, EstopState, SafetyState, WrenchBlock, ZoneOccupancy
from port_interfaces.srv import Arm, RequestStop, Reset

from port_ros import qos
from port_session.admission.judge import Expected, judge
from port_session.admission.profile import profile_of
from port_session.admission.running import recorded_stops
from port_session.description.resolve import resolve
from port_session.ros.observer import observe
from tests.arming import KEY_FILE, LiveSession, signed, signed_publisher, signed_reset
from tests.bad_robots.ways import DRIVING, STOPPED, Way
from tests.ros_peer import Peer, start_node
from tests.waiting import PATIENCE_S, wait_until

_ROOT = Path(__file__).parents[2]
_LIGHT = str(_ROOT / "config" / "sessions" / "light.yaml")
#: How often the ground sees the robot, and says the rest; how long a look lasts; the streams of a robot.
_SEES_S, _SAYS_S, _LOOK_S, _STREAMS = 0.12, 0.02, 1.5, ("odometry", "command", "ground_pose")
#: m/s, rad/s.
_MOVES = 0.2
_MOVING = (SafetyState.RUN, SafetyState.REDUCED)


class Stand:
    """In `domain`, with its files in `folder`, until `close`."""

    def __init__(self, folder: Path, domain: int) -> None:
        self._folder, self._domain = folder, domain
        resolved = resolve(_LIGHT)
        self._given = resolved.process("gate").parameters
        own = {"evidence_path": str(folder / "stops.jsonl"), "session_key_file": KEY_FILE, "session": "t"}
        publishers = [_by_us(line) for line in self._given["publishers"]]
        parameters = {**self._given, **own, "publishers": publishers}
        self._gate = start_node("port_safety", "gate_node", "gate", parameters, folder)
        streams = [stream for stream in resolved.streams if stream.name in _STREAMS]
        self._expected = Expected(streams, (), "/t", "cmd_vel", profile_of(resolved.description))
        self._peer = Peer()
        self._truth = _Truth(folder / "sim.sock", self._powered)
        self._play()

    def close(self) -> None:
        self._gate.terminate()
        self._gate.wait(PATIENCE_S)
        self._peer.close()
        self._truth.close()

    @contextlib.contextmanager
    def robot(self, way: Way, mended: bool = False) -> Iterator[None]:
        """A robot that is wrong in this way, or was and is mended, while the context lasts."""
        command = [sys.executable, "-m", "tests.bad_robots", "--way", way.name, "--session", "t"]
        command += ["--domain", str(self._domain), "--socket", str(self._truth.path), *(["--mended"] if mended else [])]
        process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None and process.stdout.readline() == "up\n"
            yield
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE_S)

    # --- looking ------------------------------------------------------------------------------------------------------

    def look(self, way: Way, mended: bool = False) -> list[dict[str, Any]]:
        """What the admission check says of the robot that is there, as `port check --json` would."""
        if mended or way.when in (DRIVING, STOPPED):
            self._until(SafetyState.STANDBY, *_MOVING)
        if way.when in (DRIVING, STOPPED):
            self._until(*_MOVING, moving=True)
        if way.when == STOPPED:
            self._stop_in_motion(mended)
        with self._pressing_on() if way.when == DRIVING else contextlib.nullcontext():
            seen = observe({"domain": self._domain, "namespace": "/t"}, self._expected, _LOOK_S)
        stops = recorded_stops(self._folder, self._expected)
        return [finding.__dict__ for finding in [*judge(seen, self._expected), *stops]]

    @contextlib.contextmanager
    def _pressing_on(self) -> Iterator[None]:
        """Whoever tries a robot presses on; without it the gate's stop would leave nothing to see."""
        done = threading.Event()

        def press() -> None:
            while not done.wait(0.2):
                self._press()

        thread = threading.Thread(target=press)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _press(self, opening: bool = True) -> SafetyState:
        """The next step of who wants the robot to drive, or only to be ready; the state that it was taken in."""
        now = self._states[-1] if self._states else SafetyState()
        if now.state == SafetyState.RESET_READY:
            self._peer.call(Reset, "safety/reset", signed_reset(now.event_id))
        elif now.state == SafetyState.STANDBY and opening:
            self._peer.call(Arm, "safety/arm", signed(now.epoch))
        return now

    def _until(self, *states: int, moving: bool = False, speed_mps: float = 0.0) -> None:
        """Reset and arm, as people would, until the gate is in one of these states, and the robot moves so fast."""

        def step() -> bool:
            now = self._press(SafetyState.STANDBY not in states)
            v, w = abs(self._truth.now.get("v", 0.0)), abs(self._truth.now.get("w", 0.0))
            return now.state in states and v >= speed_mps and (max(v, w) > _MOVES or not moving)

        try:
            wait_until(step, what=f"a gate in {states}")
        except AssertionError as error:
            raise AssertionError(f"{error}; seen: {self._states[-1:]}") from None

    def _stop_in_motion(self, mended: bool) -> None:
        self._until(*_MOVING, speed_mps=0.5)
        far_m = self._truth.now["x"] + 0.6
        wait_until(lambda: self._truth.now["x"] > far_m, what="it has driven for a while")
        told = len(self._stops())
        self._peer.call(RequestStop, "safety/request_stop", RequestStop.Request(by="tester", reason="enough"))
        wait_until(lambda: len(self._stops()) > told, what="a record of the stop")
        if mended:
            self._until(SafetyState.STANDBY)

    def _stops(self) -> list[str]:
        file = self._folder / "stops.jsonl"
        return [line for line in file.read_text().splitlines() if '"kind":"stop"' in line] if file.exists() else []

    # --- the ground ---------------------------------------------------------------------------------------------------

    def _play(self) -> None:
        node, make, keep = self._peer.node, self._peer.node.create_publisher, self._peer.keep
        self._states = keep(SafetyState, "safety/state", qos.STATE_LATCHED)
        self._beats = keep(EnableHeartbeat, "safety/enable", qos.SENSOR_STREAM)
        self._estop = signed_publisher(node, EstopState, "estop/state", qos.SENSOR_STREAM)
        self._occupancy = signed_publisher(node, ZoneOccupancy, "ground/occupancy", qos.SENSOR_STREAM)
        self._poses = make(PoseWithCovarianceStamped, "ground/robot_pose", qos.SENSOR_STREAM)
        topics = [f"force_plates/{plate}/samples" for plate in self._given["plates"]]
        self._plates = [make(WrenchBlock, topic, qos.MEASUREMENT) for topic in topics]
        LiveSession(node)
        self._peer.every(_SAYS_S, self._say)
        self._peer.every(_SEES_S, self._see)

    def _powered(self) -> bool:
        return bool(self._beats) and bool(self._beats[-1].enable)

    def _say(self) -> None:
        stamp = self._peer.node.get_clock().now().to_msg()
        closed = EstopState(
            stamp=stamp, device_id="station_1", channel_a_closed=True, channel_b_closed=True,
            relay_closed=self._powered(),
        )  # fmt: skip
        self._estop.publish(closed)
        nobody = ZoneOccupancy(valid=True, source_id=self._given["lookouts"][0], zones=["crossing"], occupied=[False])
        nobody.header.stamp = stamp
        self._occupancy.publish(nobody)
        for plate in self._plates:
            block = WrenchBlock()
            block.header.stamp = stamp
            plate.publish(block)

    def _see(self) -> None:
        truth = self._truth.now
        if not truth:
            return
        message = PoseWithCovarianceStamped()
        message.header.stamp = self._peer.node.get_clock().now().to_msg()
        place, turn = message.pose.pose.position, message.pose.pose.orientation
        place.x, place.y = truth["x"], truth["y"]
        turn.z, turn.w = math.sin(truth["yaw"] / 2), math.cos(truth["yaw"] / 2)
        self._poses.publish(message)


class _Truth:
    """Where the robot says that it really is, on the socket at `path`; it is told whether it has power."""

    def __init__(self, path: Path, powered: Any) -> None:
        self.path, self.now = path, dict[str, float]()
        self._powered = powered
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                wire, _ = self._server.accept()
                threading.Thread(target=self._answer, args=(wire,), daemon=True).start()

    def _answer(self, wire: socket.socket) -> None:
        with contextlib.suppress(OSError), wire, wire.makefile("rwb") as lines:
            for line in lines:
                self.now = json.loads(line)
                powered = self._powered()
                told = {"ok": True, "powered": powered, "stop_input": not powered}
                lines.write(json.dumps(told).encode() + b"\n")
                lines.flush()


def _by_us(line: str) -> str:
    """Of "topic node node …": the test's own node says what others would; the gate speaks for itself."""
    topic, _, nodes = line.partition(" ")
    return line if nodes == "gate" else f"{topic} peer"
