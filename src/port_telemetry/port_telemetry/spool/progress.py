"""What the sender says of itself once a second, in a file beside the spool, for whoever asks from another process.

The file is a courtesy: it is not made durable, and a full disk leaves it old. Whether a session lives says the lock.
"""

import contextlib
import dataclasses
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from port_telemetry.core.rate import Rate
from port_telemetry.files import write_atomically

FILE = "progress.json"
_PERIOD_S = 1.0


@dataclass(frozen=True)
class Progress:
    """Of a sender, at `at_ns`. sent, acknowledged: records since its start. *_hz: over the last seconds.

    oldest_s: how old the data are that wait longest; 0 if nothing waits. failure: why it is not connected.
    refused: topic, epoch and how many records wait of each sequence that the facility refuses.
    """

    at_ns: int = 0
    pid: int = 0
    address: str = ""
    connected: bool = False
    failure: str = ""
    waiting: int = 0
    oldest_s: float = 0.0
    sent: int = 0
    acknowledged: int = 0
    offered_hz: float = 0.0
    sent_hz: float = 0.0
    acked_hz: float = 0.0
    silence_s: float = 0.0
    refused: Sequence[tuple[str, int, int]] = ()

    @property
    def refused_records(self) -> int:
        """How many records wait because the facility refuses them."""
        return sum(count for _, _, count in self.refused)

    @property
    def left_s(self) -> float | None:
        """About how long until nothing waits; None if it does not get less."""
        if not self.waiting:
            return 0.0
        net_hz = self.acked_hz - self.offered_hz
        return self.waiting / net_hz if net_hz > 0 else None


class ProgressFile:
    """Writes a Progress into `folder`, once a second at most. Belongs to one thread."""

    def __init__(self, folder: Path, address: str) -> None:
        self._path, self._address = folder / FILE, address
        self._next_s = 0.0
        self._rates = Rate(), Rate(), Rate()
        self.last = Progress(address=address, pid=os.getpid())

    @property
    def due(self) -> bool:
        return time.monotonic() >= self._next_s

    def note(self, offered: int, sent: int, acknowledged: int, **now: object) -> None:
        """Totals and what else is to be said; `now` are fields of Progress."""
        now_s = time.monotonic()
        self._next_s = now_s + _PERIOD_S
        hz = [rate.note(now_s, total) for rate, total in zip(self._rates, (offered, sent, acknowledged), strict=True)]
        said = {
            "sent": sent,
            "acknowledged": acknowledged,
            **dict(zip(("offered_hz", "sent_hz", "acked_hz"), hz, strict=True)),
        }
        self.last = dataclasses.replace(self.last, at_ns=time.time_ns(), **said, **now)  # type: ignore[arg-type]
        with contextlib.suppress(OSError):
            write_atomically(self._path, orjson.dumps(self.last))


def read(folder: Path) -> Progress | None:
    """What the sender of the spool in `folder` said last; None if there is nothing that can be read."""
    try:
        values = orjson.loads((folder / FILE).read_bytes())
        return Progress(**values)
    except (OSError, ValueError, TypeError):
        return None
