"""How far the other side's clocks lie from ours, by echo, and how well that is known.

One echo: we send at t0, they answer at their t1, it is here at t3. Their clock is ahead by t1 − (t0 + t3) / 2, within
half the time that the echo took (as NTP does, RFC 5905). The quickest echo of the last seconds counts: what is slow
waited somewhere, and nobody knows on which way. Runs on Python 3.8: it goes to the robot.
"""

from __future__ import annotations

import struct
from collections import deque
from typing import NamedTuple

_PING = struct.Struct("<qq")
_PONG = struct.Struct("<qqqq")
#: Two crystals part by 100 µs a second at most; an older echo says less than a new, slower one.
KEPT_NS = 10_000_000_000


class Offset(NamedTuple):
    """ahead_ns: of the other side's monotonic clock. system_ahead_ns: of its system clock, both less ours."""

    ahead_ns: int
    system_ahead_ns: int
    uncertainty_ns: int


class _Echo(NamedTuple):
    at_ns: int
    offset: Offset


class Echoes:
    """The echoes of one connection."""

    def __init__(self) -> None:
        self._echoes: deque[_Echo] = deque(maxlen=64)

    def note(self, payload: bytes, now_ns: int, system_ns: int) -> None:
        """An answer to our question came back. Raises struct.error if it is none."""
        sent_ns, sent_system_ns, their_ns, their_system_ns = _PONG.unpack(payload)
        half_ns = max(0, now_ns - sent_ns) // 2
        ahead = Offset(their_ns - sent_ns - half_ns, their_system_ns - (sent_system_ns + system_ns) // 2, half_ns)
        self._echoes.append(_Echo(now_ns, ahead))

    def best(self, now_ns: int) -> Offset | None:
        """The quickest of the last seconds; None before the first."""
        young = [echo for echo in self._echoes if now_ns - echo.at_ns < KEPT_NS]
        return min((echo.offset for echo in young), key=lambda offset: offset.uncertainty_ns) if young else None

    def age_ns(self, sent_ns: int, now_ns: int) -> int | None:
        """How old, at least, what the other side sent at `sent_ns` of its clock is; None before the first echo."""
        best = self.best(now_ns)
        return None if best is None else now_ns - (sent_ns - best.ahead_ns) - best.uncertainty_ns


def question(now_ns: int, system_ns: int) -> bytes:
    """The payload of a PING."""
    return _PING.pack(now_ns, system_ns)


def answer(payload: bytes, now_ns: int, system_ns: int) -> bytes:
    """The payload of the PONG to it. Raises struct.error if it was none."""
    return _PONG.pack(*_PING.unpack(payload), now_ns, system_ns)
