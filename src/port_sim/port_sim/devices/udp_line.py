"""The device's end of a UDP conversation: a socket that talks to whoever spoke to it last; it can be unplugged.

Unplugged it neither hears nor sends. The other end notices silence, as with a pulled network cable; on one machine the
kernel also says that the port is closed, as it does of a sensor whose network is up before its service.
"""

import contextlib
import socket
import threading
from typing import Any

from port_ros.network_address import parse_url

_READ_BYTES = 2048


class UdpLine:
    """A socket at `port`, "udp://host:number"."""

    def __init__(self, port: str) -> None:
        url = parse_url(port, {"udp": 0})
        found = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_DGRAM)[0]
        self._family, self._address = found[0], found[4]
        self._peer: Any = None
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def replug(self) -> None:
        """Open the socket; nothing happens if it is open."""
        with self._lock:
            if self._socket is None:
                self._socket = socket.socket(self._family, socket.SOCK_DGRAM)
                self._socket.setblocking(False)
                self._socket.bind(self._address)

    def unplug(self) -> None:
        """Close the socket; the peer stays known, as to a device whose cable was pulled."""
        with self._lock:
            if self._socket is not None:
                self._socket.close()
                self._socket = None

    def read(self) -> bytes:
        """The next datagram; b"" if there is none."""
        with self._lock:
            if self._socket is None:
                return b""
            try:
                data, self._peer = self._socket.recvfrom(_READ_BYTES)
                return data
            except OSError:
                return b""

    def write(self, data: bytes) -> int:
        """Send one datagram; what cannot be sent is gone."""
        with self._lock, contextlib.suppress(OSError):
            if self._socket is not None and self._peer is not None:
                return self._socket.sendto(data, self._peer)
        return 0
