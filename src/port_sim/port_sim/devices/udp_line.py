"""The device's end of a UDP conversation: a socket that talks to whoever spoke to it last; it can be unplugged.

Unplugged it neither hears nor sends. The other end notices silence, as with a pulled network cable; on one machine the
kernel also says that the port is closed, as it does of a sensor whose network is up before its service.
"""

import contextlib
import socket
import threading
from urllib.parse import urlsplit

_READ_BYTES = 2048


class UdpLine:
    """A socket at `port`, "udp://host:number"."""

    def __init__(self, port: str) -> None:
        parts = urlsplit(port)
        if parts.scheme != "udp" or not parts.hostname or not parts.port:
            raise ValueError(f"port: {port!r} is not udp://host:number")
        self._address = (parts.hostname, parts.port)
        self._peer: tuple[str, int] | None = None
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def replug(self) -> None:
        """Open the socket; nothing happens if it is open."""
        with self._lock:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
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
