"""A person's hand on something: it counts while it is asserted again and again, and is gone when that ends.

In force while the last two assertions are younger than 0.2 s: that takes 10 Hz, one stray message is nothing, and it
ends within 0.2 s of the last one. What has been ended by the gate counts again only after the person has let go.
"""

from port_safety.model.readings import FUTURE_TOLERANCE_NS

#: Older assertions count for nothing.
ALIVE_NS = 200_000_000


class HoldToRun:
    """One hold. `by` names who has it; times are monotonic, ns."""

    def __init__(self) -> None:
        self.by = ""
        self.last_ns: int | None = None
        self._before_ns: int | None = None
        self._revoked = False

    def refresh(self, by: str, stamp_ns: int, now_ns: int) -> str:
        """Somebody asserts it, as of `stamp_ns`. Returns why that counts for nothing; empty if it counts."""
        if not by.strip():
            return "a person's name is needed"
        if stamp_ns - now_ns > FUTURE_TOLERANCE_NS:
            return f"stamped {(stamp_ns - now_ns) / 1e9:.2f} s in the future"
        at_ns = min(stamp_ns, now_ns)
        if now_ns - at_ns > ALIVE_NS:
            return f"asserted {(now_ns - at_ns) / 1e9:.2f} s ago, too long"
        touched = self._touched(now_ns)
        if touched and by != self.by:
            return f"{self.by} holds it"
        if not touched:
            self.by, self.last_ns, self._revoked = by, None, False
        if self.last_ns is not None and at_ns <= self.last_ns:
            return "asserted out of order"
        self._before_ns, self.last_ns = self.last_ns, at_ns
        return "let go first" if self._revoked else ""

    def is_active(self, now_ns: int) -> bool:
        """Whether it is in force."""
        return not self._revoked and self._before_ns is not None and 0 <= now_ns - self._before_ns <= ALIVE_NS

    def revoke(self) -> None:
        """It has been ended: nothing counts until it has been let go."""
        self._revoked = True

    def _touched(self, now_ns: int) -> bool:
        return self.last_ns is not None and now_ns - self.last_ns <= ALIVE_NS
