"""What all wires that stream wrenches have in common, so that one driver serves them all. Knows no device.

A protocol is pure: bytes in, batches out; it says what to send to configure, start and stop its device and which
answers belong to that, but sends nothing, waits for nothing and reads no clock.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

#: Bits of a sample's status, as in port_interfaces/WrenchBlock.
SATURATED, INVALID, UNCHECKED, UNCOUNTED = 1, 2, 4, 8


@dataclass(frozen=True)
class Settings:
    """How a device is to stream.

    rate_hz: samples a second. counts_per_unit: for devices that send counts, counts per N (Fx Fy Fz) and per N·m
    (Mx My Mz), from the device's certificate or its own page; empty for devices that send units.
    """

    rate_hz: float
    counts_per_unit: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.rate_hz > 0:
            raise ValueError(f"rate_hz: {self.rate_hz} is not above 0")
        if len(self.counts_per_unit) not in (0, 6):
            raise ValueError(f"counts_per_unit: {len(self.counts_per_unit)} numbers, not 6")
        if not all(np.isfinite(count) and count != 0 for count in self.counts_per_unit):
            raise ValueError("counts_per_unit: every number must be finite and not 0")


@dataclass(frozen=True)
class Batch:
    """What one `feed` found: N samples, the answers between them, and bytes that belonged to neither.

    numbers: int64 (N,), the device's count, 0…turn−1; without a counter the count of what came. wrench: float32 (N, 6),
    N and N·m. status: uint8 (N,), bits as above. temperature_c: the newest that the device told, or None.
    """

    numbers: npt.NDArray[np.int64]
    wrench: npt.NDArray[np.float32]
    status: npt.NDArray[np.uint8]
    rejected_bytes: int
    answers: tuple[bytes, ...] = ()
    temperature_c: float | None = None


@dataclass(frozen=True)
class Exchange:
    """Something to send. judge: of an answer, whether it says yes (True), no (False), or is not meant (None); without
    `judge` the device does not answer."""

    name: str
    send: bytes
    judge: Callable[[bytes], bool | None] | None = None


class WrenchProtocol(ABC):
    """One device's wire.

    frame_bytes: of one sample. turn: the counter begins anew after so many; 0 if there is none (samples are then
    UNCOUNTED: a loss is seen only as a pause). check: what guards a frame, in words. undetected: the share of frames
    with several random bytes that pass the check; 1 if there is none (samples are then UNCHECKED). datagrams: whether a
    chunk is one datagram instead of part of a stream. bauds: the only ones at which the device sends; empty: any.
    """

    frame_bytes: ClassVar[int]
    turn: ClassVar[int]
    check: ClassVar[str]
    undetected: ClassVar[float]
    datagrams: ClassVar[bool] = False
    bauds: ClassVar[tuple[int, ...]] = ()

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @abstractmethod
    def feed(self, chunk: bytes) -> Batch:
        """Take the next bytes of the stream, or the next datagram."""

    def feed_all(self, chunks: Sequence[bytes]) -> Batch:
        """Take several chunks at once, in order: the same as one by one, and cheaper."""
        return self.feed(b"".join(chunks))

    @property
    def waiting_bytes(self) -> int:
        """How many bytes wait for more; bounded."""
        return 0

    def forget(self) -> int:
        """Drop the bytes that wait: the stream broke off, what comes next does not complete them. Returns how many."""
        return 0

    @abstractmethod
    def configuration(self) -> tuple[Exchange, ...]:
        """What makes the device quiet and sets it up."""

    @abstractmethod
    def start(self) -> Exchange:
        """What makes it stream."""

    @abstractmethod
    def stop(self) -> Exchange:
        """What makes it quiet."""


def no_status(count: int, bits: int = 0) -> npt.NDArray[np.uint8]:
    """The same status for `count` samples."""
    return np.full(count, bits, dtype=np.uint8)
