"""Force plates as a C3D file: analogue channels in the device's own signs, FORCE_PLATFORM type 2, mm and N·mm.

The stored numbers are the recorded float32, untouched: the step to N·mm is the channel's scale, so reading back gives
every sample exactly. A lost sample is NaN; the group PORT counts them. Source: the C3D file format user guide
(c3d.org); written by ezc3d.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ezc3d
import numpy as np

from port_sensors.core.surface import Surface
from port_session.export.tracks import Track

_CHANNELS = ("Fx", "Fy", "Fz", "Mx", "My", "Mz")
_UNITS = ("N", "N", "N", "Nmm", "Nmm", "Nmm")
_MM = 1000.0
#: Analogue samples a frame: keeps the number of frames within the 16 bits of the header.
_SUBFRAMES = 20
_FRAMES_MAX = 65_535


def write(tracks: Sequence[Track], surfaces: Mapping[str, Surface], path: Path) -> None:
    """Write `tracks`, aligned. Raises ValueError if they are too long or a plate's place is unknown."""
    if missing := sorted({track.name for track in tracks} - set(surfaces)):
        raise ValueError(f"where {', '.join(missing)} lies is not known: C3D wants its corners; try CSV")
    length = len(tracks[0].wrench)
    subframes = _SUBFRAMES if length >= _SUBFRAMES else 1
    frames = -(-length // subframes)
    if frames > _FRAMES_MAX:
        raise ValueError(f"{length} samples are too long for one C3D file: choose a part with --from and --to")
    file = ezc3d.c3d()
    _parameters(file, tracks, [surfaces[track.name] for track in tracks], subframes)
    padded = np.full((1, 6 * len(tracks), frames * subframes), np.nan)
    for number, track in enumerate(tracks):
        rows = slice(6 * number, 6 * number + 6)
        scale = np.array((1.0, 1.0, 1.0, _MM, _MM, _MM))
        padded[0, rows, :length] = (track.wrench * surfaces[track.name].signs * scale).T
    file["data"]["points"] = np.zeros((4, 0, frames))
    file["data"]["analogs"] = padded
    file.write(str(path))


def _parameters(file: Any, tracks: Sequence[Track], surfaces: Sequence[Surface], subframes: int) -> None:
    rate_hz, groups, count = tracks[0].rate_hz, file["parameters"], len(tracks)
    groups["POINT"]["RATE"]["value"] = [rate_hz / subframes]
    groups["POINT"]["UNITS"]["value"] = ["mm"]
    analog = groups["ANALOG"]
    analog["RATE"]["value"] = [rate_hz]
    analog["LABELS"]["value"] = [f"{track.name}.{channel}" for track in tracks for channel in _CHANNELS]
    analog["UNITS"]["value"] = list(_UNITS) * count
    analog["SCALE"]["value"] = [1.0, 1.0, 1.0, _MM, _MM, _MM] * count
    analog["OFFSET"]["value"] = [0] * (6 * count)
    analog["GEN_SCALE"]["value"] = [1.0]
    platform = groups["FORCE_PLATFORM"]
    platform["USED"]["value"] = [count]
    platform["TYPE"]["value"] = [2] * count
    platform["ZERO"]["value"] = [1, 0]
    platform["CORNERS"]["value"] = np.stack([surface.corners_m.T * _MM for surface in surfaces], axis=2)
    platform["ORIGIN"]["value"] = np.stack([surface.origin_m * _MM for surface in surfaces], axis=1)
    platform["CHANNEL"]["value"] = np.arange(1, 6 * count + 1).reshape(count, 6).T
    file.add_parameter("PORT", "LOST", [track.lost for track in tracks])
    file.add_parameter("PORT", "START_NS", [str(tracks[0].start_ns)])
