"""The simulated robot's line to the simulated ground: tells where it really is, learns whether it has power.

One persistent unix-socket connection, one JSON object a line each way. Makes no decision about motion.
"""

import contextlib
import json
import socket
import time
from dataclasses import asdict, dataclass

import msgspec

from port_sim.robots.wheeled import Motion

_ANSWER_LIMIT_BYTES = 65536


@dataclass(frozen=True)
class Supply:
    """What the ground says. linked: whether it answered at all; without an answer there is no power.
    stop_input: the hard-wired chain asks the robot's own controller to bring it to rest.

    The rest are faults that it is told to have: see `port sim --help`.
    """

    linked: bool = False
    powered: bool = False
    stop_input: bool = True
    runaway: bool = False
    deaf: bool = False
    misplaced_m: float = 0.0


class TruthLink:
    """Exchanges with the socket at `path`; connects again by itself, at most every `retry_s`."""

    def __init__(self, path: str, timeout_s: float = 0.1, retry_s: float = 0.2) -> None:
        self._path, self._timeout_s, self._retry_s = path, timeout_s, retry_s
        self._wire: socket.socket | None = None
        self._retry_at_s = 0.0
        self.reason = "not connected yet"

    def exchange(self, motion: Motion) -> Supply:
        """Report `motion`; never raises, and returns within the timeout."""
        request = {"do": "robot", **asdict(motion)}
        try:
            if self._wire is None and not self._connect():
                return Supply()
            answer = self._ask(request)
            self.reason = "" if answer.get("ok") else str(answer.get("error", "refused"))
            return msgspec.convert({**answer, "linked": True}, Supply)
        except (OSError, ValueError, msgspec.ValidationError) as error:
            self.reason = f"{self._path}: {error}"
            self.close()
            return Supply()

    def close(self) -> None:
        """Hang up."""
        wire, self._wire = self._wire, None
        if wire is not None:
            with contextlib.suppress(OSError):
                wire.close()

    def _connect(self) -> bool:
        now_s = time.monotonic()
        if now_s < self._retry_at_s:
            return False
        self._retry_at_s = now_s + self._retry_s
        self._wire = socket.socket(socket.AF_UNIX)
        self._wire.settimeout(self._timeout_s)
        self._wire.connect(self._path)
        return True

    def _ask(self, request: dict[str, object]) -> dict[str, object]:
        assert self._wire is not None
        self._wire.sendall(json.dumps(request).encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            data = self._wire.recv(4096)
            if not data or len(answer) > _ANSWER_LIMIT_BYTES:
                raise ConnectionError("the ground hung up")
            answer += data
        decoded = json.loads(answer)
        if not isinstance(decoded, dict):
            raise ValueError("answer is no object")
        return decoded
