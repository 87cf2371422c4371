"""An edge for tests: a real spool and sender, and the numbering of its records. No ROS."""

from pathlib import Path

from port_telemetry.core.record import Numbering, Record, Stream
from port_telemetry.mqtt.client import Sender
from port_telemetry.mqtt.connection import Timing
from port_telemetry.mqtt.target import Target
from port_telemetry.spool.spool import Limits, Spool
from tests.broker import Broker

QUICK = Timing(tcp_s=1.0, connack_s=1.0, keepalive_s=1, ack_s=0.5, ack_longest_s=1.0)
#: Where it is not the subject how soon silence is noticed: a pause of a busy machine is none.
PATIENT = Timing(keepalive_s=30, live_s=30.0, ack_s=0.5, ack_longest_s=1.0)
LIMITS = Limits(linger_s=0.005)


class Edge:
    """facility: acks come from the facility; otherwise the broker's word is taken. signing: key of safety messages."""

    def __init__(
        self, folder: Path, broker: Broker, *, user: str = "edge", limits: Limits = LIMITS, timing: Timing = PATIENT,
        facility: bool = False, port: int = 0, now_ms: int | None = None,
        signing: Path | None = None,
    ) -> None:  # fmt: skip
        password_file = str(broker.password_file) if user else ""
        key_file = str(broker.folder / "facility.pub") if facility else ""
        self.target = Target("127.0.0.1", port or broker.port, "hall", "edge-1", "demo", user, password_file,
                             facility_key_file=key_file, signing_key_file=str(signing or ""))  # fmt: skip
        self.folder = folder
        self.spool = Spool(folder, limits, now_ms)
        self.numbering = Numbering(self.spool.epoch)
        self.sender = Sender(self.target, self.spool, timing=timing)

    def record(self, topic: str = "samples", stream: Stream = Stream.RECORDED, payload: bytes = b"{}") -> Record:
        return self.numbering.record(self.target.topic(topic), stream, payload, "json/test/1", 42)

    def give(self, topic: str = "samples", stream: Stream = Stream.RECORDED, payload: bytes = b"{}") -> None:
        self.sender.offer(self.record(topic, stream, payload))

    def connected(self) -> bool:
        return self.sender.status().connected

    def idle(self) -> bool:
        """Whether everything is acknowledged and deleted."""
        return self.spool.flush(0.0) and self.spool.stored_records == 0

    def close(self, deadline_s: float = 1.0) -> None:
        self.sender.close(deadline_s)
        self.spool.close()


def account(sender: Sender) -> tuple[int, int, int, int]:
    """Offered, published, dropped, rejected."""
    summary = sender.summary()
    return summary["offered"], summary["published"], summary["dropped"], summary["rejected"]
