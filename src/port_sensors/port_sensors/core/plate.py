"""One force plate: runs of raw samples in, stamped and calibrated blocks and slow values out. Knows no device, no ROS.

Times are seconds on the monotonic clock the arrivals were read from; the caller turns them into stamps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from port_sensors.core.accounting import Run
from port_sensors.core.blocks import Block, BlockCutter
from port_sensors.core.calibration import Calibration, TareWindow
from port_sensors.core.clock import DeviceClock
from port_sensors.core.low_pass import Decimator
from port_sensors.core.surface import Load, Surface
from port_sensors.core.wrench import INVALID, SATURATED, status_of

#: Values for eyes and slow consumers come at most this often.
SLOW_HZ = 100.0


@dataclass(frozen=True)
class PlateBlock:
    """A block with its time: time_s is when its first sample was taken. block.wrench is calibrated and tared."""

    time_s: float
    block: Block


@dataclass(frozen=True)
class PlateSlow:
    """The filtered wrench at time_s about the middle of the surface, plate frame, and what it means on the ground."""

    index: int
    time_s: float
    wrench: npt.NDArray[np.float64]
    load: Load


class Plate:
    """The arithmetic of one plate, in the order of the samples."""

    def __init__(
        self,
        rate_hz: float,
        full_scale_n: float,
        block_samples: int,
        surface: Surface,
        matrix: Sequence[float] = (),
        warm_up_s: float = 0.0,
    ) -> None:
        if not full_scale_n > 0:
            raise ValueError(f"full_scale_n: {full_scale_n} is not above 0")
        if len(matrix) not in (0, 36):
            raise ValueError(f"calibration: {len(matrix)} numbers, not 36")
        values = np.array(matrix, dtype=np.float64) if matrix else np.eye(6)
        self.calibration = Calibration(matrix=surface.signs[:, None] * values.reshape(6, 6))
        self.surface = surface
        self.saturated_samples = 0
        self.invalid_samples = 0
        self._full_scale_n = full_scale_n
        self._cutter = BlockCutter(block_samples)
        self._clock = DeviceClock(rate_hz)
        self._tare_window = TareWindow(rate_hz)
        self._decimator = Decimator(max(1, int(np.ceil(rate_hz / SLOW_HZ))))
        self._warm_up_s = warm_up_s
        self._since_s: float | None = None

    def take(self, run: Run, arrival_s: float, slow: bool = True) -> tuple[list[PlateBlock], list[PlateSlow]]:
        """Add a run whose newest sample arrived at `arrival_s`. slow: whether slow values are wanted, too."""
        self._since_s = arrival_s if self._since_s is None else self._since_s
        self._clock.observe(run.first_index + len(run.wrench) - 1, arrival_s)
        self._tare_window.take(run.wrench, run.lost_before)
        return self._finish(self._cutter.take(run), slow)

    def flush(self) -> tuple[list[PlateBlock], list[PlateSlow]]:
        """What waits for its block to fill: at the end, or when the link is lost."""
        return self._finish(self._cutter.flush(), slow=True)

    def tare(self) -> str:
        """Take the present load as zero from the next block on; returns "" or why it is refused."""
        load, refusal = self._tare_window.load(self.calibration)
        if load is not None:
            self.calibration = self.calibration.tared(load)
        return refusal

    @property
    def slow_delay_s(self) -> float:
        """How much later than its own time a slow value is ready."""
        return self._decimator.delay_samples / self._clock.rate_hz

    @property
    def drift_ppm(self) -> float:
        """How much slower than ours the device's clock runs; NaN in the first seconds."""
        return self._clock.drift.ppm

    def zero_n(self) -> float:
        """How far the vertical force of the empty, still plate is off zero; NaN while it is neither."""
        load, _ = self._tare_window.load(self.calibration)
        return float("nan") if load is None else float(load[2] - self.calibration.offset[2])

    def warming_s(self, now_s: float) -> float:
        """How long the device still has to warm up."""
        return self._warm_up_s if self._since_s is None else max(0.0, self._since_s + self._warm_up_s - now_s)

    def _finish(self, blocks: list[Block], slow: bool) -> tuple[list[PlateBlock], list[PlateSlow]]:
        finished, filtered = [], []
        for block in blocks:
            status = block.status | status_of(block.wrench, self._full_scale_n)
            self.saturated_samples += int(np.count_nonzero(status & SATURATED))
            self.invalid_samples += int(np.count_nonzero(status & INVALID))
            done = replace(block, wrench=self.calibration.apply(block.wrench), status=status)
            finished.append(PlateBlock(self._clock.time_s(block.first_index), done))
            if slow:
                found = self._decimator.take(done.first_index, done.wrench)
                filtered += [self._slow(one.index, one.wrench) for one in found]
        return finished, filtered

    def _slow(self, index: int, wrench: npt.NDArray[np.float64]) -> PlateSlow:
        return PlateSlow(index, self._clock.time_s(index), self.surface.at_surface(wrench), self.surface.load(wrench))
