"""Tells who commands the robot beside the gate, and a gate that was here before this one from one that is started now.

The endpoint of a killed process stays known until its lease runs out (20 s in Fast DDS). A successor of the same name
would call it a bypass by its own name. A dead endpoint cannot announce itself, so whatever appears later lives; one
that was there when we began may be either, and nothing moves until it is gone. One that outlives every lease lives too.
"""

from collections.abc import Sequence

from port_safety.core.reading import Publishers

#: Discovery takes a moment: endpoints seen within this time of the first look were there before.
BEGAN_NS = 2_000_000_000
#: No dead endpoint is known for longer than this.
LEASE_NS = 30_000_000_000

#: A publisher: full name of its node, id of its endpoint.
Endpoint = tuple[str, bytes]


class PublisherWatch:
    """Knows the gate by the name of its node, `own`; one endpoint of that name is the gate's."""

    def __init__(self, own: str) -> None:
        self._own = own
        self._first_ns: int | None = None
        self._before: set[bytes] = set()

    def look(self, endpoints: Sequence[Endpoint], now_ns: int) -> Publishers:
        """Who is there now, on the robot's command topic."""
        if self._first_ns is None:
            self._first_ns = now_ns
        since_ns = now_ns - self._first_ns
        ours = {endpoint for name, endpoint in endpoints if name == self._own}
        if since_ns <= BEGAN_NS:
            self._before |= ours
        foreign = [name for name, _ in endpoints if name != self._own]
        later = len(ours - self._before)
        earlier = max(0, len(ours & self._before) - 1)  # one of them is the gate's own
        if since_ns > LEASE_NS:
            later, earlier = later + earlier, 0
        return Publishers(tuple(sorted(foreign + [self._own] * later)), earlier)

    def begins(self, now_ns: int) -> bool:
        """Whether everybody who is there must still be noted."""
        return self._first_ns is None or now_ns - self._first_ns <= BEGAN_NS
