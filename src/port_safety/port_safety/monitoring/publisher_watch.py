"""Tells who commands the robot beside the gate, and a gate that was here before this one from one that is started now.

The endpoint of a killed process stays known until its lease runs out (20 s in Fast DDS). A successor of the same name
would call it a bypass by its own name. A dead endpoint cannot announce itself, so whatever appears later lives; one
that was there when we began may be either, and nothing moves until it is gone. One that outlives every lease lives too.

An endpoint is found before its process has told the names of its nodes. Until it has, somebody is there and nobody
knows who: nothing may move, but nobody is blamed yet. One that stays nameless is a program without a node, or was
killed before it could tell: if it was there when we began it is waited for as an earlier gate is; else it lives.
"""

from collections.abc import Sequence

from port_safety.model.readings import Publishers

#: Discovery takes a moment: endpoints seen within this time of the first look were there before.
BEGAN_NS = 2_000_000_000
#: No dead endpoint is known for longer than this.
LEASE_NS = 30_000_000_000
#: How long a living process may take to tell its nodes' names.
NAMING_NS = 5_000_000_000

#: A publisher: full name of its node, empty while nobody knows it; id of its endpoint.
Endpoint = tuple[str, bytes]


class PublisherWatch:
    """Knows the gate by the name of its node, `own`; one endpoint of that name is the gate's."""

    def __init__(self, own: str) -> None:
        self._own = own
        self._first_ns: int | None = None
        self._before: set[bytes] = set()
        self._nameless: dict[bytes, int] = {}

    def look(self, endpoints: Sequence[Endpoint], now_ns: int) -> Publishers:
        """Who is there now, on the robot's command topic."""
        if self._first_ns is None:
            self._first_ns = now_ns
        since_ns = now_ns - self._first_ns
        ours = {endpoint for name, endpoint in endpoints if name == self._own}
        nameless = {endpoint for name, endpoint in endpoints if not name}
        if since_ns <= BEGAN_NS:
            self._before |= ours | nameless
        foreign = [name for name, _ in endpoints if name not in (self._own, "")]
        later = len(ours - self._before)
        earlier = max(0, len(ours & self._before) - 1)  # one of them is the gate's own
        if since_ns > LEASE_NS:
            later, earlier = later + earlier, 0
        doubtful, persistent = self._without_a_name(nameless, since_ns > LEASE_NS, now_ns)
        foreign += [self._own] * later + [f"a program without a node ({each.hex()})" for each in persistent]
        return Publishers(tuple(sorted(foreign)), earlier, doubtful)

    def begins(self, now_ns: int) -> bool:
        """Whether everybody who is there must still be noted."""
        return self._first_ns is None or now_ns - self._first_ns <= BEGAN_NS

    def _without_a_name(self, nameless: set[bytes], no_lease: bool, now_ns: int) -> tuple[int, list[bytes]]:
        """How many may still tell their name or be dead; and those that live without one."""
        self._nameless = {each: self._nameless.get(each, now_ns) for each in nameless}
        persistent = [
            each
            for each, since_ns in self._nameless.items()
            if now_ns - since_ns > NAMING_NS and (no_lease or each not in self._before)
        ]
        return len(nameless) - len(persistent), persistent
