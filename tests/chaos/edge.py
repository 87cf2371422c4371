"""An edge to be killed: feeds the real spool and sender, and writes down what is durable before anyone kills it.

python -m tests.chaos.edge FOLDER PORT PASSWORD_FILE FACILITY_KEY LEDGER RATE_HZ
"""

import os
import signal
import sys
import threading
from pathlib import Path

from port_telemetry.core.record import Numbering, Stream
from port_telemetry.mqtt.client import Sender
from port_telemetry.mqtt.connection import Timing
from port_telemetry.mqtt.target import Target
from port_telemetry.spool.spool import Limits, Spool

#: Topic below the session, its stream, and how many of ten turns it is fed in.
FEEDS = (("safety/event", Stream.EVENT, 1), ("session/event", Stream.EVENT, 1), ("force_plates/left/samples",
         Stream.RECORDED, 10), ("force_plates/right/samples", Stream.RECORDED, 10))  # fmt: skip


def content(topic: str, epoch: int, seq: int) -> bytes:
    """What a record says; told from its name, so that the end can check each byte."""
    return f'{{"{topic} {epoch} {seq}": "{"x" * (seq % 200)}"}}'.encode()


class Ledger:
    """Appends `topic epoch last` to a file after each commit; what is written survives the kill of its writer."""

    def __init__(self, path: Path, spool: Spool) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._spool, self._wake = spool, spool.on_durable
        spool.on_durable = self._note

    def _note(self) -> None:
        # In the writer's thread, which alone changes the sequences.
        lines = [f"{s.key.topic} {s.key.epoch} {s.last}\n" for s in self._spool._store.sequences.values()]
        os.write(self._file, "".join(lines).encode())
        self._wake()


def main() -> int:
    folder, port, password_file, key_file, ledger, rate_hz = sys.argv[1:]
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    target = Target("127.0.0.1", int(port), "hall", "edge-1", "chaos", "edge", password_file,
                    facility_key_file=key_file)  # fmt: skip
    spool = Spool(Path(folder), Limits(linger_s=0.01))
    sender = Sender(target, spool, timing=Timing(tcp_s=1.0, connack_s=1.0, keepalive_s=2, ack_s=0.5, ack_longest_s=2.0))
    Ledger(Path(ledger), spool)
    numbering, turn = Numbering(spool.epoch), 0
    while not stop.wait(len(FEEDS) / float(rate_hz) if float(rate_hz) else 0.2):
        turn += 1
        for name, stream, share in FEEDS if float(rate_hz) else ():
            if turn % 10 < share:
                topic = target.topic(name)
                record = numbering.record(topic, stream, b"", "json/chaos/1", turn)
                payload = content(topic, record.epoch, record.seq)
                sender.offer(type(record)(topic, stream, payload, record.schema, turn, record.epoch, record.seq))
        if not float(rate_hz) and spool.flush(0.0) and spool.stored_records == 0:
            break
    sender.close()
    spool.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
