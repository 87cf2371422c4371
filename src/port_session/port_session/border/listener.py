"""Where the robot's side comes in: a Unix socket on one machine, else TCP with TLS and certificates both ways.

One robot at a time: a second one is told so. A handshake that takes long keeps nobody else waiting.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from port_session.border.certificates import EDGE, refusal

#: How long a handshake may take, and how many may go on at a time.
_HANDSHAKE_S, _HANDSHAKES = 5.0, 4


class Listener:
    """Hands over each socket that may come in, from `start` to `close`; calls come from its threads.

    refused: told who was turned away, and why. Raises OSError where it cannot listen.
    """

    def __init__(
        self, where: str, certificates: Path | None, team: str,
        accepted: Callable[[socket.socket], None], refused: Callable[[str, str], None],
    ) -> None:  # fmt: skip
        self.where, self._certificates, self._team = where, certificates, team
        self._accepted, self._refused = accepted, refused
        self._context = None if certificates is None else server_context(certificates)
        self._socket = _listening(where)
        self._free = threading.BoundedSemaphore(_HANDSHAKES)
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return  # closed
            if not self._free.acquire(blocking=False):
                plain.close()
                continue
            threading.Thread(target=self._shake_hands, args=(plain,), name="handshake", daemon=True).start()

    def _shake_hands(self, plain: socket.socket) -> None:
        address = _address(plain)
        try:
            plain.settimeout(_HANDSHAKE_S)
            if self._context is None:
                self._accepted(plain)
                return
            self._check(self._context.wrap_socket(plain, server_side=True), address)
        except (OSError, ssl.SSLError, ValueError) as error:
            plain.close()
            self._refused(address, _words(error))
        finally:
            self._free.release()

    def _check(self, secured: ssl.SSLSocket, address: str) -> None:
        assert self._certificates is not None
        shown = secured.getpeercert(binary_form=True) or b""
        if why := refusal(self._certificates, shown, self._team, datetime.now(UTC)):
            secured.close()
            self._refused(address, why)
            return
        self._accepted(secured)


def server_context(folder: Path) -> ssl.SSLContext:
    """TLS 1.3, and nobody comes in without a certificate of this ground. Raises OSError, ssl.SSLError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(folder / f"{EDGE}.crt", folder / f"{EDGE}.key")
    context.load_verify_locations(folder / "ca.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _listening(where: str) -> socket.socket:
    if where.startswith("/"):
        with contextlib.suppress(FileNotFoundError):
            Path(where).unlink()
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(where)
    else:
        host, _, port = where.rpartition(":")
        sock = socket.create_server((host, int(port)), reuse_port=False)
    sock.listen(8)
    return sock


def _address(sock: socket.socket) -> str:
    try:
        name = sock.getpeername()
    except OSError:
        return "?"
    return str(name[0]) if isinstance(name, tuple) else "this machine"


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return {
            "CERTIFICATE_VERIFY_FAILED": f"its certificate is not good here: {getattr(error, 'verify_message', '')}",
            "PEER_DID_NOT_RETURN_A_CERTIFICATE": "it showed no certificate",
        }.get(error.reason, error.reason.replace("_", " ").lower())
    return str(getattr(error, "strerror", "") or error)
