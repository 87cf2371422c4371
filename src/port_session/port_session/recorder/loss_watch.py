"""Whether a recording loses messages now. Pure, with injected time.

What was lost once stays counted, and the report tells it; a warning that never ended would keep a session from being
admitted for two messages of a moment long ago.
"""

#: So long a loss is told as a warning, s.
TOLD_S = 30.0


class LossWatch:
    """Of one recording."""

    def __init__(self) -> None:
        self._lost = 0
        self._at_s = 0.0

    def look(self, lost: int, now_s: float) -> tuple[bool, str]:
        """Whether messages were lost lately, and all that were, in words. lost: by now, since the beginning."""
        if lost != self._lost:
            self._lost, self._at_s = lost, now_s
        if not lost:
            return False, "0 lost"
        ago_s = now_s - self._at_s
        return ago_s < TOLD_S, f"{lost} lost, the last {ago_s:.0f} s ago"
