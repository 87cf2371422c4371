"""Wires that stall: serial lines, UDP sockets and HTTP servers that do what such a one can instead of going on."""

import os
import socket
import threading
import tty
from collections.abc import Iterator
from pathlib import Path


class StalledLine:
    """A serial line, found at `path`. Each kind:

    silent: takes what is sent, sends nothing. half: answers everything with `half` of a frame, then nothing. deaf: its
    buffer is full, so that it takes no byte. mute: the same, and half a frame is on the line.
    """

    KINDS = ("silent", "half", "deaf", "mute")

    def __init__(self, path: Path, kind: str, half: bytes) -> None:
        self.path, self._half = path, half
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        os.set_blocking(self._slave, False)
        path.symlink_to(os.ttyname(self._slave))
        self._stop = threading.Event()
        self._answers = kind == "half"
        self._thread = threading.Thread(target=self._live, name=f"stalled {path.name}")
        if kind in ("deaf", "mute"):
            self._fill()
        else:
            self._thread.start()
        if kind == "mute":
            os.write(self._master, half)

    def close(self) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self.path.unlink()
        os.close(self._slave)
        os.close(self._master)

    def _fill(self) -> None:
        try:
            while True:
                os.write(self._slave, bytes(256))
        except BlockingIOError:
            pass

    def _live(self) -> None:
        while not self._stop.wait(0.01):
            try:
                asked = os.read(self._master, 4096)
            except BlockingIOError:
                continue
            if asked and self._answers:
                os.write(self._master, self._half)


class StalledUdp:
    """A UDP device at `port`. silent: says nothing. half: answers with half a datagram. gone: its port is closed."""

    KINDS = ("silent", "half", "gone")

    def __init__(self, kind: str, half: bytes) -> None:
        self._half = half
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self.port = f"udp://127.0.0.1:{self._socket.getsockname()[1]}"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._answer, name=f"stalled udp {kind}")
        if kind == "gone":
            self._socket.close()
        elif kind == "half":
            self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._socket.close()

    def _answer(self) -> None:
        while not self._stop.is_set():
            try:
                _, peer = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            self._socket.sendto(self._half, peer)


class StalledHttp:
    """An HTTP camera. Each kind:

    mute: takes the connection, says nothing. dripping: one byte of its answer's head at a time, without end. headers:
    a good head, no body. half: a good head and half a picture. gone: nobody listens.
    """

    KINDS = ("mute", "dripping", "headers", "half", "gone")
    _HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n"
    _PART = b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: 9000\r\n\r\n\xff\xd8half of it"

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.05)
        self.address = f"http://127.0.0.1:{self._server.getsockname()[1]}/stream"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"stalled http {kind}")
        if kind == "gone":
            self._server.close()
        elif kind != "mute":
            self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._server.close()

    def _serve(self) -> None:
        viewers: list[tuple[socket.socket, Iterator[bytes]]] = []
        while not self._stop.wait(0.02):
            try:
                viewer, _ = self._server.accept()
                viewers.append((viewer, self._words()))
            except TimeoutError:
                pass
            for wire, words in viewers:
                try:
                    wire.sendall(next(words, b""))
                except OSError:
                    continue
        for wire, _ in viewers:
            wire.close()

    def _words(self) -> Iterator[bytes]:
        if self._kind == "dripping":
            yield b"HTTP/1.0 200 OK\r\nX-Slow: "
            while True:
                yield b"."
        yield self._HEAD
        if self._kind == "half":
            yield self._PART


class PlayedHttp(StalledHttp):
    """An HTTP camera that sends these parts, then nothing."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts = parts
        super().__init__("headers")

    def _words(self) -> Iterator[bytes]:
        yield self._HEAD
        yield from self._parts
