"""The robot's side of the border: joins the robot's own ROS domain and carries what the ground's table names, as bytes.

It decides nothing about the robot but this: while the ground is not heard, it tells the robot to stop. The table, with
the bytes of that stop, comes from the ground. Runs on Python 3.8 with the robot's own rclpy; `port robot link` prints
it as one file.
"""

from __future__ import annotations

import argparse
import base64
import collections
import contextlib
import importlib
import json
import os
import platform
import signal
import socket
import ssl
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import rclpy
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

from port_session.border.arrivals import Arrivals
from port_session.border.channels import IN, Channel, from_table
from port_session.border.connection import Connection
from port_session.border.frames import CONTROL_BYTES, DATA, GRAPH, HELLO, WELCOME, Frame

NODE = "port_border"
#: How often the stop is said while the ground is not heard, who is there is looked up, and a connection is tried.
STOP_S, LOOK_S, RETRY_S = 0.05, 0.2, 0.5
#: An unchanged report is told again this often.
REPORT_S = 1.0
#: Set by whoever has chosen how this robot's nodes meet.
_TRANSPORTS_CHOSEN = (
    "FASTDDS_BUILTIN_TRANSPORTS", "FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE",
)  # fmt: skip
#: Seconds that a connection and its handshake may take.
_CONNECT_S = 5.0
#: More nodes and topics than these are not told.
_TOLD = 200


class RobotSide:
    """From the start of the process to its end."""

    def __init__(self, config: dict[str, Any], node: Any) -> None:
        self._config, self._node = config, node
        self._connection: Connection | None = None
        self._arrived: collections.deque[tuple[Connection, dict[str, Any]]] = collections.deque()
        self._topics = _Topics(node)
        self._retry_s = self._stop_due_s = self._look_due_s = 0.0
        self._reported = ""
        self._reported_s = 0.0
        self._said = ""

    def turn(self) -> None:
        """What is due now."""
        now_s = time.monotonic()
        while self._arrived:
            self._welcome(*self._arrived.popleft())
        if self._connection is None or not self._connection.up:
            self._alone(now_s)
        elif self._topics.ready and now_s >= self._look_due_s:
            self._look_due_s = now_s + LOOK_S
            self._report(self._connection, now_s)

    def _alone(self, now_s: float) -> None:
        if self._connection is not None:
            self._say("connection lost: " + self._connection.ended)
            self._connection.join()
            self._connection, self._retry_s = None, now_s + RETRY_S
            self._topics.carry(None)
        if now_s >= self._stop_due_s:
            self._stop_due_s = now_s + STOP_S
            self._topics.say_stop()
        if now_s >= self._retry_s:
            self._connect()
            self._retry_s = time.monotonic() + RETRY_S

    def _connect(self) -> None:
        try:
            sock = connect(self._config)
        except (OSError, ssl.SSLError) as error:
            self._say("cannot connect to {}: {}".format(self._config["connect"], reason_of(error)))
            return
        silence_s = float(self._config.get("silence_s", 0.3))
        self._connection = Connection(sock, self._take, max(silence_s, 1.0))
        self._connection.start()
        self._connection.say(HELLO, json.dumps(whoami()).encode())
        self._reported = ""

    def _take(self, connection: Connection, frame: Frame, now_ns: int) -> None:
        """On the connection's thread."""
        if frame.kind == DATA:
            self._topics.deliver(connection, frame, now_ns)
        elif frame.kind == WELCOME:
            self._arrived.append((connection, json.loads(frame.payload.decode())))

    def _welcome(self, connection: Connection, told: dict[str, Any]) -> None:
        channels = from_table(told["channels"])
        connection.grant(max(channel.max_bytes for channel in channels))
        connection.silent_after(float(told["silence_s"]))
        self._topics.set_up(channels, told["stop"])
        self._topics.carry(connection)
        self._say("connected to the ground at {}, session {}".format(connection.peer, told["session"]))

    def _report(self, connection: Connection, now_s: float) -> None:
        report = bounded(self._topics.look())
        if report != self._reported or now_s - self._reported_s > REPORT_S:
            self._reported, self._reported_s = report, now_s
            connection.say(GRAPH, report.encode())

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            print(text, flush=True)

    def close(self) -> None:
        """Tell the robot to stop, and the ground that this is the end."""
        self._topics.carry(None)
        self._topics.say_stop()
        if self._connection is not None:
            self._connection.end("the robot's side was ended", tell=True)
            self._connection.join()


class _Topics:
    """What the table names, in the robot's domain. The threads of the connection and of the node share it."""

    def __init__(self, node: Any) -> None:
        self._node = node
        self._channels: list[Channel] = []
        self._publishers: dict[int, Any] = {}
        self._connection: Connection | None = None
        self._arrivals: Arrivals | None = None
        self._stop: tuple[str, bytes, bool] = ("", b"", False)
        self._stages: list[tuple[float, str]] = []
        self._stage_topic = ""
        self._alone_s: float | None = None
        self._missing: dict[str, str] = {}

    def set_up(self, channels: list[Channel], stop: dict[str, Any]) -> None:
        """Publish and subscribe as the table says; what is not installed here is left, and told."""
        self._stop = (stop["topic"], base64.b64decode(stop["bytes"]), bool(stop["stamped"]))
        self._stages = [(float(after_s), str(stage)) for after_s, stage in stop["stages"]]
        self._stage_topic = stop["stage_topic"]
        if channels == self._channels:
            return
        self._channels = channels
        for channel in channels:
            try:
                kind = message_class(channel.type)
            except (ImportError, AttributeError, ValueError):
                self._missing[channel.topic] = channel.type
                continue
            if channel.direction == IN:
                self._subscribe(kind, channel)
            else:
                self._publishers[channel.number] = self._node.create_publisher(kind, channel.topic, _offered(channel))

    def _subscribe(self, kind: Any, channel: Channel) -> None:
        def send(data: bytes) -> None:
            connection = self._connection
            if connection is not None:
                connection.send(channel, bytes(data))

        self._node.create_subscription(kind, channel.topic, send, _asked(channel), raw=True)

    def carry(self, connection: Connection | None) -> None:
        """Over this connection from now on; None: over none."""
        self._arrivals = None
        if connection is not None:
            connection.outbox.clear()
            outward = [channel for channel in self._channels if channel.direction != IN]
            self._arrivals = Arrivals(outward, connection.echoes)
        self._connection = connection
        self._alone_s = time.monotonic() if connection is None else None

    def deliver(self, connection: Connection, frame: Frame, now_ns: int) -> None:
        """A message of the ground, to the robot."""
        arrivals = self._arrivals
        if arrivals is None or connection is not self._connection:
            return
        channel = arrivals.take(frame, now_ns)
        publisher = None if channel is None else self._publishers.get(channel.number)
        if publisher is not None:
            publisher.publish(frame.payload)

    @property
    def ready(self) -> bool:
        """Whether what the ground named is there, and a connection that carries it."""
        return self._connection is not None

    def say_stop(self) -> None:
        """The robot's command topic gets the stop; before the first table nobody knows which that is."""
        topic, data, stamped = self._stop
        for channel in self._channels:
            publisher = self._publishers.get(channel.number)
            if publisher is not None and channel.topic == topic:
                publisher.publish(stamped_now(data) if stamped else data)
        self._say_stage()

    def _say_stage(self) -> None:
        """A robot with legs goes down in the time that the gate's stop gives it: then its power goes."""
        if self._alone_s is None:
            return
        due = [stage for after_s, stage in self._stages if time.monotonic() - self._alone_s >= after_s]
        for channel in self._channels if due else ():
            publisher = self._publishers.get(channel.number)
            if publisher is not None and channel.topic == self._stage_topic:
                publisher.publish(message_class(channel.type)(data=due[-1]))

    def look(self) -> dict[str, Any]:
        """Who is on the table's topics, and what else is there; ourselves left out."""
        node = self._node
        own = node.get_fully_qualified_name()
        topics = {}
        for channel in self._channels:
            writers = node.get_publishers_info_by_topic(channel.topic)
            readers = node.get_subscriptions_info_by_topic(channel.topic)
            topics[channel.topic] = {
                "publishers": _others(writers, own, channel.direction != IN),
                "subscribers": _others(readers, own, channel.direction == IN),
            }
        seen = [[name, types] for name, types in node.get_topic_names_and_types()][:_TOLD]
        return {"topics": topics, "seen": seen, "missing": self._missing, "nodes": len(node.get_node_names())}


def bounded(look: dict[str, Any]) -> str:
    """As JSON that fits into a frame: who is on the table's topics matters more than what else is there."""
    told = json.dumps(look)
    return told if len(told) < CONTROL_BYTES // 2 else json.dumps({**look, "seen": []})


def _others(infos: list[Any], own: str, mine: bool) -> list[list[str]]:
    """node, type, hash, reliability; mine: one of this name is ourselves, a second one is not."""
    found = []
    for info in infos:
        name = info.node_namespace.rstrip("/") + "/" + info.node_name
        if name == own and mine:
            mine = False
            continue
        type_hash = str(getattr(info, "topic_type_hash", ""))
        found.append([name, info.topic_type, type_hash, info.qos_profile.reliability.name.lower()])
    return found[:20]


def _asked(channel: Channel) -> QoSProfile:
    """Best effort meets every publisher there is; only what is latched must be asked for as such."""
    reliability = ReliabilityPolicy.RELIABLE if channel.latched else ReliabilityPolicy.BEST_EFFORT
    return _profile(channel, reliability, 5)


def _offered(channel: Channel) -> QoSProfile:
    """Reliable meets every subscriber there is."""
    return _profile(channel, ReliabilityPolicy.RELIABLE, 1)


def _profile(channel: Channel, reliability: Any, depth: int) -> QoSProfile:
    durability = DurabilityPolicy.TRANSIENT_LOCAL if channel.latched else DurabilityPolicy.VOLATILE
    return QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=reliability, durability=durability)


def message_class(type_name: str) -> Any:
    """The class of `pkg/msg/Name`. Raises ImportError, AttributeError or ValueError where it is not installed."""
    package, _, name = type_name.split("/")
    return getattr(importlib.import_module(package + ".msg"), name)


def stamped_now(data: bytes) -> bytes:
    """The same message with this moment in its header, which comes first."""
    now_ns = time.time_ns()
    return data[:4] + struct.pack("<iI", now_ns // 10**9, now_ns % 10**9) + data[12:]


def connect(config: dict[str, Any]) -> socket.socket:
    """A socket to the ground's side; with TLS unless it is a Unix socket. Raises OSError, ssl.SSLError."""
    where = str(config["connect"])
    if where.startswith("/"):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(_CONNECT_S)
        try:
            sock.connect(where)
        except OSError:
            sock.close()
            raise
        return sock
    context = ssl.create_default_context(cafile=config["ca"])
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(config["certificate"], config["key"])
    host, _, port = where.rpartition(":")
    plain = socket.create_connection((host, int(port)), timeout=_CONNECT_S)
    try:
        return context.wrap_socket(plain, server_hostname=config["server"])
    except (OSError, ssl.SSLError):
        plain.close()
        raise


def reason_of(error: Exception) -> str:
    """For people."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "the ground's certificate is not the one that was given to this team: " + error.verify_message
    return str(getattr(error, "strerror", "") or error)


def whoami() -> dict[str, Any]:
    """What the ground is told of this side."""
    return {
        "host": platform.node(), "python": platform.python_version(), "distro": os.environ.get("ROS_DISTRO", ""),
        "rmw": rclpy.get_rmw_implementation_identifier(), "domain": int(os.environ.get("ROS_DOMAIN_ID") or 0),
    }  # fmt: skip


def read_config(path: str) -> dict[str, Any]:
    """The file that came with this one; files that it names lie beside it."""
    config: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    for key in ("ca", "certificate", "key"):
        if key in config:
            config[key] = str(Path(path).resolve().parent / config[key])
    return config


def _executor(context: Any) -> Any:
    """The quickest that this distribution has."""
    with contextlib.suppress(ImportError):
        from rclpy.experimental import EventsExecutor

        return EventsExecutor(context=context)
    from rclpy.executors import SingleThreadedExecutor

    return SingleThreadedExecutor(context=context)


class Order(Protocol):
    """Says when it is this process's turn to end, once it was asked to."""

    def my_turn(self) -> bool:
        """Whether it is now."""


class Anytime:
    """Of a process that waits for nobody."""

    def my_turn(self) -> bool:
        return True


def main(argv: list[str] | None = None, end_order: Callable[[], Order] = Anytime) -> int:
    """Run the robot's side until SIGINT or SIGTERM, and then until it is its turn to end."""
    parser = argparse.ArgumentParser(description="Connects this robot's ROS domain to a test ground.")
    parser.add_argument("--config", default="robot_link.json", help="what the ground gave to this team")
    words = parser.parse_args(argv)
    try:
        config = read_config(words.config)
    except (OSError, ValueError) as error:
        print(f"error: {words.config}: {error}", file=sys.stderr)
        return 2
    ending: list[int] = []
    # In shared memory Fast DDS waits for locks that a stopped neighbour holds, and may die of what a killed one left.
    if not any(name in os.environ for name in _TRANSPORTS_CHOSEN):
        os.environ["FASTDDS_BUILTIN_TRANSPORTS"] = "UDPv4"
    context = rclpy.Context()
    rclpy.init(context=context)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: ending.append(number))
    node = Node(NODE, context=context, use_global_arguments=False, enable_rosout=False, start_parameter_services=False)
    executor = _executor(context)
    executor.add_node(node)
    side = RobotSide(config, node)
    try:
        order: Order | None = None
        while order is None or not order.my_turn():
            order = end_order() if ending and order is None else order
            executor.spin_once(timeout_sec=0.02)
            side.turn()
    finally:
        side.close()
        time.sleep(0.05)  # what was said last is still on its way
        node.destroy_node()
        rclpy.shutdown(context=context)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
