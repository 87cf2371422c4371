"""One stop: its causes, whether they are gone, what it cost. It ends by a reset, or by itself where every cause may."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.stop_start import StopStart

#: All causes must have been healthy for this long before a reset is accepted.
HEALTHY_FOR_NS = 500_000_000
#: A stop that may end by itself does so after this long without any objection.
CLEAR_AFTER_NS = 1_000_000_000
#: More causes than this are not kept, but for an emergency, which takes the place of the latest protective one; the
#: message that carries them holds as many.
MAX_CAUSES = 16


@dataclass
class Stop:
    """The stop in force. Causes are kept first to last; severity only rises.

    received_ns: when the reading that caused it arrived, None where its silence is the cause. published_ns: when the
    first output of this stop had left. stages: of the stop profile, each with when it was entered. stood: the robot has
    been seen to stand. self_clearing: every cause so far, kept or not, may end by itself. braked_from: when it began
    to be brought to rest, that is the start, or the end of the last recovery.
    """

    event_id: str
    start: StopStart
    path_at_start_m: float
    causes: dict[tuple[str, str], Verdict] = field(default_factory=dict)
    objecting: frozenset[tuple[str, str]] = frozenset()
    severity: Severity = Severity.PROTECTIVE_STOP
    healthy_since_ns: int | None = None
    latency_ms: float = math.nan
    path_at_zero_m: float = math.nan
    received_ns: int | None = None
    published_ns: int | None = None
    stages: list[tuple[str, int]] = field(default_factory=list)
    stood: bool = False
    self_clearing: bool = True
    braked_from: StopStart = field(init=False)

    def __post_init__(self) -> None:
        self.braked_from = self.start

    def take(self, stops: Iterable[Verdict], now_ns: int) -> list[Verdict]:
        """Note what objects now; returns the causes that are new or worse than before."""
        new = []
        keys = set()
        for verdict in stops:
            keys.add(verdict.key)
            self.self_clearing = self.self_clearing and verdict.self_clearing
            known = self.causes.get(verdict.key)
            if known is None and len(self.causes) >= MAX_CAUSES and not self._make_room(verdict):
                continue
            if known is None or verdict.severity > known.severity:
                self.causes[verdict.key] = verdict
                self.severity = max(self.severity, verdict.severity)
                new.append(verdict)
        self.objecting = frozenset(keys)
        if keys:
            self.healthy_since_ns = None
        elif self.healthy_since_ns is None:
            self.healthy_since_ns = now_ns
        return new

    def _make_room(self, verdict: Verdict) -> bool:
        """Whether there is room for one more: for an emergency, as long as not all others are."""
        _, *later = self.causes
        protective = [key for key in later if self.causes[key].severity < Severity.EMERGENCY_STOP]
        if verdict.severity < Severity.EMERGENCY_STOP or not protective:
            return False
        del self.causes[protective[-1]]
        return True

    def note_published(self, now_ns: int) -> None:
        """The first output of this stop has left the gate: its latency counts from the reading that caused it."""
        first = next(iter(self.causes.values()))
        if self.published_ns is None:
            self.published_ns = now_ns
        if math.isnan(self.latency_ms) and first.stamp_ns:
            self.latency_ms = (now_ns - first.stamp_ns) / 1e6

    def note_stage(self, name: str, now_ns: int) -> None:
        """The stop profile is at this stage."""
        if not self.stages or self.stages[-1][0] != name:
            self.stages.append((name, now_ns))

    def note_zero(self, path_m: float) -> None:
        """The command is zero; what the robot travels from here on is its own."""
        if math.isnan(self.path_at_zero_m):
            self.path_at_zero_m = path_m

    @property
    def removes_power(self) -> bool:
        """Whether one of the causes takes the power at once; that stays so until the stop ends."""
        return any(verdict.removes_power for verdict in self.causes.values())

    def healthy_for_ns(self, now_ns: int) -> int:
        """How long nothing has objected; 0 while something does."""
        return 0 if self.healthy_since_ns is None else now_ns - self.healthy_since_ns

    def clears(self, now_ns: int) -> bool:
        """Whether it may end by itself now."""
        return self.self_clearing and self.healthy_for_ns(now_ns) >= CLEAR_AFTER_NS
