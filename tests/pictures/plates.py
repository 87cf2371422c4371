"""The centre of pressure of the recorded jump, on the plates of hall_lane."""

from pathlib import Path

import numpy as np

from port_sensors.core.surface import Surface
from port_session.export import picture
from port_session.export.tracks import Track
from port_sim.devices.wrench_device import RECORDED_HZ
from port_sim.recordings import force_plate_jump
from tests.sim_ground import CORNERS, ORIGINS

#: Of the recording: stepping on, standing, the jump, the landing.
_FROM_S, _TO_S = 4.0, 12.0


def jump_cop(file: Path) -> None:
    """Draw it into `file`."""
    part = slice(round(_FROM_S * RECORDED_HZ), round(_TO_S * RECORDED_HZ))
    samples = {side: force_plate_jump(side)[part] for side in CORNERS}
    tracks = [
        Track(side, RECORDED_HZ, 0, wrench, np.zeros(len(wrench), dtype=np.uint8)) for side, wrench in samples.items()
    ]
    picture.write(tracks, {side: Surface.of(CORNERS[side], ORIGINS[side]) for side in CORNERS}, file)
