"""A serial port, opened for us alone, whose every failure says what mends it. Knows no protocol and keeps no bytes.

Works on real ports and on pseudo-terminals. A port that is gone shows itself in many ways (end of file, EIO, a plain
OSError from pyserial's own calls): all of them become `LinkLost`. Source: pyserial 3.5, tty_ioctl(4).
"""

import errno
import os
import select
from pathlib import Path

import serial

from port_sensors.transport.holders import holders

_READ_BYTES = 65536


class LinkLost(Exception):
    """The device cannot be talked to. reason: one line for people. remedy: one line that says what mends it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}: {remedy}")
        self.reason = reason
        self.remedy = remedy


class PortAbsent(LinkLost):
    """There is no such port."""


class PortBusy(LinkLost):
    """Somebody else has the port."""


class PortDenied(LinkLost):
    """We may not open the port."""


class SerialPort:
    """An open port at `baud`, 8N1. Raises PortAbsent, PortBusy, PortDenied or LinkLost."""

    def __init__(self, path: str, baud: int) -> None:
        self.path = path
        self._port = _open(path, baud)
        self._fd = self._port.fileno()
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._poll.register(self._bell, select.POLLIN)

    def read(self, timeout_s: float) -> bytes:
        """What has arrived; b"" if nothing does within `timeout_s`, or after `wake`. Raises LinkLost."""
        try:
            rang = {fd for fd, _ in self._poll.poll(timeout_s * 1000)}
            if self._bell in rang:
                os.eventfd_read(self._bell)
            if self._fd not in rang:
                return b""
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._lost(error) from error
        if not data:
            raise self._lost(None)
        return data

    def wake(self) -> None:
        """Have the `read` that waits, or else the next, return at once. Called from any thread while it is open."""
        os.eventfd_write(self._bell, 1)

    def write(self, data: bytes) -> None:
        """Send all of `data`. Raises LinkLost, also if the port takes nothing for 0.2 s."""
        try:
            self._port.write(data)
        except (OSError, serial.SerialException) as error:
            raise self._lost(error) from error

    def discard_input(self) -> None:
        """Forget what has arrived and was not read. Raises LinkLost."""
        try:
            self._port.reset_input_buffer()
        except (OSError, serial.SerialException) as error:
            raise self._lost(error) from error
        except Exception as error:  # termios.error is no OSError
            raise self._lost(None) from error

    def close(self) -> None:
        """Let go of the port; never raises."""
        try:
            self._port.close()
        except Exception:  # a dead port may fail in any call; it is closed all the same
            self._port.fd = None
        if self._bell >= 0:
            os.close(self._bell)
            self._bell = -1

    def _lost(self, error: BaseException | None) -> LinkLost:
        detail = f" ({error})" if error else ""
        return LinkLost(f"{self.path}: link lost{detail}", "plug the cable in again and check the device's power")


def _open(path: str, baud: int) -> serial.Serial:
    if not Path(path).exists():
        raise PortAbsent(f"{path}: no such port", "plug the device in, or correct `port` in the ground's file")
    try:
        return serial.Serial(path, baudrate=baud, timeout=0, write_timeout=0.2, exclusive=True)
    except (OSError, serial.SerialException, ValueError) as error:
        raise _explain(path, error) from error
    except Exception as error:  # termios.error: a device that does not know `baud`
        remedy = f"check that it is a serial port and knows {baud} baud"
        raise LinkLost(f"{path}: cannot be set up ({error})", remedy) from error


def _explain(path: str, error: Exception) -> LinkLost:
    """What a failed open means and what mends it."""
    number = getattr(error, "errno", None)
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        return PortAbsent(f"{path}: no such port", "plug the device in, or correct `port` in the ground's file")
    if number in (errno.EACCES, errno.EPERM):
        return PortDenied(f"{path}: permission denied", "add your user to the group dialout and log in again")
    if number in (errno.EBUSY, errno.EAGAIN):
        who = f"already open by {', '.join(map(str, holders([path])[path])) or 'another process'}"
        return PortBusy(f"{path}: {who}", "end that process, or correct `port` in the ground's file")
    return LinkLost(f"{path}: cannot be opened ({error})", "check the cable and that `port` names a serial port")
