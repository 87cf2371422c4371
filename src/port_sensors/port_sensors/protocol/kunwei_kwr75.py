"""Wire protocol of Kunwei's KWR75 force-torque sensors (RS-422, 460,800 baud).

Frame, 28 bytes: 48 AA | Fx Fy Fz in kgf, Mx My Mz in kgf·m, float32 little-endian | 0D 0A. There is neither checksum
nor counter: a damaged value cannot be told from a measured one, a lost sample shows only as a pause. Every sample
therefore says UNCHECKED and UNCOUNTED; what is no finite number says INVALID.

`48 AA 0D 0A` starts the stream, `43 AA 0D 0A` ends it; neither is answered. Source: Kunwei KWR75 communication protocol
(RS-422), as published with the sensor's ROS drivers. Opens nothing, waits for nothing.
"""

import numpy as np
import numpy.typing as npt

from port_sensors.protocol.framing import Layout, Rows
from port_sensors.protocol.stream_protocol import UncountedProtocol
from port_sensors.protocol.wrench_protocol import (
    INVALID,
    UNCHECKED,
    UNCOUNTED,
    Batch,
    Exchange,
    no_status,
)

_FRAME = np.dtype([("head", "u1", (2,)), ("wrench", "<f4", (6,)), ("tail", "u1", (2,))])
#: Standard gravity (ISO 80000-3): a kilogram-force in N.
_KGF_N = 9.80665


def _sound(rows: Rows) -> npt.NDArray[np.bool_]:
    return np.asarray((rows[:, 26] == 0x0D) & (rows[:, 27] == 0x0A))


class KunweiKwr75(UncountedProtocol):
    """One sensor."""

    frame_bytes = _FRAME.itemsize
    layout = Layout(b"\x48\xaa", _FRAME.itemsize, _sound)
    dtype = _FRAME
    check = "none: only head and tail are fixed"
    undetected = 1.0
    bauds = (460_800,)

    def feed(self, chunk: bytes) -> Batch:
        frames, found = self._frames(chunk)
        with np.errstate(over="ignore", invalid="ignore"):
            wrench = (frames["wrench"] * np.float64(_KGF_N)).astype(np.float32)
        status = no_status(len(frames), UNCHECKED | UNCOUNTED)
        status[~np.isfinite(wrench).all(axis=1)] |= INVALID
        return Batch(self._numbers(frames), wrench, status, found.rejected_bytes)

    def configuration(self) -> tuple[Exchange, ...]:
        return (self.stop(),)

    def start(self) -> Exchange:
        return Exchange("start of the stream", b"\x48\xaa\x0d\x0a")

    def stop(self) -> Exchange:
        return Exchange("end of the stream", b"\x43\xaa\x0d\x0a")
