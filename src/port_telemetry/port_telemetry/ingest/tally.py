"""The account of what the facility has: records by topic, what was lost, what came twice, what could not be read. Pure.

It judges records by their bytes; what they say is not its business.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from port_telemetry.core.encode import DecodeError, decode
from port_telemetry.core.seal import SEALED_SCHEMA

#: Of how many topics forgeries are counted by name: whoever forges may invent as many as he likes.
_MAX_NAMED = 1000


@dataclass(frozen=True)
class Stored:
    """What a database holds already: records by topic, numbers lost, copies thrown away."""

    by_topic: Mapping[str, int]
    lost: int = 0
    duplicates: int = 0


class Tally:
    """Counts what is stored, from what was `before` on."""

    def __init__(self, before: Stored) -> None:
        self._by_topic = Counter(before.by_topic)
        self._lost, self._duplicates = before.lost, before.duplicates
        self._undecodable, self._refused, self._unproven = 0, 0, 0
        self._forged: Counter[str] = Counter()

    def add(self, topic: str, schema: str, payload: bytes, count: int = 1) -> None:
        """Account for a stored record, or for `count` live ones of which this is the newest."""
        self._by_topic[topic] += count
        if schema == SEALED_SCHEMA:
            return
        try:
            decode("application/" + schema.split("/", 1)[0], payload)
        except DecodeError:
            self._undecodable += 1

    def lose(self, records: int) -> None:
        """An edge said that so many records are lost."""
        self._lost += records

    def repeat(self, records: int) -> None:
        """So many copies came and were thrown away."""
        self._duplicates += records

    def refuse(self) -> bool:
        """A message was none that an edge sends; whether it was the first."""
        self._refused += 1
        return self._refused == 1

    def forge(self, topic: str) -> bool:
        """A safety message on `topic` was not signed by its edge; whether it was the first there."""
        topic = topic if topic in self._forged or len(self._forged) < _MAX_NAMED else "further topics"
        self._forged[topic] += 1
        return self._forged[topic] == 1

    def doubt(self) -> None:
        """A safety message was taken though its edge's key is not known here."""
        self._unproven += 1

    def summary(self) -> dict[str, Any]:
        """The account as plain values; received counts each record once."""
        return {
            "received": self._by_topic.total(),
            "by_topic": dict(sorted(self._by_topic.items())),
            "gaps": self._lost,
            "duplicates": self._duplicates,
            "undecodable": self._undecodable,
            "refused": self._refused,
            "unproven": self._unproven,
            "forged": dict(self._forged),
        }
