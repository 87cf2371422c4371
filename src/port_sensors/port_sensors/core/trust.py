"""Whether a camera still stands where it was surveyed: judged over time from what speaks for and against it.

Two witnesses are heard, each for itself: floor tags of known place, and the other cameras. One odd picture decides
nothing; a camera that stays in contradiction is named within 2 s, and believed again only after long agreement.
Reads no clock.
"""

from collections import deque
from dataclasses import dataclass, field

_NS = 1_000_000_000


@dataclass(frozen=True)
class TrustSettings:
    """window_s: how long what was seen counts. against_share: of the window's votes, at least `least_votes`, and these
    over at least persist_s.

    pardon_s: how long a camera must agree without a break before it is believed again.
    """

    window_s: float = 1.0
    against_share: float = 0.8
    least_votes: int = 3
    persist_s: float = 0.6
    pardon_s: float = 5.0

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: {getattr(self, name)} is not positive")


@dataclass
class Trust:
    """The case of one camera before one witness. reason: why it is not believed, for people; empty if it is."""

    settings: TrustSettings = field(default_factory=TrustSettings)
    reason: str = ""
    _votes: deque[tuple[int, bool]] = field(default_factory=deque)
    _agreeing_since_ns: int | None = None

    def hear(self, stamp_ns: int, agrees: bool, reason: str) -> None:
        """One observation; `reason` says what speaks against the camera."""
        if self._votes and stamp_ns < self._votes[-1][0]:
            self._votes.clear()
            self._agreeing_since_ns = None
        self._votes.append((stamp_ns, agrees))
        while stamp_ns - self._votes[0][0] > self.settings.window_s * _NS:
            self._votes.popleft()
        if not agrees:
            self._agreeing_since_ns = None
            if self._is_against():
                self.reason = reason
        elif self._agreeing_since_ns is None:
            self._agreeing_since_ns = stamp_ns
        elif stamp_ns - self._agreeing_since_ns >= self.settings.pardon_s * _NS:
            self.reason = ""

    def _is_against(self) -> bool:
        against = sum(not agrees for _, agrees in self._votes)
        if self._votes[-1][0] - self._votes[0][0] < self.settings.persist_s * _NS:
            return False
        return against >= max(self.settings.least_votes, self.settings.against_share * len(self._votes))
