"""What a robot's measured stops say, for people and for its profile. Pure.

Every figure is rounded to the safe side of two standard uncertainties: later, softer, further.
"""

import math
from collections.abc import Mapping, Sequence

from port_session.robots.stop_fit import Figure, Fit
from port_session.robots.stop_recording import RecordedStop

#: Key of the profile's limits, its unit, and whether more of it is the safe side.
_FIGURES = (("latency_s", "s", True), ("response_s", "s", True), ("deceleration_mps2", "m/s²", False))
_MOST_S = 2.0
_NOT_TOLD = "these stops do not tell it; drive faster, or stop more often"


def table(stops: Sequence[RecordedStop], fit: Fit, profile: Mapping[str, float]) -> str:
    """The stops, then the figures with their standard uncertainties beside those of the profile."""
    lines = ["asked m/s   began m/s   way m   stood after s"]
    lines += [f"{s.asked_mps:9.2f}   {s.start_mps:9.3f}   {s.way_m:5.3f}   {s.stood_after_s:13.2f}" for s in stops]
    lines += ["", "                    measured   u (k=1)   profile"]
    lines += [_row(key, unit, getattr(fit, key), profile.get(key), more) for key, unit, more in _FIGURES]
    return "\n".join([*lines, f"left over by the model: {fit.residual_mps:.3f} m/s (root mean square)"])


def _row(key: str, unit: str, figure: Figure, profile: float | None, more: bool) -> str:
    said = "" if profile is None else f"{profile:9.3f}"
    told = "" if _usable(figure, more) else f"  {_NOT_TOLD}"
    return f"{key:<18} {figure.value:9.3f} {figure.uncertainty:9.3f} {said} {unit}{told}"


def profile_lines(stops: Sequence[RecordedStop], fit: Fit) -> str:
    """The lines to put into the profile's `limits` and `stop`."""
    lines = ["limits:"]
    for key, _, more in _FIGURES:
        figure: Figure = getattr(fit, key)
        if _usable(figure, more):
            value = _ceil(figure.at_most, 2) if more else _floor(figure.at_least, 2)
            lines.append(f"  {key}: {value:<{24 - len(key)}} # {figure.value:.3f} ± {figure.uncertainty:.3f} (k=1)")
        else:
            lines.append(f"  # {key}: {_NOT_TOLD}")
    speeds, ways = ([_floor(s.start_mps, 4) for s in stops], [_ceil(s.way_m, 4) for s in stops])
    return "\n".join([*lines, "stop:", f"  measured_stop_mps: {speeds}", f"  measured_stop_m: {ways}"])


def less_careful(fit: Fit, profile: Mapping[str, float]) -> list[str]:
    """What the profile promises and the robot does not keep; a line each."""
    found = []
    for key, unit, more in _FIGURES:
        figure: Figure = getattr(fit, key)
        if not figure.told or key not in profile:
            continue
        value = profile[key]
        if (more and value < figure.at_least) or (not more and value > figure.at_most):
            found.append(f"limits.{key} {value:g} {unit} promises more than the robot does: {figure.value:.3f}")
    return found


def _usable(figure: Figure, more: bool) -> bool:
    """Of what is safer the more it is, an uncertain figure only makes more of it, up to what a profile may say."""
    return figure.at_most <= _MOST_S if more else figure.told


def _ceil(value: float, digits: int) -> float:
    return float(math.ceil(value * 10.0**digits - 1e-9) / 10.0**digits)


def _floor(value: float, digits: int) -> float:
    return float(math.floor(value * 10.0**digits + 1e-9) / 10.0**digits)
