"""One process of a session: started in a group of its own, its output logged, its end noticed at once.

Decides nothing: when to start, stop or start again is the supervisor's.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO

from port_ros.heartbeat import HEARTBEAT
from port_session.supervisor.linux import before_exec, send_group
from port_session.supervisor.repeats import Repeats

#: A line longer than this is cut: nobody's log may fill our memory.
_LONGEST_LINE = 64 * 1024


class Child:
    """A running (or ended) process.

    name: for the log. argv, env: the call. log: file its output is appended to. on_line: called with each line.
    on_exit: called once, in the event loop, after its end. ended_s: when that was, of the monotonic clock.
    last_words: the last line that it has printed since it was sent SIGINT.
    """

    def __init__(
        self,
        name: str,
        argv: list[str],
        env: dict[str, str],
        log: Path,
        on_line: Callable[[str, str], None],
        on_exit: Callable[["Child"], None],
    ) -> None:
        self.name = name
        self._on_line, self._on_exit = on_line, on_exit
        self._loop = asyncio.get_running_loop()
        self.exited: asyncio.Future[int] = self._loop.create_future()
        self._log: IO[str] = log.open("a", encoding="utf-8", errors="replace", buffering=1)
        self._partial = b""
        self._repeats = Repeats()
        self.last_words = ""
        self.ended_s = float("inf")
        self._heartbeats, theirs = os.pipe()
        try:
            for end in (self._heartbeats, theirs):
                os.set_blocking(end, False)
            self._popen = subprocess.Popen(
                argv, env=env | {HEARTBEAT: str(theirs)}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=before_exec(), pass_fds=(theirs,),
            )  # fmt: skip
        except BaseException:
            os.close(self._heartbeats)
            raise
        finally:
            os.close(theirs)
        assert self._popen.stdout is not None
        self._output = self._popen.stdout.fileno()
        os.set_blocking(self._output, False)
        self._pidfd = os.pidfd_open(self._popen.pid)
        self._loop.add_reader(self._pidfd, self._ended)
        self._loop.add_reader(self._output, self._read)

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return not self.exited.done()

    def heard(self) -> bytes:
        """The heartbeats that have come since it was asked last."""
        try:
            return os.read(self._heartbeats, 65536)
        except BlockingIOError:
            return b""

    def send(self, number: signal.Signals) -> None:
        """Signal the whole group, leader or not."""
        if number == signal.SIGINT:
            self.last_words = ""
        send_group(self._popen.pid, number)

    def _ended(self) -> None:
        code = self._popen.wait()
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._read()
        self.ended_s = time.monotonic()
        self.exited.set_result(code if code >= 0 else 128 - code)
        self._on_exit(self)

    def _read(self) -> None:
        """What is there now. A grandchild may hold the pipe open after the child's end: nobody waits for it."""
        while True:
            try:
                chunk = os.read(self._output, 65536)
            except BlockingIOError:
                return
            except OSError:
                chunk = b""
            if not chunk:
                self._loop.remove_reader(self._output)
                return
            *lines, self._partial = (self._partial + chunk).split(b"\n")
            for line in lines:
                self._write(line)
            if len(self._partial) > _LONGEST_LINE:
                self._write(self._partial)
                self._partial = b""

    def _write(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        self._keep(self._repeats.take(text))
        self.last_words = text
        self._on_line(self.name, text)

    def _keep(self, lines: list[str]) -> None:
        for text in lines:
            with contextlib.suppress(OSError):  # a full disk must not end the session
                self._log.write(f"{datetime.now():%H:%M:%S.%f} [{self.name}] {text}\n")

    def close(self) -> None:
        """Let go of output and log; the process must have ended."""
        if self._log.closed:
            return
        self._read()
        if self._partial:
            self._write(self._partial)
        self._keep(self._repeats.flush())
        self._loop.remove_reader(self._output)
        assert self._popen.stdout is not None
        self._popen.stdout.close()
        os.close(self._heartbeats)
        with contextlib.suppress(OSError):  # nor may it keep the others from their end
            self._log.close()
