"""The ground's control socket: reads lines, has them answered, writes the answers. Knows no command."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

_LINE_BYTES_MAX = 65536


class ControlServer:
    """Serves `answer` on a Unix stream socket at `path`, each connection in a thread of its own."""

    def __init__(self, path: Path, answer: Callable[[bytes], dict[str, Any]]) -> None:
        self._path = path
        self._answer = answer
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._thread = threading.Thread(target=self._accept, name="control", daemon=True)

    def start(self) -> None:
        """Listen. Raises OSError if somebody serves this socket already."""
        if self._path.exists():
            if _served(self._path):
                raise OSError(f"{self._path}: a simulated ground is running on this socket")
            self._path.unlink()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._listener.bind(str(self._path))
        self._path.chmod(0o600)
        self._listener.listen(8)
        self._thread.start()

    def close(self) -> None:
        """End all connections and remove the socket."""
        with self._lock:
            open_ones = [self._listener, *self._connections]
        for one in open_ones:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        if self._thread.is_alive():
            self._thread.join(1.0)
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), name="control line", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as lines:
                while line := lines.readline(_LINE_BYTES_MAX):
                    if not line.endswith(b"\n"):
                        _say(connection, {"ok": False, "error": f"no line end within {_LINE_BYTES_MAX} bytes"})
                        return
                    _say(connection, self._answer(line))
        except (OSError, ValueError):
            pass  # the other end is gone, or we are closing
        finally:
            with self._lock:
                self._connections.discard(connection)


def _say(connection: socket.socket, answer: dict[str, Any]) -> None:
    connection.sendall(json.dumps(answer).encode() + b"\n")


def _served(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(str(path)) == 0
