"""Tells who speaks on a topic of the ground beside the nodes that may.

The middleware knows publishers by the name of their node and the id of their endpoint. A name can be taken by anybody:
whoever appears under the name of a node that was heard a moment ago is not that node, which is there already; a node
that is started again was silent before. The endpoint of a killed process stays known until its lease runs out, so two
endpoints of one name may be one node; two that outlive the lease are not. One that does not tell its node's name for
long is a program without a node.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from port_safety.monitoring.publisher_watch import BEGAN_NS, LEASE_NS, NAMING_NS, Endpoint


@dataclass(frozen=True, slots=True)
class _Publisher:
    """name: empty while nobody knows it. heard: when it was seen first, something had come a moment before."""

    name: str
    first_ns: int
    heard: bool


class TopicPublishers:
    """Of one topic. expected: full names of the nodes that may publish there."""

    def __init__(self, expected: Collection[str]) -> None:
        self._expected = frozenset(expected)
        self._began_ns: int | None = None
        self._there: dict[bytes, _Publisher] = {}

    def look(self, endpoints: Sequence[Endpoint], heard: bool, now_ns: int) -> tuple[str, ...]:
        """Who is there now and may not be. heard: something came on the topic a moment ago."""
        if self._began_ns is None:
            self._began_ns = now_ns
        before, self._there = self._there, {}
        for name, endpoint in endpoints:
            known = before.get(endpoint)
            first_ns, heard_then = (now_ns, heard) if known is None else (known.first_ns, known.heard)
            self._there[endpoint] = _Publisher(name, first_ns, heard_then)
        foreign = [self._objection(endpoint, each, now_ns) for endpoint, each in self._there.items()]
        return tuple(sorted(filter(None, foreign)))

    def _objection(self, endpoint: bytes, each: _Publisher, now_ns: int) -> str:
        """Whom it is, if it may not be there; empty if it may."""
        if not each.name:
            patience_ns = NAMING_NS if self._came_later(each) else LEASE_NS  # who was here before may be dead
            return f"a program without a node ({endpoint.hex()})" if now_ns - each.first_ns > patience_ns else ""
        if each.name not in self._expected:
            return each.name
        if not self._is_second(endpoint, each):
            return ""
        certain = each.heard and self._came_later(each)
        return f"a second {each.name}" if certain or now_ns - each.first_ns > LEASE_NS else ""

    def _came_later(self, each: _Publisher) -> bool:
        return self._began_ns is not None and each.first_ns - self._began_ns > BEGAN_NS

    def _is_second(self, endpoint: bytes, each: _Publisher) -> bool:
        """Whether somebody of the same name was there before; of those that came together one is the first."""
        return any(
            (other.first_ns, known) < (each.first_ns, endpoint)
            for known, other in self._there.items()
            if other.name == each.name
        )
