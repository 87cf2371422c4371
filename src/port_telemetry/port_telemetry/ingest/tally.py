"""The account of what the facility received: messages by topic, gaps by stream, what could not be read. Pure.

It judges records by their numbers and their bytes; what they say is not its business.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from port_telemetry.core.encode import DecodeError, decode
from port_telemetry.ingest.gaps import Gaps


class Tally:
    """Counts received messages."""

    def __init__(self) -> None:
        self._by_topic: Counter[str] = Counter()
        self._gaps = Gaps()
        self._undecodable = 0

    def add(self, topic: str, content_type: str, payload: bytes, properties: Mapping[str, str]) -> None:
        """Account for one message; `properties` are its user properties."""
        self._by_topic[topic] += 1
        try:
            decode(content_type, payload)
            # Presence messages have no number: the broker itself sends them.
            if "seq" in properties:
                self._gaps.see((int(properties["epoch"]), topic), int(properties["seq"]))
        except (DecodeError, KeyError, ValueError):
            self._undecodable += 1

    def summary(self) -> dict[str, Any]:
        """The account as plain values. received counts copies too: those are `duplicates`."""
        return {
            "received": self._by_topic.total(),
            "by_topic": dict(sorted(self._by_topic.items())),
            "gaps": self._gaps.missing,
            "duplicates": self._gaps.duplicates,
            "undecodable": self._undecodable,
        }
