"""The border on the ground's side: what the table names crosses, everything else stays where it is.

It stands between the gate and the robot's own computers, decides nothing about motion, and tells the gate ten times a
second whether the other side answers. A command that cannot leave is replaced by the next; nothing waits for the robot.
"""

import base64
import json
import socket
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from geometry_msgs.msg import Twist, TwistStamped
from port_interfaces.msg import BorderState
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import serialize_message
from std_msgs.msg import Float64MultiArray
from trajectory_msgs.msg import JointTrajectory

from port_ros import life, parameters, qos, realtime, stamps
from port_ros.diagnostics import Diagnostics, Health
from port_ros.free_text import at_most
from port_ros.parameters import ParameterError, with_blocks
from port_ros.session_key import given_key
from port_ros.signed_publisher import SignedPublisher
from port_ros.wait_set import WaitSetLoop
from port_session.border import certificates, findings
from port_session.border.arrivals import Arrivals
from port_session.border.channels import IN, OUT, Channel
from port_session.border.connection import Connection
from port_session.border.frames import DATA, GRAPH, HELLO, WELCOME, Frame
from port_session.border.listener import Listener
from port_session.border.table import Crossing, Row
from port_session.ros.robot_side import message_class

#: How often the gate is told, and a certificate looked at again.
STATE_S, CERTIFICATE_S = 0.1, 1.0
#: What the robot's side says of its domain is told anew at least this often; older, nobody knows who commands there.
REPORT_NS = 3_000_000_000
#: More kinds of those who were turned away are not kept apart.
REFUSALS = 50


class BorderParameters(msgspec.Struct, forbid_unknown_fields=True):
    """listen: a Unix socket's path, or ADDRESS:PORT with the folder of its certificates. stages, stages_after_s: of the
    stop, which the robot's side says so long after it heard the ground last."""

    session: str
    team: str
    session_key_file: str
    listen: str
    channels: list[str]
    command_type: str
    certificates: str = ""
    silence_s: float = 0.3
    joints: list[str] = []
    stages: list[str] = []
    stages_after_s: list[float] = []


class BorderNode(Node):
    """Topics of the session on one side, one connection to the robot's side on the other."""

    def __init__(self) -> None:
        super().__init__("border", automatically_declare_parameters_from_overrides=True)
        tree = parameters.read_tree(self)
        self._settings, blocks = with_blocks(tree, BorderParameters, "channels", Row)
        self._rows = [Crossing(name=name, **msgspec.structs.asdict(row)) for name, row in blocks.items()]
        self._channels = [channel_of(number, row) for number, row in enumerate(self._rows, 1)]
        key = given_key(self._settings.session_key_file)
        self._state = SignedPublisher(self, BorderState, "border/state", qos.SENSOR_STREAM, key)
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._arrivals: Arrivals | None = None
        self._hello: dict[str, Any] = {}
        self._report: findings.Report | None = None
        self._report_ns = 0
        self._told: tuple[bool, str, tuple[str, ...]] | None = None
        self._lost = ""
        self._refusals: dict[str, int] = {}
        self._second = 0
        self._latest: dict[int, bytes] = {}
        self._inward = self._carry()
        self._diagnostics = Diagnostics(self, self._health)
        self.create_timer(STATE_S, self._tell)
        self._listener = self._listen()
        self._listener.start()
        if self._settings.certificates:
            self.create_timer(CERTIFICATE_S, self._look_at_certificate)

    # --- topics of the session ----------------------------------------------------------------------------------------

    def _carry(self) -> dict[int, Any]:
        """Publishers of what comes in; what goes out is subscribed to."""
        publishers = {}
        for row, channel in zip(self._rows, self._channels, strict=True):
            kind = message_class(row.type)
            if row.direction == IN:
                profile = qos.COMMAND if row.name == "command_in" else qos.SENSOR_STREAM
                publishers[channel.number] = self.create_publisher(kind, row.ground_topic, profile)
            else:
                self._subscribe(kind, row, channel)
        return publishers

    def _subscribe(self, kind: Any, row: Crossing, channel: Channel) -> None:
        def send(data: bytes) -> None:
            if channel.latched:
                self._latest[channel.number] = data
            connection = self._connection
            if connection is not None and connection.up:
                connection.send(channel, data)

        reliable = row.name == "command_out" or row.latched
        profile = QoSProfile(
            history=HistoryPolicy.KEEP_LAST, depth=1,
            reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
            durability=DurabilityPolicy.TRANSIENT_LOCAL if row.latched else DurabilityPolicy.VOLATILE,
        )  # fmt: skip
        self.create_subscription(kind, row.ground_topic, send, profile, raw=True)

    # --- the robot's side ---------------------------------------------------------------------------------------------

    def _listen(self) -> Listener:
        folder = Path(self._settings.certificates) if self._settings.certificates else None
        try:
            return Listener(self._settings.listen, folder, self._settings.team, self._accepted, self._refused)
        except OSError as error:
            made = f"make them: port robot invite {self._settings.team}"
            missing = folder is not None and isinstance(error, FileNotFoundError)
            what = f"{(missing and folder) or self._settings.listen}: {error.strerror or error}"
            remedy = made if folder and not (folder / "ca.crt").exists() else "see what holds the address"
            raise ParameterError(f"{what}; {remedy}", "listen") from error

    def _refused(self, address: str, why: str) -> None:
        with self._lock:
            if len(self._refusals) >= REFUSALS:
                self._refusals.clear()
            self._refusals[f"{address}: {why}"] = self._refusals.get(f"{address}: {why}", 0) + 1
            first = self._refusals[f"{address}: {why}"] == 1
        if first:
            self.get_logger().warning(f"turned away: {address}: {why}")

    def _accepted(self, sock: socket.socket) -> None:
        """On a thread of the listener. One robot at a time."""
        connection = Connection(sock, self._take, self._settings.silence_s)
        with self._lock:
            if self._connection is not None and self._connection.up:
                self._second += 1
                taken = self._connection.peer
            else:
                taken, self._connection = "", connection
                self._hello, self._report = {}, None
                inward = [channel for channel in self._channels if channel.direction == IN]
                self._arrivals = Arrivals(inward, connection.echoes)
                connection.grant(max(channel.max_bytes for channel in inward))
        connection.start()
        if taken:
            connection.end(f"a robot is connected already, from {taken}", tell=True)
            self._refused(connection.peer, f"a robot is connected already, from {taken}")

    def _take(self, connection: Connection, frame: Frame, now_ns: int) -> None:
        """On the connection's thread."""
        if frame.kind == DATA:
            self._deliver(connection, frame, now_ns)
            return
        try:
            tree = json.loads(frame.payload)
            if frame.kind == HELLO:
                self._welcome(connection, dict(tree))
            elif frame.kind == GRAPH:
                self._note(connection, findings.as_report(tree), now_ns)
        except (ValueError, TypeError, RecursionError) as error:
            connection.end(f"the robot's side does not say what it should: {error}", tell=True)

    def _deliver(self, connection: Connection, frame: Frame, now_ns: int) -> None:
        arrivals = self._arrivals
        if arrivals is None or connection is not self._connection or not self._hello:
            return
        if (channel := arrivals.take(frame, now_ns)) is not None:
            self._inward[channel.number].publish(frame.payload)

    def _welcome(self, connection: Connection, hello: dict[str, Any]) -> None:
        told = {
            "session": self._settings.session, "silence_s": self._settings.silence_s,
            "channels": [channel._asdict() for channel in self._channels], "stop": self._stop(),
        }  # fmt: skip
        connection.say(WELCOME, json.dumps(told).encode())
        self._hello = hello
        self.get_logger().info(f"connected: {connection.peer}, {_words(hello)}")

    def _note(self, connection: Connection, report: findings.Report, now_ns: int) -> None:
        """The first report tells that the other side has made its topics: what is latched can be told there now."""
        first = self._report is None
        self._report, self._report_ns = report, now_ns
        for channel in self._channels if first else ():
            if (data := self._latest.get(channel.number)) is not None:
                connection.send(channel, data)

    def _stop(self) -> dict[str, Any]:
        """What the robot's side says to the robot while it does not hear us."""
        (row,) = [row for row in self._rows if row.name == "command_out"]
        stop = stop_message(self._settings.command_type, self._settings.joints)
        return {
            "topic": row.topic, "bytes": base64.b64encode(serialize_message(stop)).decode(),
            "stamped": isinstance(stop, TwistStamped),
            "stages": [*zip(self._settings.stages_after_s, self._settings.stages, strict=True)],
            "stage_topic": next((row.topic for row in self._rows if row.name == "stop_stage"), ""),
        }  # fmt: skip

    def _look_at_certificate(self) -> None:
        """Taken back, or at its end, while the robot is connected."""
        connection = self._connection
        if connection is None or not connection.up:
            return
        folder, now = Path(self._settings.certificates), datetime.now(UTC)
        if why := certificates.refusal(folder, connection.certificate, self._settings.team, now):
            connection.end(why, tell=True)
            self._refused(connection.peer, why)

    # --- what is told -------------------------------------------------------------------------------------------------

    def _state_now(self) -> tuple[bool, str, tuple[str, ...]]:
        connection, report = self._connection, self._report
        if connection is None:
            refused = f"; last turned away: {list(self._refusals)[-1]}" if self._refusals else ""
            return False, f"no robot has connected yet{refused}", ()
        if not connection.up:
            where = f"; see power, cable and network of the robot's computer ({connection.peer})"
            return False, f"the connection to the robot's side is lost: {connection.ended}{where}", ()
        if report is None or time.monotonic_ns() - self._report_ns > REPORT_NS:
            return False, "the robot's side does not tell (yet) who publishes there", ()
        return True, "", tuple(findings.foreign(report, self._rows)[:16])

    def _tell(self) -> None:
        up, reason, foreign = self._told = self._state_now()
        message = BorderState(
            stamp=stamps.to_msg(time.time_ns()), session_id=self._settings.session, up=up, reason=at_most(reason, 2048),
            foreign=[at_most(who, 256) for who in foreign],
        )  # fmt: skip
        self._state.publish(message)

    def look(self) -> None:
        """Tell a change at once: a connection that is lost stops a robot."""
        if self._told is not None and self._state_now() != self._told:
            self._tell()

    def _health(self) -> list[Health]:
        up, reason, _ = self._state_now()
        values = self._values()
        if not up:
            return [Health("border", "error", reason, "see docs/network.md, what you read", values)]
        assert self._report is not None and self._connection is not None
        offset = self._connection.offset()
        if found := findings.faults(self._report, self._rows, offset):
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            return [Health("border", "error", found[0].what + more, found[0].remedy, values | _listed(found))]
        trip = "" if offset is None else f", there and back {2 * offset.uncertainty_ns / 1e6:.1f} ms"
        return [Health("border", "ok", f"{_words(self._hello)}{trip}", "", values)]

    def _values(self) -> dict[str, object]:
        values: dict[str, object] = {"listening": self._settings.listen}
        if self._connection is not None:
            values |= {"peer": self._connection.peer, **findings.counted("thinned", self._connection.outbox.thinned)}
            if (offset := self._connection.offset()) is not None:
                values["clock_ahead_s"] = round(offset.system_ahead_ns / 1e9, 6)
                values["clock_uncertainty_s"] = round(offset.uncertainty_ns / 1e9, 6)
        if (arrivals := self._arrivals) is not None:
            for what in ("taken", "old", "too_many", "too_large"):
                values |= findings.counted(what, dict(getattr(arrivals, what)))
        with self._lock:
            values |= {f"turned away {who}": count for who, count in self._refusals.items()}
        return values

    def close(self) -> None:
        self._listener.close()
        if self._connection is not None:
            self._connection.end("the session has ended", tell=True)
            self._connection.join()


def channel_of(number: int, row: Crossing) -> Channel:
    """A row as the wire knows it."""
    if row.direction not in (IN, OUT):
        raise ParameterError(f"expected {IN} or {OUT}, got {row.direction!r}", f"{row.name}.direction")
    return Channel(
        number, row.topic, row.type, row.direction, row.max_hz, row.max_bytes, row.latched, row.old_s
    )  # fmt: skip


def stop_message(command_type: str, joints: Sequence[str]) -> Any:
    """A command at which a robot of this kind stands still."""
    if command_type == "trajectory_msgs/msg/JointTrajectory":
        return JointTrajectory(joint_names=list(joints))  # without points: what goes on is given up
    if command_type == "std_msgs/msg/Float64MultiArray":
        return Float64MultiArray(data=[0.0] * len(joints))
    return TwistStamped() if command_type.endswith("TwistStamped") else Twist()


def _listed(found: Sequence[findings.Fault]) -> dict[str, object]:
    return {f"fault {number}": f"{fault.what}: {fault.remedy}" for number, fault in enumerate(found, 1)}


def _words(hello: dict[str, Any]) -> str:
    """Of the robot's side, as it says of itself."""
    distro = str(hello.get("distro") or "ROS 2")[:40]
    return (
        f"{str(hello.get('host', '?'))[:80]}, {distro}, {str(hello.get('rmw', '?'))[:40]}, domain {hello.get('domain')}"
    )


def serve(node: BorderNode, stop: life.Stop) -> None:
    """Until the stop is requested."""
    loop = WaitSetLoop(node)
    while not stop.requested:
        loop.spin_once(0.02)
        node.look()
        stop.heartbeat.beat()


def main(args: Sequence[str] | None = None) -> int:
    """Entry point."""
    realtime.ask(realtime.ESTOP_PRIORITY)
    return life.run(BorderNode, args, serve)


if __name__ == "__main__":
    raise SystemExit(main())
