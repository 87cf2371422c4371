"""Accounts for every sample of a device that numbers them with a u16: received + lost = sent.

Unwraps the number to a 64-bit index, splits the stream where samples are missing, drops repeated ones, and mends a
number that the wire damaged (checksums often leave it out). Knows no wire and no clock: the caller says how much time
has passed, which tells whole turns of the counter apart.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

_TURN = 1 << 16
#: How far the count may be ahead of the clock before we say that the device counts anew: bytes wait in buffers.
_AHEAD_S = 0.5


@dataclass(frozen=True)
class Run:
    """Consecutive samples. lost_before: samples missing between the run before and this one."""

    first_index: int
    wrench: Samples
    lost_before: int


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
    """The account of one device at `rate_hz`. The index starts at the device's own first number.

    A sample whose number does not follow is held until the next one tells a gap from a damaged number, so at most one
    sample waits, and only then. A device that loses power and counts anew is placed by the clock: its index is then an
    estimate, and `totals.restarts` says so.
    """

    rate_hz: float
    totals: Totals = field(default_factory=Totals)
    _last: int | None = None
    _shift: int = 0
    _held: tuple[int, Samples] | None = None
    _elapsed_s: float = 0.0

    def take(self, numbers: npt.NDArray[np.uint16], wrench: Samples, elapsed_s: float) -> list[Run]:
        """Account for samples that arrived `elapsed_s` after the ones of the last call; returns them as runs."""
        self._elapsed_s += elapsed_s
        if len(numbers) == 0:
            return []
        if self._last is None:
            self._last = int(numbers[0]) - 1
        if self._held is not None:
            numbers = np.concatenate((np.array([self._held[0]], dtype=np.uint16), numbers))
            wrench = np.concatenate((self._held[1], wrench))
            self._held = None
        runs = self._split(numbers, wrench)
        if self._held is None:
            self._elapsed_s = 0.0
        return runs

    def flush(self) -> list[Run]:
        """Give out the sample that is held: no further one will tell. At the end of a stream."""
        if self._held is None:
            return []
        (number, sample), self._held = self._held, None
        run = self._place(number, sample) if self._plausible(number) else None
        return [run] if run else []

    def _split(self, numbers: npt.NDArray[np.uint16], wrench: Samples) -> list[Run]:
        runs: list[Run] = []
        start = 0
        while start < len(numbers):
            follows = self._follows(numbers[start:])
            if follows:
                runs.append(self._accept(wrench[start : start + follows], lost=0))
                start += follows
                continue
            sample, number = wrench[start : start + 1], int(numbers[start])
            start += 1
            if start == len(numbers):
                self._held = (number, sample)
            elif run := self._judge(number, int(numbers[start]), sample):
                runs.append(run)
        return runs

    def _follows(self, numbers: npt.NDArray[np.uint16]) -> int:
        """How many of `numbers` follow the last one without a break."""
        first = self._expected()
        same = numbers == (np.arange(first, first + len(numbers), dtype=np.int64) & (_TURN - 1))
        return len(numbers) if same.all() else int(same.argmin())

    def _judge(self, number: int, following: int, sample: Samples) -> Run | None:
        """Place a sample whose number does not follow, with the number after it as witness.

        None: dropped, as a repeated sample or because nothing says where it belongs; the next gap counts it as lost.
        """
        if following == (self._expected() + 1) % _TURN:
            self.totals.renumbered += 1
            return self._accept(sample, lost=0)
        if following == (number + 1) % _TURN or self._plausible(number):
            return self._place(number, sample)
        return None

    def _place(self, number: int, sample: Samples) -> Run | None:
        """Take `number` at its word, whole turns by the clock; None for a repeated sample."""
        missing, due = self._missing(number), self._elapsed_s * self.rate_hz
        if missing == _TURN - 1 and due < _TURN / 2:
            self.totals.duplicates += 1
            return None
        if not self._plausible(number):
            self.totals.restarts += 1
            missing = max(0, round(due) - 1)
            self._shift = self._next() + missing - number
        else:
            missing += _TURN * max(0, round((due - missing) / _TURN))
        return self._accept(sample, lost=missing)

    def _plausible(self, number: int) -> bool:
        """Whether the device can have counted as far as `number` in the time that has passed (or repeats itself)."""
        missing = self._missing(number)
        return missing == _TURN - 1 or missing <= (self._elapsed_s + _AHEAD_S) * self.rate_hz

    def _missing(self, number: int) -> int:
        return (number - self._expected()) % _TURN

    def _expected(self) -> int:
        """The number that follows."""
        return (self._next() - self._shift) % _TURN

    def _next(self) -> int:
        """The index that follows."""
        return 0 if self._last is None else self._last + 1

    def _accept(self, samples: Samples, lost: int) -> Run:
        first_index = self._next() + lost
        self._last = first_index + len(samples) - 1
        self.totals.received += len(samples)
        self.totals.lost += lost
        return Run(first_index=first_index, wrench=samples, lost_before=lost)
