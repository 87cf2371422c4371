"""What this machine gives a session beside its programs: room on the disk, and a clock that somebody keeps."""

import contextlib
import ctypes
import os
from pathlib import Path

from port_session.admission.finding import Finding

#: Below the first a session that records two plates and a camera is full within minutes, below the second within hours.
_LEAST_BYTES, _LITTLE_BYTES = 200_000_000, 5_000_000_000
#: timex.status: nobody keeps the clock; what adjtimex gives back when it may be wrong.
_UNSYNCHRONISED, _ERROR = 0x40, 5
#: Beyond this even a kept clock is worse than what the gate allows stamps to be ahead.
_WORST_US = 50_000


def disk(out: Path) -> Finding:
    """Where the evidence goes."""
    there = next(folder for folder in (out, *out.parents) if folder.exists())
    room = os.statvfs(there)
    return disk_finding(out, room.f_bavail * room.f_frsize)


def disk_finding(out: Path, free_bytes: int) -> Finding:
    """free_bytes: for whoever is not root."""
    detail, remedy = f"{free_bytes / 1e9:.1f} GB free for {out}", "free some, or choose another folder (--out)"
    if free_bytes < _LEAST_BYTES:
        return Finding("disk", False, detail, remedy)
    little = free_bytes < _LITTLE_BYTES
    return Finding("disk", True, remedy=remedy if little else "", detail=detail, odd=little)


class _Timex(ctypes.Structure):
    """struct timex (Linux, adjtimex(2)); what follows is room."""

    _fields_ = (
        ("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long), ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long), ("status", ctypes.c_int), ("room", ctypes.c_long * 32),
    )  # fmt: skip


def system_clock() -> list[Finding]:
    """Whether somebody keeps it (chrony, ntpd, systemd-timesyncd tell the kernel); none where it tells nothing."""
    timex = _Timex()
    with contextlib.suppress(OSError, AttributeError):
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
        if state >= 0:
            return [clock_finding(state == _ERROR or bool(timex.status & _UNSYNCHRONISED), int(timex.maxerror))]
    return []


def clock_finding(unkept: bool, most_us: int) -> Finding:
    """unkept: nobody keeps it; most_us: how far off it may be."""
    remedy = "run chrony on this machine and on the robot's, or ptp4l and phc2sys where the network has PTP"
    if unkept:
        detail = "nobody keeps it: its stamps and the robot's drift apart"
        return Finding("system clock", True, remedy=remedy, detail=detail, odd=True)
    detail = f"kept, at most {most_us / 1000:.1f} ms off"
    if most_us > _WORST_US:
        return Finding("system clock", True, remedy="wait until it has settled", detail=detail, odd=True)
    return Finding("system clock", True, detail=detail)
