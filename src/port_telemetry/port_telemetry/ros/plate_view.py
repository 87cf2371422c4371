"""A force plate as a SCADA host sees it: mean forces, age and rate, thinned from thousands of samples a second."""

import numpy as np
from port_interfaces.msg import WrenchBlock

from port_ros import stamps
from port_telemetry.core.sparkplug.payload import Value

_PLATE_PERIOD_S, _RATE_PERIOD_S = 0.1, 1.0
_BAD_SAMPLE = WrenchBlock.SATURATED | WrenchBlock.INVALID


class PlateView:
    """What one force plate has to say, ten times a second; a bad sample in between is not overlooked."""

    def __init__(self, shows_forces: bool) -> None:
        self._shows_forces = shows_forces
        self._bad, self._next_s = False, 0.0
        self._counted: tuple[float, int] | None = None
        self._rate_hz: float | None = None

    def values(self, message: WrenchBlock, now_s: float, now_ns: int) -> dict[str, Value] | None:
        """None while it is not time to say anything."""
        self._bad = self._bad or bool(np.bitwise_or.reduce(np.asarray(message.status, np.uint8)) & _BAD_SAMPLE)
        if now_s < self._next_s:
            return None
        self._next_s = now_s + _PLATE_PERIOD_S
        self._count(message.received_total, now_s)
        last_ns = stamps.to_ns(message.header.stamp) + int((len(message.status) - 1) * message.period_s * 1e9)
        said: dict[str, Value] = {
            "Valid": not self._bad, "Age": (now_ns - last_ns) / 1e9, "Rate": self._rate_hz,
            "Lost Samples": message.lost_total,
        }  # fmt: skip
        self._bad = False
        return said | self._forces(message) if self._shows_forces else said

    def _forces(self, message: WrenchBlock) -> dict[str, Value]:
        mean = np.asarray(message.wrench, "<f4").reshape(-1, 6)[:, :3].mean(axis=0).tolist()
        return {f"Force/{axis}": force for axis, force in zip("XYZ", mean, strict=True)}

    def _count(self, received: int, now_s: float) -> None:
        if self._counted is None:
            self._counted = now_s, received
            return
        since_s, before = self._counted
        if now_s - since_s >= _RATE_PERIOD_S:
            self._rate_hz = max(0, received - before) / (now_s - since_s)
            self._counted = now_s, received
