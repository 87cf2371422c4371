"""One connection of the link: a socket that never blocks, what waits to leave, what arrives, echoes, and silence.

A message leaves on the thread that gives it where the socket takes it; else the connection's own thread sends it when
there is room. That thread alone receives. Both sides ask for an echo many times a second, so that a healthy link is
never silent: silence is the end of the connection. Runs on Python 3.8: it goes to the robot.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from port_session.border.channels import Channel, Outbox
from port_session.border.echo import Echoes, Offset, answer, question
from port_session.border.frames import BYE, CONTROL_BYTES, DATA, PING, PONG, Frame, FrameError, FrameReader, encode

#: How often an echo is asked for.
ECHO_NS = 50_000_000
#: Little may lie in the kernel: what is there cannot be replaced by something newer.
_KERNEL_BYTES = 32768
_CHUNK = 65536
#: Control frames that wait; more than these is a side that does not take any.
_CONTROL = 64
_AGAIN = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Connection:
    """From its start to its end, `ended` says why.

    take: gets each frame that is not an echo, on the connection's thread, with the time of its arrival. silence_s: so
    long nothing may come. most_bytes: of a frame's payload.
    """

    def __init__(
        self, sock: socket.socket, take: Callable[[Connection, Frame, int], None], silence_s: float,
        most_bytes: int = CONTROL_BYTES,
    ) -> None:  # fmt: skip
        self._socket, self._take, self._silence_ns = sock, take, int(silence_s * 1e9)
        self.peer = _address_of(sock)
        #: What the other side has shown (DER); empty without TLS.
        self.certificate = (sock.getpeercert(binary_form=True) or b"") if isinstance(sock, ssl.SSLSocket) else b""
        self.ended = ""
        self._unsendable = ""
        self.echoes = Echoes()
        self.outbox = Outbox()
        self.reader = FrameReader(most_bytes)
        self._lock = threading.Lock()
        self._control: deque[Frame] = deque()
        self._leaving = memoryview(b"")
        self._sequence = 0
        self._echo_due_ns = 0
        self.heard_ns = time.monotonic_ns()
        self._wake, self._woken = socket.socketpair()
        for end in (sock, self._wake, self._woken):
            end.setblocking(False)
        _for_newest_only(sock)
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def up(self) -> bool:
        return not self.ended

    def offset(self) -> Offset | None:
        return self.echoes.best(time.monotonic_ns())

    def grant(self, most_bytes: int) -> None:
        """From now on payloads may be as large as this."""
        self.reader.most_bytes = max(CONTROL_BYTES, most_bytes)

    def silent_after(self, silence_s: float) -> None:
        """From now on nothing may be silent for longer than this."""
        self._silence_ns = int(silence_s * 1e9)

    # --- out ----------------------------------------------------------------------------------------------------------

    def say(self, kind: int, payload: bytes) -> None:
        """A control frame: all of them leave, in order, before messages."""
        with self._lock:
            self._say(kind, payload)
            self._flush()

    def send(self, channel: Channel, payload: bytes) -> None:
        """The newest message of `channel`; any thread, never blocks."""
        with self._lock:
            if self.outbox.put(channel, payload, time.monotonic_ns()):
                self._flush()

    def _say(self, kind: int, payload: bytes) -> None:
        if len(self._control) >= _CONTROL:
            self._end("it takes nothing any more")
            return
        self._control.append(Frame(kind, 0, 0, time.monotonic_ns(), payload))

    def _flush(self) -> None:
        """With the lock: send what the socket takes; the rest is the thread's."""
        try:
            while self.up and not self._unsendable and (self._leaving or self._next()):
                self._leaving = self._leaving[self._socket.send(self._leaving) :]
            waits = self.outbox.due_in_ns(time.monotonic_ns()) is not None
        except _AGAIN:
            waits = True
        except OSError as error:
            self._unsendable = _words(error)  # what the other side has said before is still to be read
            waits = True
        if waits:
            self._ring()

    def _next(self) -> bool:
        if self._control:
            self._leaving = memoryview(encode(self._control.popleft()))
            return True
        waiting = self.outbox.take(time.monotonic_ns())
        if waiting is None:
            return False
        self._sequence += 1
        frame = Frame(DATA, waiting.channel.number, self._sequence, waiting.given_ns, waiting.payload)
        self._leaving = memoryview(encode(frame))
        return True

    def _ring(self) -> None:
        """Wake the thread, unless it is the one that rings."""
        if threading.current_thread() is not self._thread:
            with contextlib.suppress(OSError):
                self._wake.send(b"\x00")

    # --- in -----------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while self.up:
            try:
                self._turn()
            except FrameError as error:
                self.end(str(error))
            except struct.error:
                self.end("an echo that is none")
            except OSError as error:
                self.end(_words(error))
            except Exception as error:
                self.end(f"what it said cannot be taken: {error!r}"[:500])
        self._close()

    def _turn(self) -> None:
        now_ns = time.monotonic_ns()
        if now_ns >= self._echo_due_ns:
            self._echo_due_ns = now_ns + ECHO_NS
            self.say(PING, question(now_ns, time.time_ns()))
        self._wait(now_ns)
        while self.up and (data := self._received()) is not None:
            self.heard_ns = now_ns = time.monotonic_ns()
            for frame in self.reader.feed(data):
                self._arrived(frame, now_ns)
        if self._unsendable:
            self.end(self._unsendable)
        with self._lock:
            self._flush()
        if time.monotonic_ns() - self.heard_ns > self._silence_ns:
            self.end(f"silent for {self._silence_ns / 1e9:g} s")

    def _wait(self, now_ns: int) -> None:
        with self._lock:
            due_ns = self.outbox.due_in_ns(now_ns)
            stuck = not self._unsendable and (bool(self._leaving) or due_ns == 0)
            pending = isinstance(self._socket, ssl.SSLSocket) and self._socket.pending()
        wait_ns = max(0, min(self._echo_due_ns - now_ns, due_ns or ECHO_NS))
        if pending or self._unsendable:
            return
        select.select([self._socket, self._woken], [self._socket] if stuck else [], [], wait_ns / 1e9)
        with contextlib.suppress(*_AGAIN):
            self._woken.recv(4096)

    def _received(self) -> bytes | None:
        with self._lock:  # what TLS reads and writes shares one state
            try:
                data = self._socket.recv(_CHUNK)
            except _AGAIN:
                return None
        if not data:
            self.end("the other side has closed it")
            return None
        return data

    def _arrived(self, frame: Frame, now_ns: int) -> None:
        if frame.kind == PING:
            self.say(PONG, answer(frame.payload, now_ns, time.time_ns()))
        elif frame.kind == PONG:
            self.echoes.note(frame.payload, now_ns, time.time_ns())
        elif frame.kind == BYE:
            self.end("the other side says: " + frame.payload.decode("utf-8", "replace")[:500])
        else:
            self._take(self, frame, now_ns)

    # --- the end ------------------------------------------------------------------------------------------------------

    def end(self, why: str, tell: bool = False) -> None:
        """End it, the first reason counts. tell: the other side is told."""
        with self._lock:
            if tell:
                self._say(BYE, why.encode())
                self._flush()
            self._end(why)
        self._ring()

    def _end(self, why: str) -> None:
        self.ended = self.ended or why

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        for end in (self._socket, self._wake, self._woken):
            end.close()

    def join(self) -> None:
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()


def _for_newest_only(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BYTES)
    if sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _address_of(sock: socket.socket) -> str:
    try:
        name: Any = sock.getpeername()
    except OSError:
        return "?"
    return str(name[0]) if isinstance(name, tuple) else "this machine"


def _words(error: OSError) -> str:
    return error.strerror or str(error)
