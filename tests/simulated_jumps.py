"""Jumps of known height, simulated: people who sway, sink, crouch and land lower, on a plate that is not perfect.

python -m tests.simulated_jumps        how far what is measured lies from what is true, in its own uncertainties
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from port_session.report.jump import AIR_N, COVERAGE, Jump, NoJump, measure
from port_session.report.standing import GRAVITY_MPS2

RATE_HZ = 1000.0
_DT_S = 1.0 / RATE_HZ
Signal = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Jumper:
    """sinks_mps: how fast the body goes down while it stands. waits: whether it stands again after the landing."""

    sinks_mps: float = 0.0
    crouches: bool = True
    waits: bool = True


@dataclass(frozen=True)
class Simulated:
    """force_n: as the plate reads it. height_m: true, of the body's centre above where it left the plate."""

    force_n: Signal
    height_m: float


def simulated(random: np.random.Generator, jumper: Jumper) -> Simulated:
    """One jump of somebody of 40 to 100 kg, 8 to 50 cm high."""
    mass_kg, wanted_mps = random.uniform(40, 100), math.sqrt(2 * GRAVITY_MPS2 * random.uniform(0.08, 0.5))
    standing = _sway(random, random.uniform(2.5, 6), random.uniform(0.002, 0.012))
    parts, velocity = [standing], float(standing.sum()) * _DT_S - jumper.sinks_mps
    if jumper.crouches:
        parts.append(np.maximum(_pulse(random.uniform(0.35, 0.5), -random.uniform(0.6, 1.3) - velocity), -9.3))
        velocity += float(parts[-1].sum()) * _DT_S
    parts.append(_pulse(random.uniform(0.3, 0.5), wanted_mps - velocity))
    parts.append(np.linspace(0, -GRAVITY_MPS2, round(0.03 * RATE_HZ)))
    pushed = np.concatenate(parts)
    left = int(np.flatnonzero(mass_kg * (GRAVITY_MPS2 + pushed) >= AIR_N)[-1]) + 1
    takeoff_mps = velocity + float(np.concatenate(parts[-2:]).sum()) * _DT_S
    after = _flight_and_landing(random, takeoff_mps, jumper.waits)
    force_n = np.maximum(mass_kg * (GRAVITY_MPS2 + np.concatenate([pushed, after])), 0.0)
    at_left_mps = takeoff_mps - float(pushed[left:].sum()) * _DT_S
    return Simulated(_read_by_a_plate(random, force_n, left), at_left_mps**2 / (2 * GRAVITY_MPS2))


def _flight_and_landing(random: np.random.Generator, takeoff_mps: float, waits: bool) -> Signal:
    """Accelerations. It lands a little lower, mostly, overshoots upwards, and comes to rest."""
    risen_m = min(random.normal(-0.01, 0.03), 0.9 * takeoff_mps**2 / (2 * GRAVITY_MPS2))
    flight_s = (takeoff_mps + math.sqrt(takeoff_mps**2 - 2 * GRAVITY_MPS2 * risen_m)) / GRAVITY_MPS2
    flight = np.full(round(flight_s * RATE_HZ), -GRAVITY_MPS2)
    velocity, over_mps = takeoff_mps + float(flight.sum()) * _DT_S, random.uniform(0.2, 0.8)
    parts = [flight, _pulse(random.uniform(0.2, 0.4), over_mps - velocity), _pulse(random.uniform(0.5, 1.0), -over_mps)]
    if waits:
        parts.append(_sway(random, random.uniform(0.6, 3), random.uniform(0.005, 0.03)))
    return np.concatenate(parts)


def _sway(random: np.random.Generator, seconds: float, rms_mps: float) -> Signal:
    """Accelerations of somebody who stands still, as people do: slow movements that begin and end at rest."""
    time_s = np.arange(round(seconds * RATE_HZ)) * _DT_S
    velocity = sum(
        random.uniform(0.3, 1) * np.sin(2 * np.pi * hz * time_s + random.uniform(0, 2 * np.pi))
        for hz in random.uniform(0.2, 3, 6)
    )
    velocity = velocity * np.clip(np.minimum(time_s, time_s[-1] - time_s) / 0.3, 0, 1)
    swaying: Signal = np.gradient(velocity / velocity.std() * rms_mps, _DT_S)
    return swaying


def _pulse(seconds: float, change_mps: float) -> Signal:
    """Accelerations of half a sine that change the velocity by so much."""
    shape = np.sin(np.pi * (np.arange(round(seconds * RATE_HZ)) + 0.5) / round(seconds * RATE_HZ))
    changing: Signal = change_mps * shape / (shape.sum() * _DT_S)
    return changing


def _read_by_a_plate(random: np.random.Generator, force_n: Signal, left: int) -> Signal:
    """What it reads of one weight depends on posture by 0.2 %; its zero is up to 4 N off; it has noise."""
    shift = np.interp(np.arange(len(force_n)), [0, left - RATE_HZ, left], [0, 0, random.normal(0, 0.002)])
    noise = random.normal(0, random.uniform(0.5, 3), len(force_n))
    return force_n * (1 + shift) + random.uniform(-4, 4) + noise


@dataclass(frozen=True)
class Errors:
    """Normalised errors E_n = (measured - true) / U, U with k = 2 (ISO 13528): of most, |E_n| is at most 1."""

    impulse: Signal
    flight: Signal
    contradict: float

    @staticmethod
    def within(errors: Signal) -> float:
        return float((np.abs(errors) <= 1).mean())


def errors(jumper: Jumper, count: int, seed: int) -> Errors:
    """Of so many jumps; one that cannot be measured is an error of the method, too: NaN is within nothing."""
    random = np.random.default_rng(seed)
    impulse, flight, contradict = [], [], 0
    for _ in range(count):
        one = simulated(random, jumper)
        try:
            found = measure(one.force_n, RATE_HZ)
        except NoJump:
            impulse.append(math.nan)
            flight.append(math.nan)
            continue
        impulse.append(_normalised(found, one, by_impulse=True))
        flight.append(_normalised(found, one, by_impulse=False))
        contradict += found.contradicts
    return Errors(np.array(impulse), np.array(flight), contradict / count)


def _normalised(found: Jump, true: Simulated, by_impulse: bool) -> float:
    height_m = found.height_impulse_m if by_impulse else found.height_flight_m
    return (height_m - true.height_m) / (COVERAGE * (found.u_impulse_m if by_impulse else found.u_flight_m))


JUMPERS = {
    "stands, crouches, jumps, waits": Jumper(),
    "steps off at once": Jumper(waits=False),
    "jumps from a squat": Jumper(crouches=False),
    "sinks at 1 cm/s before": Jumper(sinks_mps=0.01),
    "sinks at 2 cm/s before": Jumper(sinks_mps=0.02),
}


def main() -> int:
    count = 400
    print("| jumper | impulse: within U | rms of E_n | flight time: within U | rms of E_n | contradict |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, jumper in JUMPERS.items():
        found = errors(jumper, count, seed=1)
        cells = [
            f"{share:.0%} | {float(np.sqrt(np.mean(values**2))):.2f}"
            for values, share in ((one, Errors.within(one)) for one in (found.impulse, found.flight))
        ]
        print(f"| {name} | {' | '.join(cells)} | {found.contradict:.0%} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
