"""One force plate: runs of raw samples in, stamped and calibrated blocks and slow means out. Knows no device, no ROS.

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
from port_sensors.core.wrench import Decimator, centre_of_pressure, status_of

#: Means for eyes and slow consumers come at most this often.
SLOW_HZ = 100.0


@dataclass(frozen=True)
class PlateBlock:
    """A block with its time: time_s is when its first sample was taken. block.wrench is calibrated and tared."""

    time_s: float
    block: Block


@dataclass(frozen=True)
class PlateMean:
    """The mean wrench around time_s, and the centre of pressure of that mean in m (NaN under the threshold)."""

    time_s: float
    wrench: npt.NDArray[np.float64]
    centre_m: tuple[float, float]


class Plate:
    """The arithmetic of one plate, in the order of the samples."""

    def __init__(self, rate_hz: float, full_scale_n: float, block_samples: int, matrix: Sequence[float] = ()) -> None:
        if not full_scale_n > 0:
            raise ValueError(f"full_scale_n: {full_scale_n} is not above 0")
        if len(matrix) not in (0, 36):
            raise ValueError(f"calibration: {len(matrix)} numbers, not 36")
        values = np.array(matrix, dtype=np.float64) if matrix else np.eye(6)
        self.calibration = Calibration(matrix=values.reshape(6, 6))
        self._full_scale_n = full_scale_n
        self._cutter = BlockCutter(block_samples)
        self._clock = DeviceClock(rate_hz)
        self._tare_window = TareWindow(rate_hz)
        self._decimator = Decimator(max(1, round(rate_hz / SLOW_HZ)))

    def take(self, run: Run, arrival_s: float) -> tuple[list[PlateBlock], list[PlateMean]]:
        """Add a run whose newest sample arrived at `arrival_s`."""
        self._clock.observe(run.first_index + len(run.wrench) - 1, arrival_s)
        self._tare_window.take(run.wrench, run.lost_before)
        return self._finish(self._cutter.take(run))

    def flush(self) -> tuple[list[PlateBlock], list[PlateMean]]:
        """What waits for its block to fill: at the end, or when the link is lost."""
        return self._finish(self._cutter.flush())

    def tare(self) -> str:
        """Take the present load as zero from the next block on; returns "" or why it is refused."""
        load, refusal = self._tare_window.load(self.calibration)
        if load is not None:
            self.calibration = self.calibration.tared(load)
        return refusal

    def _finish(self, blocks: list[Block]) -> tuple[list[PlateBlock], list[PlateMean]]:
        finished, means = [], []
        for block in blocks:
            status = block.status | status_of(block.wrench, self._full_scale_n)
            wrench = self.calibration.apply(block.wrench)
            done = replace(block, wrench=wrench, status=status)
            finished.append(PlateBlock(self._clock.time_s(block.first_index), done))
            mean = self._decimator.take(block.first_index, wrench)
            if mean:
                time_s = self._clock.time_s(mean.middle_index)
                means.append(PlateMean(time_s, mean.wrench, centre_of_pressure(mean.wrench)))
        return finished, means
