"""What a wrench says: samples' status, the centre of pressure. Knows no device.

Wrenches are (N, 6) or (6,): Fx Fy Fz Mx My Mz in N and N·m, in the plate's frame, about the plate's origin on its
surface; Fz is positive under load.
"""

import numpy as np
import numpy.typing as npt

#: Bits of a sample's status that are judged here, as in port_interfaces/WrenchBlock.
SATURATED, INVALID = 1, 2

#: Below this vertical force a centre of pressure is noise divided by noise (Fz is not divided by then).
COP_THRESHOLD_N = 20.0


def centre_of_pressure(wrench: npt.NDArray[np.floating], threshold_n: float = COP_THRESHOLD_N) -> tuple[float, float]:
    """x, y in m on the surface: x = −My/Fz, y = Mx/Fz. NaN, NaN where Fz is under `threshold_n` or not finite."""
    _, _, force_z, moment_x, moment_y, _ = (float(value) for value in wrench)
    if not force_z >= threshold_n:
        return float("nan"), float("nan")
    return -moment_y / force_z, moment_x / force_z


def status_of(wrench: npt.NDArray[np.float32], full_scale_n: float) -> npt.NDArray[np.uint8]:
    """Status bits a sample of uncalibrated, untared `wrench`: what the device cannot have measured is marked."""
    if np.abs(wrench).max(initial=0.0) < full_scale_n:  # nearly always, and false for what is no number
        return np.zeros(len(wrench), dtype=np.uint8)
    saturated = np.abs(wrench[:, :3]).max(axis=1, initial=0.0) >= full_scale_n
    invalid = ~np.isfinite(wrench).all(axis=1)
    status: npt.NDArray[np.uint8] = np.where(saturated, SATURATED, 0).astype(np.uint8)
    status[invalid] |= INVALID
    return status
