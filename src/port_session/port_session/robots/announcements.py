"""Listens to the announcements of all ROS domains on this machine's networks. Says nothing to anybody."""

import contextlib
import selectors
import socket
import struct
import threading
from types import TracebackType

from port_session.robots.participant import DOMAINS, Participant, announced, announcement_port

_GROUP = "239.255.0.1"
_LARGEST = 65_536
#: Whoever makes up participants fills no memory.
_MOST = 256
_WAIT_S = 0.1


class Announcements:
    """A context; `heard` grows while it lasts. interface: our address on the one network that counts; empty for all.

    Fast DDS announces itself every 3 s, Cyclone DDS every 8 s. Only who uses multicast is heard, and no process of this
    machine: local_participants.py finds those.
    """

    def __init__(self, interface: str = "") -> None:
        self._interface = interface
        self._found: dict[bytes, Participant] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="announcements", daemon=True)

    def __enter__(self) -> "Announcements":
        self._selector = selectors.DefaultSelector()
        for domain in DOMAINS:
            with contextlib.suppress(OSError):  # a port that somebody has for himself tells nothing
                self._selector.register(self._socket(domain), selectors.EVENT_READ, domain)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fileobj)
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()

    def heard(self) -> tuple[Participant, ...]:
        """Who of other machines announced itself so far."""
        return tuple(self._found.copy().values())

    def _socket(self, domain: int) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((_GROUP, announcement_port(domain)))
            self._join(listener)
        except OSError:
            listener.close()
            raise
        listener.setblocking(False)
        return listener

    def _join(self, listener: socket.socket) -> None:
        """ip_mreq or ip_mreqn of Linux: group, our address, number of the interface."""
        group = socket.inet_aton(_GROUP)
        if self._interface:
            places = [group + socket.inet_aton(self._interface)]
        else:
            places = [struct.pack("=4s4si", group, bytes(4), number) for number, _ in socket.if_nameindex()]
        for place in places:
            with contextlib.suppress(OSError):  # an interface that is down, or has no address
                listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, place)

    def _listen(self) -> None:
        while not self._ended.is_set():
            for key, _ in self._selector.select(_WAIT_S):
                with contextlib.suppress(OSError):
                    datagram, (address, _) = key.fileobj.recvfrom(_LARGEST)  # type: ignore[union-attr]
                    self._take(datagram, address, key.data)

    def _take(self, datagram: bytes, address: str, domain: int) -> None:
        found = announced(datagram, address, domain)
        if found is None or _of_this_machine(address):
            return
        if found[0] in self._found or len(self._found) < _MOST:
            self._found[found[0]] = found[1]


def _of_this_machine(address: str) -> bool:
    """Only an own address can be taken."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tried:
        try:
            tried.bind((address, 0))
        except OSError:
            return False
        return True
