"""The path of the centre of pressure over the plates as a picture: each plate's own, and that of both feet together."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt

from port_sensors.core.surface import Surface, centre_and_free_moment
from port_session.export.tracks import Track

matplotlib.use("Agg")
from matplotlib import pyplot

#: A force below this share of the greatest is someone leaving: its centre jumps about and says nothing.
_LEAST_SHARE = 0.05
_POINTS_HZ = 200.0

Path3 = npt.NDArray[np.float64]


def write(tracks: Sequence[Track], surfaces: Mapping[str, Surface], path: Path) -> None:
    """Draw `tracks`, aligned, into an SVG or PNG. Raises ValueError if a plate's place is unknown."""
    if missing := sorted({track.name for track in tracks} - set(surfaces)):
        raise ValueError(f"where {', '.join(missing)} lies is not known: a picture wants the corners")
    figure, axes = pyplot.subplots(figsize=(5.0, 5.0), layout="constrained")
    paths, weights = [], []
    for track in tracks:
        surface = surfaces[track.name]
        ring = np.vstack((surface.corners_m, surface.corners_m[:1]))
        axes.plot(ring[:, 0], ring[:, 1], color="0.6", linewidth=1.0)
        centre, weight = _path(track, surface)
        axes.plot(centre[:, 0], centre[:, 1], color="0.7", linewidth=0.7)
        paths.append(centre)
        weights.append(weight)
    whole, time_s = _together(paths, weights), np.arange(len(paths[0])) * _step(tracks[0]) / tracks[0].rate_hz
    points = axes.scatter(whole[:, 0], whole[:, 1], c=time_s, s=2.0, cmap="viridis")
    figure.colorbar(points, ax=axes, label="time, s", shrink=0.8)
    axes.set(xlabel="x, m (frame ground)", ylabel="y, m", aspect="equal")
    figure.savefig(path)
    pyplot.close(figure)


def _step(track: Track) -> int:
    return max(1, round(track.rate_hz / _POINTS_HZ))


def _path(track: Track, surface: Surface) -> tuple[Path3, Path3]:
    """Where the force acts (N, 3), frame ground, NaN where nobody stands; and the vertical force."""
    wrench = surface.at_surface(track.wrench[:: _step(track)].astype(np.float64))
    x, y, _ = centre_and_free_moment(wrench, _LEAST_SHARE * float(np.nanmax(wrench[:, 2])))
    flat = np.column_stack((x, y, np.zeros_like(x)))
    return surface.middle_m + flat @ surface.axes.T, wrench[:, 2]


def _together(paths: Sequence[Path3], weights: Sequence[Path3]) -> Path3:
    """The centre of all plates: weighed with what stands on each."""
    stands = [np.isfinite(path[:, 0]) for path in paths]
    shares = [np.where(on, weight, 0.0)[:, None] for on, weight in zip(stands, weights, strict=True)]
    total = np.sum(shares, axis=0)
    moments = np.sum([np.nan_to_num(path) * share for path, share in zip(paths, shares, strict=True)], axis=0)
    whole: Path3 = np.divide(moments, total, out=np.full_like(moments, np.nan), where=total > 0)
    return whole
