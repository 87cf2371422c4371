"""Jump height from the vertical force on the plates, by impulse and by flight time.

Method: N. P. Linthorne, "Analysis of standing vertical jumps using a force platform", Am. J. Phys. 69 (2001)
1198-1204: weight from quiet standing, then take-off velocity from the impulse of (Fz - weight) between standing and
take-off, h = v^2 / 2g; and from the time in the air, h = g t^2 / 8. The second one counts a landing with bent legs as
height, so the two agree within some centimetres only. Pure: it reads no files and must not guess lost samples.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Force = npt.NDArray[np.float64]

GRAVITY_MPS2 = 9.80665
#: In the air the plates read less than this. Well above their noise, well below any load that matters.
AIR_N = 20.0
FLIGHT_S = (0.1, 1.5)
QUIET_S = 1.0
#: How long before take-off quiet standing is looked for; further back the integral would drift.
LOOK_BACK_S = 8.0
#: Standing counts as quiet while it varies by less than this share of the weight (standard deviation) ...
QUIET_SHARE = 0.02
#: ... or, of several quiet windows, up to this factor above the quietest: the latest of them drifts least.
QUIET_FACTOR = 1.5
STEP_S = 0.05


class NoJump(Exception):
    """There is no jump in the force, or none that can be measured; the message says what is missing."""


@dataclass(frozen=True)
class Jump:
    """One jump. Times in s from the first sample; heights in m; u_: standard uncertainty of the height beside it.

    The uncertainties hold noise and sampling only, not the posture at landing.
    """

    mass_kg: float
    quiet_s: tuple[float, float]
    takeoff_s: float
    landing_s: float
    takeoff_mps: float
    height_impulse_m: float
    u_impulse_m: float
    height_flight_m: float
    u_flight_m: float


def measure(force_n: Force, rate_hz: float) -> Jump:
    """The first jump in `force_n` (vertical, positive under load; NaN where a sample is missing).

    Raises NoJump, also where the first flight has no quiet standing before it or lost samples in it.
    """
    if rate_hz <= 0 or force_n.ndim != 1:
        raise ValueError(f"needs one row of samples and a rate above 0, got shape {force_n.shape} at {rate_hz} Hz")
    flights = _flights(force_n, rate_hz)
    if not flights:
        raise NoJump(f"no time in the air of {FLIGHT_S[0]} to {FLIGHT_S[1]} s between standing and landing")
    return _measure_flight(force_n, rate_hz, *flights[0])


def measure_all(force_n: Force, rate_hz: float) -> tuple[list[Jump], list[str]]:
    """Every jump that can be measured, and for each that cannot, why."""
    jumps, refused = [], []
    for takeoff, landing in _flights(force_n, rate_hz):
        try:
            jumps.append(_measure_flight(force_n, rate_hz, takeoff, landing))
        except NoJump as error:
            refused.append(f"take-off at {takeoff / rate_hz:.2f} s: {error}")
    return jumps, refused


def _flights(force_n: Force, rate_hz: float) -> list[tuple[int, int]]:
    """Take-off and landing samples of each time in the air that has load on both sides."""
    # A missing sample counts as load here, so that a gap never looks like a flight.
    in_air = np.nan_to_num(force_n, nan=np.inf) < AIR_N
    edges = np.flatnonzero(np.diff(in_air.astype(np.int8), prepend=0, append=0))
    spans = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    shortest, longest = FLIGHT_S[0] * rate_hz, FLIGHT_S[1] * rate_hz
    return [(a, b) for a, b in spans if a > 0 and b < len(force_n) and shortest <= b - a <= longest]


def _measure_flight(force_n: Force, rate_hz: float, takeoff: int, landing: int) -> Jump:
    first, last, weight_n, u_weight_n = _quiet(force_n, rate_hz, takeoff)
    push = force_n[last:takeoff] - weight_n
    if np.isnan(push).any() or np.isnan(force_n[takeoff:landing]).any():
        raise NoJump("samples are missing between standing and landing")
    mass_kg = weight_n / GRAVITY_MPS2
    takeoff_mps = float(np.trapezoid(push)) / rate_hz / mass_kg
    if takeoff_mps <= 0:
        raise NoJump(f"the impulse gives a take-off velocity of {takeoff_mps:.2f} m/s: this was a fall or a step down")
    flight_s = (landing - takeoff) / rate_hz
    # The weight's error grows with the time of the push, the samples' noise with its root.
    noise_n = float(np.diff(force_n[first:last]).std()) / math.sqrt(2)
    u_takeoff_mps = math.hypot(u_weight_n * len(push), noise_n * math.sqrt(len(push))) / rate_hz / mass_kg
    # Take-off and landing are each known to one sample interval: rectangular distributions (GUM, JCGM 100:2008).
    u_flight_s = math.sqrt(2 / 12) / rate_hz
    return Jump(
        mass_kg=mass_kg,
        quiet_s=(first / rate_hz, last / rate_hz),
        takeoff_s=takeoff / rate_hz,
        landing_s=landing / rate_hz,
        takeoff_mps=takeoff_mps,
        height_impulse_m=takeoff_mps**2 / (2 * GRAVITY_MPS2),
        u_impulse_m=takeoff_mps * u_takeoff_mps / GRAVITY_MPS2,
        height_flight_m=GRAVITY_MPS2 * flight_s**2 / 8,
        u_flight_m=GRAVITY_MPS2 * flight_s * u_flight_s / 4,
    )


def _quiet(force_n: Force, rate_hz: float, takeoff: int) -> tuple[int, int, float, float]:
    """The latest quiet standing before `takeoff`: its first sample and the one after its last, the weight and its u."""
    width, step = round(QUIET_S * rate_hz), max(1, round(STEP_S * rate_hz))
    begin = max(0, takeoff - round(LOOK_BACK_S * rate_hz))
    starts = np.arange(begin, takeoff - width + 1, step)
    if not len(starts):
        raise NoJump(f"less than {QUIET_S:g} s recorded before take-off")
    windows = np.lib.stride_tricks.sliding_window_view(force_n, width)[starts]
    means, spreads = windows.mean(axis=1), windows.std(axis=1)
    quiet = (means > 2 * AIR_N) & (spreads < QUIET_SHARE * means)
    if not quiet.any():
        raise NoJump(f"no {QUIET_S:g} s of quiet standing in the {LOOK_BACK_S:g} s before take-off")
    quiet &= spreads <= QUIET_FACTOR * spreads[quiet].min()
    first = int(starts[np.flatnonzero(quiet)[-1]])
    window = force_n[first : first + width]
    # Sway is slow: neighbouring samples are not independent, so the weight's uncertainty comes from tenths of a second.
    tenths = np.array([part.mean() for part in np.array_split(window, 10)])
    return first, first + width, float(window.mean()), float(tenths.std(ddof=1) / math.sqrt(len(tenths)))
