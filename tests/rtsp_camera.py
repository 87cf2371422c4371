"""An RTSP camera: JPEG over RTP, interleaved in the RTSP connection, for one viewer after the other.

Sources: RFC 2326 (RTSP), RFC 2435 (RTP payload for JPEG), RFC 3550 (RTP). Frame n has the time n / rate in the stream,
however late the machine is, and says n by its brightness (`number_shown`).
"""

import contextlib
import hashlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from urllib.request import parse_http_list, parse_keqv_list

import cv2
import numpy as np

from port_sensors.core.edges import Gray

_CLOCK_HZ, _JPEG, _FRAGMENT_BYTES = 90_000, 26, 1400
_SHADES, _SHADE = 32, 7
_REALM, _NONCE = "camera", "0f1e2d3c4b5a"
_SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\n"
    "c=IN IP4 0.0.0.0\r\na=framerate:{rate:g}\r\na=control:track0\r\n"
)


class RtspServer:
    """At `address` between `replug` and `unplug`. lose: numbers of frames that are never sent.

    began_s: when its newest stream did, monotonic clock. login: user and password that a viewer must know (Digest, MD5,
    as RTSP has it). refused: how many requests came with a wrong one.
    """

    def __init__(self, rate_hz: float = 30.0, lose: tuple[int, ...] = (), login: tuple[str, str] | None = None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._place = probe.getsockname()
        self.address = f"rtsp://127.0.0.1:{self._place[1]}/stream"
        self._rate_hz, self._lose = rate_hz, lose
        self._thread = threading.Thread()
        self._frames = [_Jpeg(number * _SHADE + 16) for number in range(_SHADES)]
        self.began_s = 0.0
        self._login, self.refused = login, 0

    def __enter__(self) -> "RtspServer":
        self.replug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def replug(self) -> None:
        """Serve."""
        self._gone = threading.Event()
        self._server = socket.create_server(self._place)
        self._server.settimeout(0.05)
        self._thread = threading.Thread(target=self._serve, args=(self._server, self._gone), name="rtsp camera")
        self._thread.start()

    def unplug(self) -> None:
        """End the connection and listen no more."""
        self._gone.set()
        if self._thread.is_alive():
            self._thread.join()
            self._server.close()

    start, close = replug, unplug

    def _serve(self, server: socket.socket, gone: threading.Event) -> None:
        while not gone.is_set():
            with contextlib.suppress(OSError):
                wire, _ = server.accept()
                with wire:
                    wire.settimeout(1.0)
                    self._talk(wire, gone)

    def _talk(self, wire: socket.socket, gone: threading.Event) -> None:
        """Answer until PLAY; then stream until the viewer or the cable is gone."""
        for method, sequence, fields in _requests(wire):
            if self._login is not None and method != "OPTIONS" and not self._knows(method, fields):
                challenge = f'WWW-Authenticate: Digest realm="{_REALM}", nonce="{_NONCE}"'
                wire.sendall(f"RTSP/1.0 401 Unauthorized\r\nCSeq: {sequence}\r\n{challenge}\r\n\r\n".encode())
                continue
            body = _SDP.format(rate=self._rate_hz) if method == "DESCRIBE" else ""
            wire.sendall(
                f"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\nSession: 1\r\nPublic: DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
                "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nContent-Type: application/sdp\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            if method == "PLAY":
                self._play(wire, gone)
                return

    def _knows(self, method: str, fields: dict[str, str]) -> bool:
        """Whether the request proves the login, by RFC 2069, 2.1.1."""
        if "authorization" not in fields:
            return False
        assert self._login is not None
        told = parse_keqv_list(parse_http_list(fields["authorization"].partition(" ")[2]))
        user, password = self._login
        right = _md5(_md5(user, _REALM, password), _NONCE, _md5(method, told["uri"]))
        self.refused += told["response"] != right
        return told["response"] == right

    def _play(self, wire: socket.socket, gone: threading.Event) -> None:
        number, packets, self.began_s = 0, 0, time.monotonic()
        while not gone.wait(max(0.0, self.began_s + number / self._rate_hz - time.monotonic())):
            if number not in self._lose:
                at = round(number / self._rate_hz * _CLOCK_HZ)
                for payload, last in self._frames[number % len(self._frames)].fragments():
                    head = struct.pack(">BBHII", 0x80, _JPEG | last << 7, packets & 0xFFFF, at, 1)
                    wire.sendall(struct.pack(">cBH", b"$", 0, len(head) + len(payload)) + head + payload)
                    packets += 1
            number += 1


def number_shown(gray: Gray) -> int:
    """The number of the frame in a picture, modulo 32."""
    return round((float(gray.mean()) - 16) / _SHADE) % _SHADES


def _md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()


def _requests(wire: socket.socket) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Method, CSeq and all fields of each request until the viewer leaves."""
    received = b""
    while data := wire.recv(4096):
        received += data
        while (end := received.find(b"\r\n\r\n")) >= 0:
            lines, received = received[:end].decode().split("\r\n"), received[end + 4 :]
            fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            yield lines[0].split()[0], fields["cseq"], fields


class _Jpeg:
    """One picture as RFC 2435 sends it: its quantization tables and its scan."""

    def __init__(self, shade: int, width: int = 320, height: int = 240) -> None:
        picture = np.full((height, width, 3), shade, np.uint8)
        data = bytes(cv2.imencode(".jpg", picture)[1])
        tables, place = b"", 2
        while data[place + 1] != 0xDA:
            length = int.from_bytes(data[place + 2 : place + 4], "big")
            tables += data[place + 5 : place + 2 + length] if data[place + 1] == 0xDB else b""
            place += 2 + length
        self._scan = data[place + 2 + int.from_bytes(data[place + 2 : place + 4], "big") : -2]
        self._tables, self._size = tables, (width // 8, height // 8)

    def fragments(self) -> Iterator[tuple[bytes, bool]]:
        """RTP payloads, and whether each is the picture's last. Type 1: 4:2:0; quality 255: the tables come along."""
        for place in range(0, len(self._scan), _FRAGMENT_BYTES):
            tables = b"" if place else struct.pack(">BBH", 0, 0, len(self._tables)) + self._tables
            head = struct.pack(">IBBBB", place, 1, 255, *self._size)
            part = self._scan[place : place + _FRAGMENT_BYTES]
            yield head + tables + part, place + len(part) == len(self._scan)
