"""The recording machine's clock over a recording: it may have been set meanwhile. Pure.

Stamps of the system clock become times that run on: a stretch of the recording in which the clock ran undisturbed keeps
its own differences, and the next one begins where it ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

#: Arrivals that go back by more, or on by more without any message between them, mean that the clock was set.
BACK_NS = 500_000_000
AHEAD_NS = 60_000_000_000
#: Between two files of one folder, or before and behind a damage, so much time may have passed; or the second file may
#: have been recorded beside the first.
PAUSE_NS = 86_400_000_000_000


@dataclass
class Stretch:
    """Stamps of arrival, from the first to the last, while the clock ran on. begins_ns: on the axis that runs on."""

    first_ns: int
    last_ns: int
    begins_ns: int = 0


@dataclass(frozen=True)
class Step:
    """The clock was set: by how much, and at which time of the axis that runs on."""

    at_ns: int
    by_ns: int


@dataclass
class Clock:
    """Takes the stamps of arrival in their order; then gives times for any stamp."""

    stretches: list[Stretch] = field(default_factory=list)
    _after_pause: bool = False

    def expect_pause(self) -> None:
        """Before the next arrival something may be missing: it is the first of another file, or behind a damage."""
        self._after_pause = True

    def arrived(self, stamp_ns: int) -> None:
        """The next message was recorded at `stamp_ns`."""
        after_pause, self._after_pause = self._after_pause, False
        if not self.stretches:
            self.stretches.append(Stretch(stamp_ns, stamp_ns))
            return
        now = self.stretches[-1]
        if after_pause and self.stretches[0].first_ns - AHEAD_NS <= stamp_ns <= now.last_ns + PAUSE_NS:
            self.stretches.append(Stretch(stamp_ns, stamp_ns, now.begins_ns + stamp_ns - now.first_ns))
        elif now.last_ns - BACK_NS <= stamp_ns <= now.last_ns + AHEAD_NS:
            now.last_ns = max(now.last_ns, stamp_ns)
        else:
            self.stretches.append(Stretch(stamp_ns, stamp_ns, now.begins_ns + now.last_ns - now.first_ns))

    def steps(self) -> tuple[Step, ...]:
        """Every time the clock was set."""
        pairs = zip(self.stretches, self.stretches[1:], strict=False)
        steps = (
            Step(after.begins_ns, after.first_ns - before.first_ns - after.begins_ns + before.begins_ns)
            for before, after in pairs
        )
        return tuple(step for step in steps if step.by_ns)

    def time_ns(self, stamp_ns: int) -> int:
        """`stamp_ns` on the axis that runs on, which begins with the first arrival; a plain stamp without any."""
        if not self.stretches:
            return stamp_ns
        stretch = min(self.stretches, key=lambda one: max(one.first_ns - stamp_ns, stamp_ns - one.last_ns, 0))
        return stretch.begins_ns + stamp_ns - stretch.first_ns


def told(steps: Sequence[Step], origin_ns: int) -> str:
    """The steps in words; times from `origin_ns` of the axis that runs on."""
    return ", ".join(f"by {_length(step.by_ns)} at {(step.at_ns - origin_ns) / 1e9:.1f} s" for step in steps)


def _length(by_ns: int) -> str:
    seconds = by_ns / 1e9
    return f"{seconds:+.1f} s" if abs(seconds) < 86_400 else f"{seconds / 86_400:+,.0f} days"
