"""The node `telemetry`: what the session's topics say becomes records for the facility.

It only watches. One thread takes the bytes of what arrives and does nothing else; others decode, keep and send. Nothing
here can reach the gate.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile

from port_ros import account, life, parameters, realtime
from port_ros.diagnostics import Diagnostics, Health
from port_ros.session_key import given_key
from port_ros.signed_stream import StreamCheck
from port_ros.taker import Taker
from port_ros.wait_set import WaitSetLoop
from port_telemetry.core.raw_queue import RawQueue
from port_telemetry.core.record import DEFINITION_SCHEMA, Numbering, Stream
from port_telemetry.core.seal import Sealer
from port_telemetry.core.stop_log import HEAD_SCHEMA
from port_telemetry.files import KeyFileError, make_signing_key, write_atomically
from port_telemetry.key_files import public_key
from port_telemetry.mqtt.client import Sender
from port_telemetry.mqtt.remembered import remember
from port_telemetry.mqtt.target import KEY_NAME, Target
from port_telemetry.ros import generic
from port_telemetry.ros.carrier import Carried, Carrier, Records
from port_telemetry.ros.health import IntakeHealth, link_health
from port_telemetry.ros.projection import GroundView
from port_telemetry.ros.stop_events import Completion
from port_telemetry.ros.streams import EVENTS, Source, sources
from port_telemetry.ros.topics import Lookout, source_of
from port_telemetry.settings import Topic, read
from port_telemetry.spool.database import SpoolError
from port_telemetry.spool.spool import Limits, Spool

#: What may wait to be decoded: minutes of two plates. What goes first has as much for itself.
_WAITING_BYTES = 64 * 1024**2
#: Where the head of the gate's stop log goes.
STOP_LOG = "safety/stop_log"
#: How long the end may take to decode and keep what has arrived.
_LAST_S = 20.0


class TelemetryNode(Node):
    """Subscribes to every source: one thread takes the bytes, one makes records of them, one sends."""

    def __init__(self) -> None:
        # What receives must not wait behind what decodes: what nobody takes, the middleware overwrites without a word.
        with realtime.taking_threads():
            super().__init__("telemetry", automatically_declare_parameters_from_overrides=True)
        self._settings = s = read(parameters.read_tree(self))
        self._target = target = s.target()
        self._spool = Spool(Path(s.spool), Limits(quota_bytes=s.quota_mb * 1_000_000))
        remember(Path(s.spool), target)
        self._make_signing_key()
        self._numbering = Numbering(self._spool.epoch)
        self._sender = Sender(target, self._spool)
        self._records = Records(self._numbering, target, s.team, self._make_sealer(target), s.sealed)
        self._view = GroundView(self, s.sparkplug, target, Path(s.spool), s.sealed) if s.sparkplug else None
        self._completion = Completion(Path(s.stop_log), self._spool) if s.stop_log else None
        self._queue: RawQueue[Carried] = RawQueue(_WAITING_BYTES)
        self._carrier = Carrier(self._queue, self._sender, self._records, self.get_logger(), self._see, self._tick)
        self._slowest_s = 0.0
        self._status, self._missing, self._unproven = self._sender.status(), 0, 0
        self._key = given_key(s.session_key_file)
        self.taker = Taker(self)
        self._carried = {source.topic: self._subscribe(source) for source in sources(s.plates)}
        self._lookout = Lookout(self, s.topics, self._add)
        self._diagnostics = Diagnostics(self, self._health)
        self._carrier.start()
        self.taker.start()

    def _make_signing_key(self) -> None:
        """Make the key if it is missing, and keep its public half where the data are: they outlive the session."""
        s = self._settings
        if not s.signing_key_file:
            self.get_logger().warning("safety messages are not signed; name a file in mqtt.signing_key_file")
            return
        private = Path(s.signing_key_file)
        try:
            private.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_signing_key(private)
        except (OSError, KeyFileError) as error:
            raise parameters.ParameterError(f"signing_key_file: {error}") from error
        write_atomically(Path(s.spool) / f"{s.edge}.pub", private.with_suffix(".pub").read_bytes())

    def _make_sealer(self, target: Target) -> Sealer | None:
        s = self._settings
        if not s.sealed:
            return None
        try:
            sealer = Sealer(public_key(Path(s.team_key_file)))
        except (OSError, KeyFileError) as error:
            raise parameters.ParameterError(f"team_key_file: {error}") from error
        key_topic = target.team_topic(s.team, KEY_NAME)
        self._sender.offer(sealer.key_record(key_topic, self._numbering, time.time_ns()))
        return sealer

    def _add(self, topic: Topic, kind: Any, profile: QoSProfile) -> None:
        """Say what the type looks like, then carry its messages."""
        source = source_of(topic, kind, profile, time.time_ns)
        name = self._target.topic(f"schema/{generic.digest(kind)}")
        definition = generic.definition(kind)
        self._sender.offer(self._numbering.record(name, Stream.EVENT, definition, DEFINITION_SCHEMA, time.time_ns()))
        self._subscribe(source)

    def _subscribe(self, source: Source) -> Carried:
        topic = self._records.topic(source)
        proof = StreamCheck(self._key, source.ros_topic) if self._key and source.topic == EVENTS else None
        carried = Carried(source, topic, self._spool.positions.get(topic), proof)
        self._carrier.streams.append(carried)

        def taken(data: bytes, number: int | None) -> None:
            begin_s = time.monotonic()
            self._queue.put(carried, data, number, begin_s, carried.goes_first)
            self._slowest_s = max(self._slowest_s, time.monotonic() - begin_s)

        def lost(messages: int) -> None:
            self._queue.lose(carried, messages, time.monotonic())

        subscription = self.taker.subscribe(source.kind, source.ros_topic, source.profile, taken, lost)
        carried.continuity.publishers = subscription.handle.get_publisher_count
        return carried

    def _see(self, topic: str, message: Any) -> None:
        """What each message says besides: to a SCADA host, and to whoever compares events with the stop log."""
        if self._view is not None:
            self._view.see(topic, message)
        if self._completion is not None:
            self._completion.see(topic, message)

    def _tick(self, last: bool) -> None:
        if self._completion is not None:
            for event in self._completion.missing(last):
                self._carrier.hand_over(self._carried[EVENTS], event)
            if head := self._completion.new_head():
                topic = self._target.topic(STOP_LOG)
                self._sender.offer(
                    self._numbering.record(topic, Stream.EVENT, head.payload, HEAD_SCHEMA, head.stamp_ns)
                )

    def check(self) -> None:
        """Raises what has ended one of the threads: then this process is of no use, and is started again."""
        self.taker.check()
        if self._carrier.error is not None:
            raise self._carrier.error

    @property
    def turns(self) -> tuple[int, int]:
        """What the threads count that this node depends on."""
        return self.taker.turns, self._carrier.turns

    def _health(self) -> Iterator[Health]:
        status, before = self._sender.status(), self._status
        if status.connected != before.connected:
            said = f"connected to {self._target.address}" if status.connected else f"not connected: {status.failure}"
            self.get_logger().info(f"mqtt: {said}")
        missing, missing_before = self._carrier.missing.total(), self._missing
        unproven, unproven_before = self._carrier.unproven, self._unproven
        completed, fault = (done.completed, done.fault) if (done := self._completion) else (0, "")
        intake = IntakeHealth(
            1000.0 * self._slowest_s, self._queue.waiting_bytes, missing, missing - missing_before, completed, fault,
            unproven, unproven - unproven_before,
        )  # fmt: skip
        self._status, self._missing, self._unproven, self._slowest_s = status, missing, unproven, 0.0
        yield link_health(status, before, self._sender.progress, self._target, intake)
        if self._view is not None:
            yield self._view.health(status)

    def close(self) -> None:
        """Carry and keep all that has arrived, send for a second at most, and give the account."""
        self.taker.close()
        if not self._carrier.close(_LAST_S):
            self.get_logger().error(f"not carried: {self._queue.waiting_bytes} bytes; this machine is too busy")
        if self._view is not None:
            self._view.close()
        self._sender.close()
        self._spool.close(_LAST_S)
        summary = self._sender.summary() | {
            "missing": dict(self._carrier.missing), "overtaken": dict(self._carrier.overtaken),
            "completed": self._completion.completed if self._completion else 0,
        }  # fmt: skip
        waiting = f" waiting={summary['waiting']} in {self._settings.spool}" if summary["waiting"] else ""
        self.get_logger().info(f"telemetry: published={summary['published']} dropped={summary['dropped']}{waiting}")
        account.write(self._settings.summary_path, summary)


def spin(node: TelemetryNode, stop: life.Stop) -> None:
    """Serve timers and whatever else is not the taker's, until the stop is requested."""
    loop = WaitSetLoop(node, node.taker.subscriptions)
    while not stop.requested:
        loop.spin_once(0.1)
        node.check()
        stop.heartbeat.beat(*node.turns)


def main(args: Sequence[str] | None = None) -> int:
    try:
        return life.run(TelemetryNode, args, spin)
    except SpoolError as error:
        # Not a wrong parameter: started again a moment later, it may well be free.
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
