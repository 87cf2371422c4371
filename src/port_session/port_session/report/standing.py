"""Weight and velocity of somebody on a force plate, from all the times at which they stood still. Pure.

With the weight W the velocity at any time is v0 + g (I / W - t), where I is the impulse of the force since the first
rest: linear in v0 and 1 / W. Whoever stands still has the velocity 0, before a jump and after it: each rest is an
equation, and weighted least squares solve them (JCGM 100:2008, 4.3). One second of quiet alone could be a slow sinking:
then its mean force is not the weight, and the integral starts with a velocity.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Force = npt.NDArray[np.float64]
GRAVITY_MPS2 = 9.80665
#: Length of one rest, and how far apart two are looked for at least.
REST_S, STEP_S = 0.5, 0.05
#: A rest varies by less than this share of the weight (standard deviation), and its mean lies no further off it.
_VARIES, _OFF = 0.04, 0.03
#: So well the body is known to be at rest then: before a jump it waits, after it people settle and step off.
_STILL_MPS, _SETTLING_MPS = 0.01, 0.03
#: What a plate reads of one weight in another posture differs by: the load moves, and so does the crosstalk.
POSTURE_SHARE = 0.002
#: The weight itself tells which rests were none; it settles at once.
_PASSES = 3


@dataclass(frozen=True)
class Velocity:
    """At one time, m/s, with its standard uncertainty."""

    mps: float
    u_mps: float


class Standing:
    """Around one jump, whose first sample in the air is `takeoff`, and `landing` the first one after it.

    force_n: vertical, positive under load. begin, end: between these samples somebody is on the plate or in the air,
    and none is missing. load_n: about what stands there, from a quiet second between `begin` and `takeoff`.
    """

    def __init__(
        self, force_n: Force, rate_hz: float, begin: int, takeoff: int, landing: int, end: int, load_n: float
    ) -> None:
        self._rate_hz, self._begin = rate_hz, begin
        self._impulse = np.concatenate(([0.0], np.cumsum(force_n[begin:end]))) / rate_hz
        width = round(REST_S * rate_hz)
        earlier = _rests(force_n[begin:takeoff], width, load_n, rate_hz, latest_first=True)
        later = _rests(force_n[landing:end], width, load_n, rate_hz, latest_first=False)
        #: First samples of all rests, each REST_S long; those before the jump are `earlier`.
        self.earlier, self.later = [begin + at for at in earlier], [landing + at for at in later]
        self._solve(force_n, width)

    def _solve(self, force_n: Force, width: int) -> None:
        starts = np.array([*sorted(self.earlier), *sorted(self.later)])
        floor = np.array([_STILL_MPS] * len(self.earlier) + [_SETTLING_MPS] * len(self.later))
        load_n = float(np.median([force_n[at : at + width].mean() for at in starts]))
        for _ in range(_PASSES):
            moved = np.array([self._moved_mps(force_n[at : at + width], load_n) for at in starts])
            # Both ends of each rest: its own mean force counts by the time between them.
            self._fit(np.concatenate([starts, starts + width]), np.tile(np.hypot(floor, moved), 2))
            load_n = self.weight_n

    def _fit(self, at: npt.NDArray[np.int64], u_mps: Force) -> None:
        rows = self._rows(at) / u_mps[:, None]
        known = GRAVITY_MPS2 * (at - self._begin) / self._rate_hz / u_mps
        normal = np.linalg.inv(rows.T @ rows)
        self._found = normal @ rows.T @ known
        free = len(at) - 2
        excess = float(((rows @ self._found - known) ** 2).sum()) / free if free else 1.0
        self._covariance = normal * max(1.0, excess)
        self.weight_n = float(1.0 / self._found[1])

    def _moved_mps(self, force_n: Force, weight_n: float) -> float:
        """How much the velocity moves within a rest of somebody of this weight: to and fro, and from end to end."""
        swing = np.cumsum(force_n - force_n.mean()) / self._rate_hz
        along = (float(force_n.mean()) - weight_n) * REST_S / 2
        return math.hypot(float(swing.std()), along) * GRAVITY_MPS2 / weight_n

    def _rows(self, at: npt.NDArray[np.int64]) -> Force:
        return np.stack([np.ones(len(at)), GRAVITY_MPS2 * self._impulse[at - self._begin]], axis=1)

    @property
    def u_weight_n(self) -> float:
        """Standard uncertainty of the weight."""
        return float(np.sqrt(self._covariance[1, 1])) * self.weight_n**2

    def velocity(self, sample: int) -> Velocity:
        """At `sample`, between the first rest and the last one."""
        (row,) = self._rows(np.array([sample]))
        elapsed_s = (sample - self._begin) / self._rate_hz
        moving_s = max(0.0, (sample - max(self.earlier)) / self._rate_hz - REST_S)
        u_fit_mps = float(np.sqrt(row @ self._covariance @ row))
        u_posture_mps = POSTURE_SHARE * GRAVITY_MPS2 * moving_s
        return Velocity(float(row @ self._found) - GRAVITY_MPS2 * elapsed_s, float(np.hypot(u_fit_mps, u_posture_mps)))


def _rests(force_n: Force, width: int, load_n: float, rate_hz: float, latest_first: bool) -> list[int]:
    """First samples of rests that do not overlap, those nearest to the jump first."""
    if len(force_n) < width:
        return []
    starts = np.arange(0, len(force_n) - width + 1, max(1, round(STEP_S * rate_hz)))
    windows = np.lib.stride_tricks.sliding_window_view(force_n, width)[starts]
    still = windows.std(axis=1) < _VARIES * load_n
    found: list[int] = []
    quiet = starts[still & (np.abs(windows.mean(axis=1) / load_n - 1) < _OFF)].tolist()
    for at in reversed(quiet) if latest_first else quiet:
        if not found or abs(at - found[-1]) >= width:
            found.append(at)
    return found
