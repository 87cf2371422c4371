"""The node `telemetry`: what the session's topics say becomes records for the facility.

It only watches. A callback converts, encodes and hands over; it never waits for the network, and nothing here can
reach the gate.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from rclpy.node import Node
from rclpy.qos import QoSProfile

from port_ros import life, parameters
from port_ros.diagnostics import Diagnostics, Health
from port_telemetry.core.pace import Pace
from port_telemetry.core.record import DEFINITION_SCHEMA, Numbering, Record, Stream
from port_telemetry.core.seal import Sealer
from port_telemetry.files import KeyFileError, make_signing_key, write_atomically
from port_telemetry.keys import team_public
from port_telemetry.mqtt.client import Sender
from port_telemetry.mqtt.remembered import remember
from port_telemetry.mqtt.target import KEY_NAME, Target
from port_telemetry.ros import generic
from port_telemetry.ros.health import link_health
from port_telemetry.ros.projection import GroundView
from port_telemetry.ros.streams import Source, sources
from port_telemetry.ros.topics import Lookout, source_of
from port_telemetry.settings import Topic, read
from port_telemetry.spool.database import SpoolError
from port_telemetry.spool.spool import Limits, Spool


class TelemetryNode(Node):
    """Subscribes to every source, and sends from a thread that the sender owns."""

    def __init__(self) -> None:
        super().__init__("telemetry", automatically_declare_parameters_from_overrides=True)
        self._settings = s = read(parameters.read_tree(self))
        target = s.target()
        self._spool = Spool(Path(s.spool), Limits(quota_bytes=s.quota_mb * 1_000_000))
        remember(Path(s.spool), target)
        self._make_signing_key()
        self._numbering = Numbering(self._spool.epoch)
        self._sender = Sender(target, self._spool)
        self._sealer = self._make_sealer(target)
        self._target, self._status = target, self._sender.status()
        self._slowest_s = 0.0
        self._view = GroundView(self, s.sparkplug, target, Path(s.spool), s.sealed) if s.sparkplug else None
        self._subscriptions_kept = [self._subscribe(source) for source in sources(s.plates)]
        self._lookout = Lookout(self, s.topics, self._add)
        self._diagnostics = Diagnostics(self, self._health)

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
            sealer = Sealer(team_public(Path(s.team_key_file)))
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
        self._subscriptions_kept.append(self._subscribe(source))

    def _subscribe(self, source: Source) -> Any:
        return self.create_subscription(source.kind, source.ros_topic, self._carrier(source), source.profile)

    def _carrier(self, source: Source) -> Callable[[Any], None]:
        pace = Pace(source.period_s)

        def carry(message: Any) -> None:
            begin_s = time.monotonic()
            if self._view is not None:
                self._view.see(source.topic, message)
            if pace.due(begin_s, source.essence(message)):
                self._carry(source, message)
            self._slowest_s = max(self._slowest_s, time.monotonic() - begin_s)

        return carry

    def _carry(self, source: Source, message: Any) -> None:
        try:
            payload = source.encode(message)
        except (ValueError, TypeError, OverflowError) as error:
            self._sender.refuse(self._target.topic(source.topic))
            self.get_logger().warning(f"{source.ros_topic}: not sent: {error}", throttle_duration_sec=5.0)
            return
        stamp_ns = source.stamp_ns(message)
        self._sender.offer(self._record(source, payload, stamp_ns))

    def _record(self, source: Source, payload: bytes, stamp_ns: int) -> Record:
        if self._sealer is not None and source.topic in self._settings.sealed:
            topic = self._target.team_topic(self._settings.team, source.topic)
            record = self._numbering.record(topic, source.stream, payload, source.schema, stamp_ns)
            return self._sealer.seal(record)
        topic = self._target.topic(source.topic)
        return self._numbering.record(topic, source.stream, payload, source.schema, stamp_ns)

    def _health(self) -> Iterator[Health]:
        status, before = self._sender.status(), self._status
        if status.connected != before.connected:
            said = f"connected to {self._target.address}" if status.connected else f"not connected: {status.failure}"
            self.get_logger().info(f"mqtt: {said}")
        slowest_ms, self._slowest_s = 1000.0 * self._slowest_s, 0.0
        self._status = status
        yield link_health(status, before, self._sender.progress, self._target, slowest_ms)
        if self._view is not None:
            yield self._view.health(status)

    def close(self) -> None:
        """Send what waits, for a second at most, keep the rest, and give the account."""
        if self._view is not None:
            self._view.close()
        self._sender.close()
        self._spool.close()
        summary = self._sender.summary()
        waiting = f" waiting={summary['waiting']} in {self._settings.spool}" if summary["waiting"] else ""
        self.get_logger().info(f"telemetry: published={summary['published']} dropped={summary['dropped']}{waiting}")
        if self._settings.summary_path:
            write_atomically(Path(self._settings.summary_path), orjson.dumps(summary))


def main(args: Sequence[str] | None = None) -> int:
    try:
        return life.run(TelemetryNode, args)
    except SpoolError as error:
        # Not a wrong parameter: started again a moment later, it may well be free.
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
