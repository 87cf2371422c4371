"""The account of a sender: each record that was offered ends as published, dropped or rejected, or still waits.

Pure and not thread-safe.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Counts:
    """Records by topic and fate.

    published: the broker confirmed them. dropped: lost on the edge for want of room, time or a connection.
    rejected: too large, or refused by the broker.
    """

    offered: Counter[str] = field(default_factory=Counter)
    published: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)

    def summary(self) -> dict[str, Any]:
        """Totals, and all four by topic, as plain values."""
        fates = {"offered": self.offered, "published": self.published, "dropped": self.dropped,
                 "rejected": self.rejected}  # fmt: skip
        by_topic = {topic: {fate: count[topic] for fate, count in fates.items()} for topic in sorted(self.offered)}
        return {**{fate: count.total() for fate, count in fates.items()}, "by_topic": by_topic}
