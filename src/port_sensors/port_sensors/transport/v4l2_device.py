"""An open video device: kernel buffers mapped into memory, filled and handed back. Knows no bytes' meaning.

The requests' contents come from the caller as bytes; every failure becomes `LinkLost` with what mends it.
"""

import contextlib
import errno
import fcntl
import mmap
import os
import select
from pathlib import Path

from port_sensors.transport.serial_port import LinkLost, PortAbsent, PortBusy, PortDenied


class V4l2Device:
    """The device at `path`, e.g. /dev/v4l/by-id/…. Raises PortAbsent, PortBusy, PortDenied or LinkLost."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._maps: list[mmap.mmap] = []
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise self._failure(error) from error
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)

    def request(self, number: int, argument: bytearray | bytes) -> bytearray:
        """One ioctl; returns what the kernel wrote into `argument`. Raises LinkLost."""
        data = bytearray(argument)
        try:
            fcntl.ioctl(self._fd, number, data, True)
        except OSError as error:
            raise self._failure(error) from error
        return data

    def map(self, offset: int, length: int) -> None:
        """Map the next buffer into memory. Raises LinkLost."""
        try:
            self._maps.append(mmap.mmap(self._fd, length, mmap.MAP_SHARED, mmap.PROT_READ, offset=offset))
        except (OSError, ValueError) as error:
            raise LinkLost(f"{self._path}: its buffers cannot be mapped ({error})", _REPLUG) from error

    def content(self, index: int, length: int) -> bytes:
        """A copy of the first `length` bytes of buffer `index`."""
        return self._maps[index][:length]

    def wait(self, timeout_s: float) -> bool:
        """Whether a buffer is filled within `timeout_s`."""
        return bool(self._poll.poll(timeout_s * 1000))

    def close(self) -> None:
        """Let go of the device; never raises."""
        for one in self._maps:
            one.close()
        self._maps.clear()
        with contextlib.suppress(OSError):
            os.close(self._fd)

    def _failure(self, error: OSError) -> LinkLost:
        kind, what, remedy = _FAILURES.get(error.errno or 0, (LinkLost, error.strerror or str(error), _REPLUG))
        if error.errno == errno.ENOENT and not Path(self._path).parent.is_dir():
            what = "no camera is plugged in"
        return kind(f"{self._path}: {what}", remedy)


_REPLUG = "plug the camera out and in again; if that does not help, try another port"
_FAILURES: dict[int, tuple[type[LinkLost], str, str]] = {
    errno.ENOENT: (PortAbsent, "no such camera", "plug it in, or correct `address` (ls /dev/v4l/by-id)"),
    errno.ENODEV: (PortAbsent, "the camera is gone", "check its cable"),
    errno.ENXIO: (PortAbsent, "the camera is gone", "check its cable"),
    errno.EBUSY: (
        PortBusy,
        "somebody else uses the camera",
        "end the other program (fuser -v on the device says which)",
    ),
    errno.EACCES: (PortDenied, "permission denied", "add this user to the group `video`, and log in again"),
    errno.EPERM: (PortDenied, "permission denied", "add this user to the group `video`, and log in again"),
    errno.ENOTTY: (LinkLost, "is no video device", "correct `address` (ls /dev/v4l/by-id)"),
    errno.ENOSPC: (LinkLost, "the USB bus has no bandwidth left", "give the camera a USB controller of its own"),
}
