"""What the wires have in common whose frames come in a byte stream, and those of them that number nothing.

Knows no device, opens nothing.
"""

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from port_sensors.protocol.framing import Found, FrameFinder, Layout
from port_sensors.protocol.wrench_protocol import Settings, WrenchProtocol


class StreamProtocol(WrenchProtocol):
    """A wire of frames of one size. layout: what they look like. dtype: their fields."""

    layout: ClassVar[Layout]
    dtype: ClassVar[np.dtype[np.void]]

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._finder = FrameFinder(self.layout)

    @property
    def waiting_bytes(self) -> int:
        return self._finder.waiting_bytes

    def forget(self) -> int:
        return self._finder.forget()

    def _frames(self, chunk: bytes) -> tuple[npt.NDArray[np.void], Found]:
        """The frames that `chunk` completes, by their fields, and all that was found."""
        found = self._finder.feed(chunk)
        return found.rows.reshape(-1).view(self.dtype), found


class UncountedProtocol(StreamProtocol):
    """A wire whose frames carry no counter: what came is numbered here."""

    turn = 0

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._count = 0

    def _numbers(self, frames: npt.NDArray[np.void]) -> npt.NDArray[np.int64]:
        first, self._count = self._count, self._count + len(frames)
        return np.arange(first, self._count)
