"""From what the device sends to a calibrated, tared wrench; and when a tare is allowed. Knows no device, no clock."""

from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Calibration:
    """wrench = matrix · raw − offset. matrix: (6, 6); offset: (6,), N and N·m, what the tare took away.

    With the identity and no offset samples pass bit by bit.
    """

    matrix: Vector = field(default_factory=lambda: np.eye(6))
    offset: Vector = field(default_factory=lambda: np.zeros(6))
    _passes: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.matrix.shape != (6, 6) or self.offset.shape != (6,):
            raise ValueError(f"calibration: {self.matrix.shape} and {self.offset.shape} are not (6, 6) and (6,)")
        if not (np.isfinite(self.matrix).all() and np.isfinite(self.offset).all()):
            raise ValueError("calibration: not every number is finite")
        if np.linalg.matrix_rank(self.matrix) < 6:
            raise ValueError("calibration: the matrix has no inverse: an axis would be lost")
        object.__setattr__(self, "_passes", not self.offset.any() and np.array_equal(self.matrix, np.eye(6)))

    def apply(self, raw: Samples) -> Samples:
        """`raw` (N, 6), calibrated and tared."""
        if self._passes:
            return raw
        return (raw @ self.matrix.T - self.offset).astype(np.float32)

    def tared(self, load: Vector) -> "Calibration":
        """The same, with `load` (calibrated, untared) as zero from now on."""
        return replace(self, offset=load)


@dataclass(frozen=True)
class TareLimits:
    """When a plate counts as still and unloaded.

    window_s: how long it must have been both. still_n, still_nm: most that a force or moment may spread (standard
    deviation). unloaded_n: most that the mean force may be off the calibrated zero: drift, but nobody's weight.
    """

    window_s: float = 1.0
    still_n: float = 4.0
    still_nm: float = 2.0
    unloaded_n: float = 30.0


class TareWindow:
    """The last samples, from which a tare is taken or refused."""

    def __init__(self, rate_hz: float, limits: TareLimits | None = None) -> None:
        self.limits = limits or TareLimits()
        self._needed = round(rate_hz * self.limits.window_s)
        self._blocks: deque[Samples] = deque()
        self._count = 0

    def take(self, raw: Samples, lost_before: int) -> None:
        """Add samples as the device sent them; a gap empties the window."""
        if lost_before:
            self.clear()
        self._blocks.append(raw)
        self._count += len(raw)
        while self._count - len(self._blocks[0]) >= self._needed:
            self._count -= len(self._blocks.popleft())

    def clear(self) -> None:
        """Forget everything: the link was lost."""
        self._blocks.clear()
        self._count = 0

    def load(self, calibration: Calibration) -> tuple[Vector | None, str]:
        """The load to take as zero, and "" – or None and the reason why not, with what mends it."""
        if self._count < self._needed:
            return None, f"no {self.limits.window_s:g} s of data without a gap yet: wait and try again"
        values = np.concatenate(self._blocks).astype(np.float64) @ calibration.matrix.T
        mean, spread = values.mean(axis=0), values.std(axis=0)
        if not np.isfinite(mean).all():
            return None, "the device sends values that are not numbers: check the plate"
        if spread[:3].max() > self.limits.still_n or spread[3:].max() > self.limits.still_nm:
            return None, f"not still: force spreads by {spread[:3].max():.1f} N: keep off the plate and try again"
        load_n = np.abs(mean[:3]).max()
        if load_n > self.limits.unloaded_n:
            return None, f"not unloaded: {load_n:.1f} N on it: clear the plate and try again"
        return mean, ""
