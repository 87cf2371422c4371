"""Jump height from the vertical force on the plates, by impulse and by flight time.

Method: N. P. Linthorne, "Analysis of standing vertical jumps using a force platform", Am. J. Phys. 69 (2001)
1198-1204: take-off velocity from the impulse of (Fz - weight) between standing and take-off, h = v^2 / 2g; and from the
time in the air, h = g t^2 / 8. Weight and the velocity at the start come from all rests (standing.py). The plates' zero
is what they read in the air. Pure: it reads no files and must not guess lost samples.
"""

import math
from dataclasses import dataclass

import numpy as np

from port_session.report.standing import GRAVITY_MPS2, REST_S, Force, Standing

#: In the air the plates read less than this. Well above their noise, well below any load that matters.
AIR_N = 20.0
FLIGHT_S = (0.1, 1.5)
QUIET_S = 1.0
#: How far before take-off and behind landing rests are looked for; one before it must be a whole quiet second.
LOOK_S = (8.0, 3.0)
#: Standing counts as quiet while it varies by less than this share of the weight (standard deviation).
QUIET_SHARE = 0.02
STEP_S = 0.05
#: Feet swing and plates ring for so long after take-off.
RINGING_S = 0.03
#: How much higher or lower the body lands than it took off, as far as nobody saw it: standard uncertainty. Linthorne
#: finds both heights some centimetres apart, mostly by bent legs.
LANDING_M = 0.03
#: Coverage factor of what people are told.
COVERAGE = 2.0


class NoJump(Exception):
    """There is no jump in the force, or none that can be measured; the message says what is missing."""


@dataclass(frozen=True)
class Jump:
    """One jump. Times in s from the first sample; heights in m; u_: standard uncertainty of what stands before it.

    quiet_s: the last rest before the push. takeoff_mps: by impulse.
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

    @property
    def contradicts(self) -> bool:
        """Whether both heights differ by more than their uncertainties (k = 2) explain."""
        apart_m = abs(self.height_impulse_m - self.height_flight_m)
        return apart_m > COVERAGE * math.hypot(self.u_impulse_m, self.u_flight_m)


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
    zero_n = _zero(force_n[takeoff:landing], rate_hz)
    begin, end = _whole(force_n, rate_hz, takeoff, landing)
    load_n = _quiet_load(force_n[begin:takeoff], rate_hz, begin > 0 and bool(np.isnan(force_n[begin - 1]))) - zero_n
    force_n = force_n - zero_n
    standing = Standing(force_n, rate_hz, begin, takeoff, landing, end, load_n)
    start = max(standing.earlier) + round(REST_S * rate_hz)
    velocity = standing.velocity(takeoff)
    if velocity.mps <= 0:
        raise NoJump(f"the impulse gives a take-off velocity of {velocity.mps:.2f} m/s: this was a fall or a step down")
    flight_s = (landing - takeoff) / rate_hz
    u_takeoff_mps = math.hypot(velocity.u_mps, _noise_mps(force_n[start - 9 : takeoff], rate_hz, standing.weight_n))
    # Take-off and landing are each known to one sample interval: rectangular distributions (GUM, JCGM 100:2008).
    u_flight_s = math.sqrt(2 / 12) / rate_hz
    return Jump(
        mass_kg=standing.weight_n / GRAVITY_MPS2,
        quiet_s=(start / rate_hz - REST_S, start / rate_hz),
        takeoff_s=takeoff / rate_hz,
        landing_s=landing / rate_hz,
        takeoff_mps=velocity.mps,
        height_impulse_m=velocity.mps**2 / (2 * GRAVITY_MPS2),
        u_impulse_m=velocity.mps * u_takeoff_mps / GRAVITY_MPS2,
        height_flight_m=GRAVITY_MPS2 * flight_s**2 / 8,
        # A landing that is lower by d lasts longer by d / v, and g t^2 / 8 grows by d / 2.
        u_flight_m=math.hypot(GRAVITY_MPS2 * flight_s * u_flight_s / 4, LANDING_M / 2),
    )


def _zero(in_air_n: Force, rate_hz: float) -> float:
    """What the plates read without load; 0 where they do not come to rest in so short a flight."""
    ringing = round(RINGING_S * rate_hz)
    settled = in_air_n[ringing:-ringing] if len(in_air_n) > 4 * ringing else in_air_n[:0]
    if np.isnan(in_air_n).any():
        raise NoJump("samples are missing between standing and landing")
    return float(settled.mean()) if len(settled) else 0.0


def _noise_mps(force_n: Force, rate_hz: float, weight_n: float) -> float:
    """What the samples' noise adds to a velocity: it grows with the root of their number."""
    noise_n = float(np.median(np.abs(np.diff(force_n)))) / 0.6745 / math.sqrt(2)
    return noise_n * math.sqrt(len(force_n)) / rate_hz * GRAVITY_MPS2 / weight_n


def _whole(force_n: Force, rate_hz: float, takeoff: int, landing: int) -> tuple[int, int]:
    """How far around a flight the impulse counts: while nothing is missing, and nobody is off the plate for longer than
    a flight lasts, with a foot on the floor beside it."""
    broken = np.isnan(force_n)
    in_air = np.concatenate(([0], (force_n < AIR_N).astype(np.int8), [0]))
    edges = np.flatnonzero(np.diff(in_air))
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if after - first > FLIGHT_S[1] * rate_hz:
            broken[first:after] = True
    before, behind = np.flatnonzero(broken[:takeoff]), np.flatnonzero(broken[landing:])
    begin = max(int(before[-1]) + 1 if len(before) else 0, takeoff - round(LOOK_S[0] * rate_hz))
    end = min(landing + int(behind[0]) if len(behind) else len(force_n), landing + round(LOOK_S[1] * rate_hz))
    return begin, end


def _quiet_load(force_n: Force, rate_hz: float, behind_gap: bool) -> float:
    """The mean force of the latest quiet second. force_n: up to take-off; behind_gap: a sample before it is missing.

    Raises NoJump where there is no such second.
    """
    width, step = round(QUIET_S * rate_hz), max(1, round(STEP_S * rate_hz))
    starts = np.arange(0, len(force_n) - width + 1, step)
    missing = "samples are missing between standing and landing"
    if not len(starts):
        raise NoJump(missing if behind_gap else f"less than {QUIET_S:g} s on the plates before take-off")
    windows = np.lib.stride_tricks.sliding_window_view(force_n, width)[starts]
    means, spreads = windows.mean(axis=1), windows.std(axis=1)
    quiet = np.flatnonzero((means > 2 * AIR_N) & (spreads < QUIET_SHARE * means))
    if not len(quiet):
        none = f"no {QUIET_S:g} s of quiet standing in the {LOOK_S[0]:g} s before take-off"
        raise NoJump(missing if behind_gap else none)
    return float(means[quiet[-1]])
