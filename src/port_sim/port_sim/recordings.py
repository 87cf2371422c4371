"""The recordings that simulated devices replay; see data/README.md for what they are and whose."""

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

_JUMP = Path(__file__).parent / "data" / "force_plates_jump_2khz.npz"


@cache
def force_plate_jump(side: str) -> npt.NDArray[np.float32]:
    """Samples of the plate `left` or `right`: float32 (40000, 6), N and N·m, 2,000 Hz. Raises KeyError for others."""
    with np.load(_JUMP) as arrays:
        samples = np.ascontiguousarray(arrays[side].T, dtype=np.float32)
    samples.setflags(write=False)
    return samples
