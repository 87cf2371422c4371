"""Force plates as CSV: a row a sample, every number as it was recorded, empty where a sample was lost.

Columns: time_s since the first sample; for each plate Fx Fy Fz in N, Mx My Mz in N·m, status (bits of WrenchBlock, 128
lost), and where the plate's place is known the centre of pressure in its frame in m and the free moment in N·m.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from port_sensors.core.surface import Surface, centre_and_free_moment
from port_session.export.tracks import Track

_CHANNELS = ("fx_n", "fy_n", "fz_n", "mx_nm", "my_nm", "mz_nm")
_DERIVED = ("cop_x_m", "cop_y_m", "free_moment_nm")


def write(tracks: Sequence[Track], surfaces: Mapping[str, Surface], path: Path) -> None:
    """Write `tracks`, aligned."""
    names, columns = ["time_s"], [[f"{number / tracks[0].rate_hz:.6f}" for number in range(len(tracks[0].wrench))]]
    for track in tracks:
        names += [f"{track.name}.{channel}" for channel in (*_CHANNELS, "status")]
        columns += [_texts(channel) for channel in track.wrench.T]
        columns.append([str(status) for status in track.status.tolist()])
        if track.name in surfaces:
            about_surface = surfaces[track.name].at_surface(track.wrench.astype(np.float64))
            names += [f"{track.name}.{value}" for value in _DERIVED]
            columns += [_texts(value.astype(np.float32)) for value in centre_and_free_moment(about_surface)]
    rows = (",".join(row) for row in zip(*columns, strict=True))
    path.write_text("\n".join([",".join(names), *rows]) + "\n", encoding="utf-8")


def _texts(values: npt.NDArray[np.float32]) -> list[str]:
    """Nine digits tell every float32 exactly."""
    return [f"{value:.9g}" if value == value else "" for value in values.tolist()]
