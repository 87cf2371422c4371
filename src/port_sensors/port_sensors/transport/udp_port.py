"""A UDP conversation with one device, with the same face and failures as a serial port. Knows no protocol.

Only datagrams of the device are read. A socket cannot be absent or busy; a device that cannot be reached shows as
LinkLost where the kernel knows (no route, port closed), else as silence, which the driver notices.
"""

import select
import socket

from port_ros.network_address import NetworkAddress, parse_url
from port_sensors.transport.serial_port import LinkLost

SCHEME = "udp://"
_READ_BYTES = 65536
#: A second of a fast sensor: what the kernel keeps while we are busy.
_KERNEL_BYTES = 1 << 20


def parse_udp(path: str) -> NetworkAddress:
    """The parts of "udp://host:number". Raises ValueError that says what is wrong and what mends it."""
    return parse_url(path, {"udp": 0})


class UdpPort:
    """A connected socket to `path`, "udp://host:number"; also "udp://[address]:number". Raises LinkLost."""

    datagrams = True

    def __init__(self, path: str) -> None:
        self.path = path
        url = parse_udp(path)
        try:
            family, kind, _, _, place = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_DGRAM)[0]
            self._socket = socket.socket(family, kind)
        except OSError as error:
            raise self._lost(error) from error
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KERNEL_BYTES)
            self._socket.setblocking(False)
            self._socket.connect(place)
        except OSError as error:
            self.close()
            raise self._lost(error) from error
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)

    def read(self, timeout_s: float) -> bytes:
        """The next datagram; b"" if none comes within `timeout_s`. Raises LinkLost."""
        try:
            return self._socket.recv(_READ_BYTES) if self._poll.poll(timeout_s * 1000) else b""
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._lost(error) from error

    def write(self, data: bytes) -> None:
        """Send one datagram. Raises LinkLost."""
        try:
            self._socket.send(data)
        except OSError as error:
            raise self._lost(error) from error

    def discard_input(self) -> None:
        """Forget what has arrived and was not read. Raises LinkLost."""
        while self.read(0.0):
            pass

    def close(self) -> None:
        """Let go of the socket; never raises."""
        self._socket.close()

    def _lost(self, error: BaseException) -> LinkLost:
        return LinkLost(
            f"{self.path}: cannot be reached ({error})", "check the device's power, its cable and its address"
        )
