"""Samples at full rate → few a second, without folding what is fast into what is slow. Knows no device, no clock.

A linear-phase FIR (sinc under a Kaiser window) runs before every n-th sample is taken: flat to 30 % of the output rate,
60 dB down where folding would reach into that. Its delay is half its length, `delay_samples`; what comes out is stamped
with the sample in its middle, so it is late but not shifted. Source: Kaiser's design formulas (Oppenheim & Schafer,
Discrete-Time Signal Processing, 7.5.3).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

_PASS, _STOP = 0.3, 0.7
#: Four decibels more than promised: Kaiser's formulas fall a little short.
_DOWN_DB = 64.0


def design(every: int) -> npt.NDArray[np.float64]:
    """The taps before taking one sample of `every`; odd in number, their sum is 1."""
    if every == 1:
        return np.ones(1)
    width = (_STOP - _PASS) / every
    half = int(np.ceil((_DOWN_DB - 7.95) / (14.36 * width) / 2))
    beta = 0.1102 * (_DOWN_DB - 8.7)
    places = np.arange(-half, half + 1)
    taps = np.sinc(places / every) * np.kaiser(2 * half + 1, beta)
    normed: npt.NDArray[np.float64] = taps / taps.sum()
    return normed


@dataclass(frozen=True)
class Slow:
    """One filtered sample: index: of the sample in the middle of the filter. wrench: (6,)."""

    index: int
    wrench: npt.NDArray[np.float64]


class Decimator:
    """One sample out of `every`; begins anew after a gap, so that no value spans one."""

    def __init__(self, every: int) -> None:
        if every < 1:
            raise ValueError(f"every: {every} is below 1")
        self._every = every
        self._taps = design(every)
        self._held = np.empty((0, 6), dtype=np.float32)
        self._first = 0

    @property
    def delay_samples(self) -> int:
        """How many samples later than its own time a value comes."""
        return len(self._taps) // 2

    def take(self, first_index: int, wrench: Samples) -> list[Slow]:
        """Add consecutive samples; returns what they complete."""
        if first_index != self._first + len(self._held):
            self._held, self._first = wrench, first_index
        else:
            self._held = np.concatenate((self._held, wrench))
        slow = []
        # The middles lie on whole multiples of `every`, whatever came before: plates on one clock stay in step.
        begin = -(self._first + self.delay_samples) % self._every
        while begin + len(self._taps) <= len(self._held):
            window = self._held[begin : begin + len(self._taps)]
            slow.append(Slow(self._first + begin + self.delay_samples, self._taps @ window))
            begin += self._every
        # What the next value does not need goes.
        done = min(begin, len(self._held))
        self._held, self._first = self._held[done:], self._first + done
        return slow
