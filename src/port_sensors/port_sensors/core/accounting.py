"""Accounts for every sample of a device that numbers them: received + lost = sent.

Unwraps the number to a 64-bit index, splits the stream where samples are missing, drops repeated ones, and mends a
number that the wire damaged (checksums often leave it out). Knows no wire and no clock: the caller says how much time
has passed, which tells whole turns of the counter apart. For devices that number nothing there is
`UncountedAccounting`.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]
Status = npt.NDArray[np.uint8]

#: How far the count may be ahead of the clock before we say that the device counts anew: bytes wait in buffers. As far
#: behind it, without a pause, a sample was sent again, or was called lost when a damaged number led us too far ahead;
#: a device that was switched off and on takes longer.
_AHEAD_S = 0.5
#: How far the samples that were read may be known to lie behind the device: what buffers and a stalled machine hold.
#: What is behind is forgiven slowly, or a slow crystal would add up to it.
_BEHIND_MOST_S = 2.0
_FORGIVEN = 1e-3
#: An uncounted device that was silent for longer than this has lost samples; less is a busy machine's late reading.
_PAUSE_S = 0.5


_NO_STATUS = np.zeros(0, dtype=np.uint8)


@dataclass(frozen=True)
class Run:
    """Consecutive samples. lost_before: samples missing between the run before and this one. status: bits a sample."""

    first_index: int
    wrench: Samples
    lost_before: int
    status: Status = field(default_factory=lambda: _NO_STATUS)

    def __post_init__(self) -> None:
        if len(self.status) != len(self.wrench):
            object.__setattr__(self, "status", np.zeros(len(self.wrench), dtype=np.uint8))


@dataclass
class Totals:
    """Samples since the start. renumbered: damaged numbers mended; restarts: the device began to count anew."""

    received: int = 0
    lost: int = 0
    duplicates: int = 0
    renumbered: int = 0
    restarts: int = 0


@dataclass
class Accounting:
    """The account of one device at `rate_hz` whose counter turns after `turn`. The index starts at its first number.

    A sample whose number does not follow is held until the next one tells a gap from a damaged number, so at most one
    sample waits, and only then. A device that loses power and counts anew is placed by the clock: its index is then an
    estimate, and `totals.restarts` says so.
    """

    rate_hz: float
    turn: int = 1 << 16
    totals: Totals = field(default_factory=Totals)
    _last: int | None = None
    _shift: int = 0
    _held: tuple[int, Samples, Status] | None = None
    _elapsed_s: float = 0.0
    _behind_s: float = 0.0
    _counted: int = 0

    def take(self, numbers: Numbers, wrench: Samples, elapsed_s: float, status: Status = _NO_STATUS) -> list[Run]:
        """Account for samples that arrived `elapsed_s` after the ones of the last call; returns them as runs."""
        if len(status) != len(wrench):
            status = np.zeros(len(wrench), dtype=np.uint8)
        self._elapsed_s += elapsed_s
        if len(numbers) == 0:
            return []
        if self._last is None:
            self._last = int(numbers[0]) - 1
        if self._held is not None:
            numbers = np.concatenate((np.array([self._held[0]], dtype=np.int64), numbers))
            wrench = np.concatenate((self._held[1], wrench))
            status = np.concatenate((self._held[2], status))
            self._held = None
        runs = self._split(numbers, wrench, status)
        if self._held is None:
            self._lag()
        return runs

    def flush(self) -> list[Run]:
        """Give out the sample that is held: no further one will tell. At the end of a stream."""
        if self._held is None:
            return []
        (number, sample, status), self._held = self._held, None
        run = self._place(number, sample, status) if self._plausible(number) else None
        return [run] if run else []

    def _lag(self) -> None:
        """How far the newest sample lies behind the clock: catching up, it counts faster, and begins nothing anew."""
        counted, self._counted = self._next() - self._counted, self._next()
        behind_s = self._behind_s + self._elapsed_s * (1.0 - _FORGIVEN) - counted / self.rate_hz
        self._behind_s = min(_BEHIND_MOST_S, max(0.0, behind_s))
        self._elapsed_s = 0.0

    def _split(self, numbers: Numbers, wrench: Samples, status: Status) -> list[Run]:
        runs: list[Run] = []
        start = 0
        while start < len(numbers):
            follows = self._follows(numbers[start:])
            if follows:
                good = slice(start, start + follows)
                runs.append(self._accept(wrench[good], status[good], lost=0))
                start += follows
                continue
            one, number = slice(start, start + 1), int(numbers[start])
            start += 1
            if start == len(numbers):
                self._held = (number, wrench[one], status[one])
            elif run := self._judge(number, int(numbers[start]), wrench[one], status[one]):
                runs.append(run)
        return runs

    def _follows(self, numbers: Numbers) -> int:
        """How many of `numbers` follow the last one without a break."""
        first = self._expected()
        same = numbers == np.arange(first, first + len(numbers), dtype=np.int64) % self.turn
        return len(numbers) if same.all() else int(same.argmin())

    def _judge(self, number: int, following: int, sample: Samples, status: Status) -> Run | None:
        """Place a sample whose number does not follow, with the number after it as witness.

        None: dropped, as a repeated sample or because nothing says where it belongs; the next gap counts it as lost.
        """
        # A repeated sample beside a lost one looks like a damaged number, but says what its neighbour says.
        repeated = number in ((self._expected() - 1) % self.turn, following)
        if following == (self._expected() + 1) % self.turn and not repeated:
            self.totals.renumbered += 1
            return self._accept(sample, status, lost=0)
        if following == (number + 1) % self.turn or (self._plausible(number) and self._leads_to(number, following)):
            return self._place(number, sample, status)
        return None

    def _place(self, number: int, sample: Samples, status: Status) -> Run | None:
        """Take `number` at its word, whole turns by the clock; None for a repeated sample."""
        missing, due = self._missing(number), self._elapsed_s * self.rate_hz
        if self._repeats(number):
            self.totals.duplicates += 1
            return None
        if not self._plausible(number):
            self.totals.restarts += 1
            missing = max(0, round(due) - 1)
            self._shift = self._next() + missing - number
        else:
            missing += self.turn * max(0, round((due - missing) / self.turn))
        return self._accept(sample, status, lost=missing)

    def _plausible(self, number: int) -> bool:
        """Whether the device can have counted as far as `number` in the time that has passed (or repeats itself)."""
        return self._repeats(number) or self._missing(number) <= self._reach()

    def _leads_to(self, number: int, following: int) -> bool:
        """Whether `following` can come after `number`, with losses between them; else one of them is damaged."""
        between = (following - number) % self.turn
        return 0 < between <= self._reach()

    def _reach(self) -> float:
        """How many samples the device can have counted on since the last one."""
        return (self._elapsed_s + self._behind_s + _AHEAD_S) * self.rate_hz

    def _repeats(self, number: int) -> bool:
        """Whether `number` is a little behind: sent again, or overtaken on its way."""
        behind = self.turn - self._missing(number)
        if behind == 1:
            return self._elapsed_s * self.rate_hz < self.turn / 2
        return behind <= min(_AHEAD_S * self.rate_hz, self.turn / 2) and self._elapsed_s <= _AHEAD_S

    def _missing(self, number: int) -> int:
        return (number - self._expected()) % self.turn

    def _expected(self) -> int:
        """The number that follows."""
        return (self._next() - self._shift) % self.turn

    def _next(self) -> int:
        """The index that follows."""
        return 0 if self._last is None else self._last + 1

    def _accept(self, samples: Samples, status: Status, lost: int) -> Run:
        first_index = self._next() + lost
        self._last = first_index + len(samples) - 1
        self.totals.received += len(samples)
        self.totals.lost += lost
        return Run(first_index=first_index, wrench=samples, lost_before=lost, status=status)


@dataclass
class UncountedAccounting:
    """The account of a device at `rate_hz` that numbers nothing: a loss shows only as a pause.

    What is counted as lost is an estimate from the length of the pause; the samples' status says UNCOUNTED.
    """

    rate_hz: float
    totals: Totals = field(default_factory=Totals)
    _next_index: int = 0

    def take(self, numbers: Numbers, wrench: Samples, elapsed_s: float, status: Status = _NO_STATUS) -> list[Run]:
        """As of `Accounting`; `numbers` says nothing here."""
        if not len(wrench):
            return []
        missing = round(elapsed_s * self.rate_hz) - len(wrench)
        lost = missing if missing > _PAUSE_S * self.rate_hz else 0
        run = Run(self._next_index + lost, wrench, lost, status)
        self._next_index = run.first_index + len(wrench)
        self.totals.received += len(wrench)
        self.totals.lost += lost
        return [run]

    def flush(self) -> list[Run]:
        """Nothing is ever held."""
        return []
