"""Latency, response and deceleration of a robot out of stops that were recorded, with standard uncertainties. Pure.

The model is that of the gate's braking distances (port_safety/model/braking_model.py): what is commanded takes effect
`latency_s` later; then the speed follows it with time constant `response_s`, and falls no faster than
`deceleration_mps2`. Least squares by Levenberg-Marquardt (Marquardt, SIAM J. Appl. Math. 11, 1963) over all samples of
all stops; the covariance is that of the residuals (GUM, JCGM 100:2008, H.3), widened for neighbours that err alike.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Where the search begins: each latency with each response; the deceleration is read off the samples.
_LATENCIES_S, _RESPONSES_S = (0.03, 0.1, 0.3), (0.05, 0.2)
_STEPS = 40
#: Relative steps of the numerical derivatives, and when nothing is gained any more.
_STEP, _GAIN = 1e-4, 1e-9
#: What is less certain than this share of itself was not told by these stops.
_TOLD = 0.3
#: Brakes that never saturate; and by how much better than they the others must explain the stops (3 sigma).
_UNBOUND_MPS2, _CLEARLY = 50.0, 9.0
#: How finely the latency of a single stop is looked for.
_TRIES = 60
#: Samples before the stop whose mean is the speed at which it begins.
_BEFORE = 5


@dataclass(frozen=True)
class Stop:
    """One stop: commands that left the gate and speeds that the robot said, each with its time, s, on one clock.

    command_s, command_mps: from well before the command fell on; a command holds until the next. speed_s, speed_mps:
    from about the moment when it fell until the robot stands.
    """

    command_s: tuple[float, ...]
    command_mps: tuple[float, ...]
    speed_s: tuple[float, ...]
    speed_mps: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.command_s) != len(self.command_mps) or len(self.speed_s) != len(self.speed_mps):
            raise ValueError("stop: a time for each value is needed")
        if not self.command_s or len(self.speed_s) < 2 * _BEFORE:
            raise ValueError(f"stop: {len(self.speed_s)} speeds and {len(self.command_s)} commands are too few")


@dataclass(frozen=True)
class Figure:
    """A value and its standard uncertainty (k = 1); that of the latency is a single stop's. told: whether the stops say
    anything about it."""

    value: float
    uncertainty: float

    @property
    def told(self) -> bool:
        return self.uncertainty <= _TOLD * self.value

    @property
    def at_most(self) -> float:
        """Above it by two standard uncertainties."""
        return self.value + 2.0 * self.uncertainty

    @property
    def at_least(self) -> float:
        return max(0.0, self.value - 2.0 * self.uncertainty)


@dataclass(frozen=True)
class Fit:
    """What the stops have in common. residual_mps: root mean square of what the model leaves over."""

    latency_s: Figure
    response_s: Figure
    deceleration_mps2: Figure
    residual_mps: float


def speeds(stop: Stop, latency_s: float, response_s: float, deceleration_mps2: float) -> list[float]:
    """What the model says of the speeds of `stop`: exact between one command and the next."""
    first = stop.speed_mps[:_BEFORE]
    speed, at_s = sum(first) / len(first), stop.speed_s[0]
    effective = [
        (when_s + latency_s, command) for when_s, command in zip(stop.command_s, stop.command_mps, strict=True)
    ]
    following = [(s, c) for s, c in effective if s > at_s]
    command = next((c for s, c in reversed(effective) if s <= at_s), speed)
    found = []
    for when_s in stop.speed_s:
        while following and following[0][0] <= when_s:
            next_s, next_command = following.pop(0)
            speed = _advanced(speed, command, next_s - at_s, response_s, deceleration_mps2)
            at_s, command = next_s, next_command
        speed = _advanced(speed, command, when_s - at_s, response_s, deceleration_mps2)
        at_s = when_s
        found.append(speed)
    return found


def _advanced(speed: float, command: float, dt_s: float, response_s: float, deceleration: float) -> float:
    """First order towards the command; slowing no faster than `deceleration`. Closed form."""
    excess = speed - command
    soft = deceleration * response_s
    if excess <= soft:
        return command + excess * math.exp(-dt_s / response_s)
    linear_s = (excess - soft) / deceleration
    if dt_s <= linear_s:
        return speed - deceleration * dt_s
    return command + soft * math.exp(-(dt_s - linear_s) / response_s)


def fit(stops: Sequence[Stop], clock_s: float = 0.0) -> Fit:
    """The figures that all `stops` have in common. clock_s: standard uncertainty between the clock of the commands and
    that of the speeds; it adds to the latency's. Raises ValueError without a stop."""
    if not stops:
        raise ValueError("no stop was recorded")
    best = _best(stops, max(_steepest(stop) for stop in stops))
    left, alike = _residuals(stops, best), _alike(stops, best)
    variance = float(left @ left) / max(1, left.size - best.size) * alike
    soft = _best(stops, _UNBOUND_MPS2)
    braked = _cost(stops, soft) - _cost(stops, best) > _CLEARLY * variance
    if not braked:  # without brakes that saturate the stops are explained as well: they say nothing of them
        best, left = soft, _residuals(stops, soft)
    jacobian = _jacobian(stops, best, left)
    covariance = np.linalg.pinv(jacobian.T @ jacobian + 1e-12 * np.eye(best.size)) * variance
    relative = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    values = np.exp(best)
    latency, response, slowing = (Figure(float(v), float(v * r)) for v, r in zip(values, relative, strict=True))
    own = (clock_s, _sampling_s(stops), _scatter_s(stops, best))
    latency = Figure(latency.value, math.hypot(latency.uncertainty, *own))
    deceleration = slowing if braked else Figure(slowing.value, math.inf)
    return Fit(latency, response, deceleration, math.sqrt(float(left @ left) / left.size))


def _best(stops: Sequence[Stop], deceleration_mps2: float) -> Array:
    """The logarithms of latency, response and deceleration that leave the least, from several beginnings."""
    starts = [np.log([late, soft, deceleration_mps2]) for late in _LATENCIES_S for soft in _RESPONSES_S]
    return min((_search(stops, start) for start in starts), key=lambda found: _cost(stops, found))


def _steepest(stop: Stop) -> float:
    """About how fast it slows, m/s²: over the middle of its way down."""
    top = max(stop.speed_mps)
    middle = [s for s, v in zip(stop.speed_s, stop.speed_mps, strict=True) if 0.3 * top <= v <= 0.8 * top]
    return max(0.05, 0.5 * top / max(0.05, (middle[-1] - middle[0]) if len(middle) > 1 else 0.05))


def _sampling_s(stops: Sequence[Stop]) -> float:
    """A stamp may be off by the period of the samples: rectangular, shared by a stop's samples, not by all stops."""
    periods = [(stop.speed_s[-1] - stop.speed_s[0]) / (len(stop.speed_s) - 1) for stop in stops]
    return max(periods) / math.sqrt(12.0 * len(stops))


def _scatter_s(stops: Sequence[Stop], logs: Array) -> float:
    """Standard deviation of the latency from stop to stop. A robot on legs changes its speed with its next step only,
    and it counts how late its next stop may be, not how late it is on average."""
    if len(stops) < 2:
        return 0.0
    late, soft, slowing = (float(value) for value in np.exp(logs))
    tried = np.linspace(0.0, 2.0 * late + 0.3, _TRIES)
    own = [min(tried, key=lambda each: _left(stop, (float(each), soft, slowing))) for stop in stops]
    return float(np.std(own, ddof=1))


def _left(stop: Stop, figures: tuple[float, float, float]) -> float:
    left = np.subtract(stop.speed_mps, speeds(stop, *figures))
    return float(left @ left)


def _residuals(stops: Sequence[Stop], logs: Array) -> Array:
    late, soft, slowing = (float(value) for value in np.exp(logs))
    return np.concatenate([
        np.subtract(stop.speed_mps, speeds(stop, late, soft, slowing)) for stop in stops
    ])  # fmt: skip


def _cost(stops: Sequence[Stop], logs: Array) -> float:
    left = _residuals(stops, logs)
    return float(left @ left)


def _jacobian(stops: Sequence[Stop], logs: Array, left: Array) -> Array:
    columns = []
    for index in range(logs.size):
        moved = logs.copy()
        moved[index] += _STEP
        columns.append((_residuals(stops, moved) - left) / _STEP)
    return np.stack(columns, axis=1)


def _search(stops: Sequence[Stop], start: Array) -> Array:
    """The nearest minimum of the squared residuals, in the logarithms of the figures: none can become negative."""
    logs, damping = start, 1e-3
    left = _residuals(stops, logs)
    for _ in range(_STEPS):
        jacobian = _jacobian(stops, logs, left)
        normal, slope = jacobian.T @ jacobian, jacobian.T @ left
        step = np.linalg.solve(normal + damping * (np.diag(np.diag(normal)) + 1e-9 * np.eye(logs.size)), -slope)
        trial = np.clip(logs + np.clip(step, -1.0, 1.0), math.log(1e-3), math.log(50.0))
        tried = _residuals(stops, trial)
        gained = float(left @ left) - float(tried @ tried)
        if gained <= 0.0:
            damping *= 8.0
            if damping > 1e9:
                break
            continue
        logs, left, damping = trial, tried, damping / 4.0
        if gained < _GAIN * float(left @ left):
            break
    return logs


def _alike(stops: Sequence[Stop], logs: Array) -> float:
    """How many samples in a row count as one: (1 + r) / (1 - r) of the residuals' correlation with their neighbours."""
    product = square = 0.0
    for stop in stops:
        left = _residuals([stop], logs)
        product += float(left[1:] @ left[:-1])
        square += float(left @ left)
    r = min(0.95, max(0.0, product / square)) if square > 0.0 else 0.0
    return (1.0 + r) / (1.0 - r)
