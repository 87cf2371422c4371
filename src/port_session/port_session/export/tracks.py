"""Recorded force plate blocks as one even row of samples a plate; where a sample was lost stands NaN. Pure."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from port_session.recorder.even_axis import ROOM_S, Block, can_be_placed, place
from port_session.recorder.read import Recorded

WRENCH_BLOCK = "port_interfaces/msg/WrenchBlock"
_SETTLED_S = 10.0
#: Status of a sample that is not there.
LOST = 0x80


@dataclass(frozen=True)
class Track:
    """One plate. start_ns: of the first sample, system clock. wrench: float32 (N, 6), N and N·m, as recorded, NaN where
    lost. status: uint8 (N,), the bits of WrenchBlock, LOST where lost. remarks: what is not shown as it was."""

    name: str
    rate_hz: float
    start_ns: int
    wrench: npt.NDArray[np.float32]
    status: npt.NDArray[np.uint8]
    remarks: tuple[str, ...] = ()

    @property
    def lost(self) -> int:
        return int(np.count_nonzero(self.status & LOST))


def collect(messages: Iterable[Recorded]) -> list[Track]:
    """The plates among recorded messages, by name."""
    blocks: dict[str, list[Any]] = {}
    for one in messages:
        if one.type_name == WRENCH_BLOCK and can_be_placed(one.message.period_s):
            blocks.setdefault(one.message.device_id, []).append(one.message)
    return [_track(name, found) for name, found in sorted(blocks.items())]


def aligned(tracks: Sequence[Track]) -> list[Track]:
    """All from the earliest first to the latest last sample, on whole periods. Raises ValueError for unlike rates."""
    rates = {round(track.rate_hz, 6) for track in tracks}
    if len(rates) != 1:
        raise ValueError(f"the plates have unlike rates ({sorted(rates)} Hz): export one at a time with --plate")
    rate_hz, start_ns = rates.pop(), min(track.start_ns for track in tracks)
    apart_s = (max(track.start_ns for track in tracks) - start_ns) * 1e-9
    if apart_s > ROOM_S:
        raise ValueError(
            f"by their stamps the plates began {apart_s:,.0f} s apart (was the clock set while it was recorded?): "
            "export one at a time with --plate"
        )
    shifts = [round((track.start_ns - start_ns) * 1e-9 * rate_hz) for track in tracks]
    length = max(shift + len(track.wrench) for shift, track in zip(shifts, tracks, strict=True))
    return [_moved(track, start_ns, shift, length) for shift, track in zip(shifts, tracks, strict=True)]


def between(tracks: Sequence[Track], from_s: float, to_s: float) -> list[Track]:
    """The part from `from_s` to `to_s` after the start. Raises ValueError where there is none."""
    parts = [_cut(track, _at(from_s, track), to_s) for track in tracks]
    if not any(len(part.wrench) for part in parts):
        if not from_s < to_s:
            raise ValueError(f"--from {from_s:g} does not come before --to {to_s:g}")
        lasts_s = max(len(track.wrench) / track.rate_hz for track in tracks)
        raise ValueError(f"no sample lies there: the recording lasts {lasts_s:.1f} s, --from 0 to {lasts_s:.1f}")
    return parts


def _cut(track: Track, first: int, to_s: float) -> Track:
    last = _at(to_s, track)
    start_ns = track.start_ns + round(first / track.rate_hz * 1e9)
    return replace(track, start_ns=start_ns, wrench=track.wrench[first:last], status=track.status[first:last])


def _at(seconds: float, track: Track) -> int:
    """The sample at `seconds`, within the track. Raises ValueError for NaN."""
    return round(min(max(0.0, seconds * track.rate_hz), len(track.wrench)))


def _track(name: str, blocks: list[Any]) -> Track:
    rate_hz = 1.0 / blocks[0].period_s
    placed = place([Block(int(one.first_index), len(one.status), _ns(one)) for one in blocks], rate_hz)
    start_ns = _start_ns(blocks, placed.places, rate_hz)
    wrench = np.full((placed.length, 6), np.nan, dtype=np.float32)
    status = np.full(placed.length, LOST, dtype=np.uint8)
    for first, block in zip(placed.places, blocks, strict=True):
        samples = slice(first, first + len(block.status))
        wrench[samples] = np.asarray(block.wrench, dtype=np.float32).reshape(-1, 6)
        status[samples] = np.frombuffer(bytes(block.status), dtype=np.uint8)
    return Track(name, rate_hz, start_ns, wrench, status, placed.remarks)


def _start_ns(blocks: list[Any], places: Sequence[int], rate_hz: float) -> int:
    """When the first sample was taken, by the stamps of the first seconds: those of a node that got no processor time
    when it started are late until it has seen the device's pace."""
    settled = [_ns(block) - round(place / rate_hz * 1e9)
               for block, place in zip(blocks, places, strict=True) if place <= _SETTLED_S * rate_hz]  # fmt: skip
    return statistics.median_low(settled)


def _moved(track: Track, start_ns: int, shift: int, length: int) -> Track:
    wrench, status = np.full((length, 6), np.nan, dtype=np.float32), np.full(length, LOST, dtype=np.uint8)
    wrench[shift : shift + len(track.wrench)] = track.wrench
    status[shift : shift + len(track.status)] = track.status
    return replace(track, start_ns=start_ns, wrench=wrench, status=status)


def _ns(block: Any) -> int:
    return int(block.header.stamp.sec) * 1_000_000_000 + int(block.header.stamp.nanosec)
