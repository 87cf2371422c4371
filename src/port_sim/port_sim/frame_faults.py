"""What can go wrong with whole frames of the e-stop link, on purpose and repeatably, beside damaged bytes.

Each kind is one of the communication errors of IEC 61784-3: the frame itself is sound and its CRC good.
"""

import random
from collections import deque
from dataclasses import replace
from typing import Literal, get_args

from port_sensors.protocol.estop_link import State, encode
from port_sim.faults import Faults

FrameKind = Literal["repeat", "swap", "lose", "delay", "insert", "masquerade", "readdress", "age"]
FRAME_KINDS: tuple[str, ...] = get_args(FrameKind)


class FrameFaults:
    """repeat: a frame twice. swap: with the next one. lose. delay: all, by `rate` seconds. insert: one of another
    session. masquerade: with an echo of nothing. readdress: another station's number. age: old inputs. With `rate` a
    frame, but for delay. Every other kind is of `Faults` and damages bytes."""

    def __init__(self, seed: int = 1) -> None:
        self._bytes = Faults(seed)
        self._random = random.Random(seed)
        self._kind = "off"
        self._rate = 0.0
        self._hits = 0
        self._held: deque[tuple[float, bytes]] = deque()

    @property
    def count(self) -> int:
        """Faults so far."""
        return self._hits + self._bytes.count

    def set(self, kind: str, rate: float) -> None:
        """From now on; raises ValueError for an unknown kind or a rate outside 0…1."""
        whole = kind in FRAME_KINDS
        self._bytes.set("off" if whole else kind, rate)
        self._kind, self._rate = (kind if whole else "off"), rate

    def run(self, script: str) -> None:
        """One of the kinds above with its rate, or a script for the bytes (`port_sim.faults`); raises ValueError."""
        words = script.split()
        if len(words) == 2 and words[0] in FRAME_KINDS:
            self.set(words[0], float(words[1]))
        else:
            self._kind = "off"
            self._bytes.run(script)

    def apply(self, frame: State, now_s: float) -> bytes:
        """What leaves the damaged station at `now_s` when it sends `frame`."""
        if self._kind == "delay":
            self._hits += 1
            self._held.append((now_s + self._rate, encode(frame)))
        else:
            hit = self._kind != "off" and self._random.random() < self._rate
            self._hits += hit
            self._held.extend((now_s, data) for data in ([encode(frame)] if not hit else self._damaged(frame)))
        return self._bytes.apply(self._due(now_s))

    def _due(self, now_s: float) -> bytes:
        data = b""
        while self._held and self._held[0][0] <= now_s:
            data += self._held.popleft()[1]
        return data

    def _damaged(self, frame: State) -> list[bytes]:
        good = encode(frame)
        if self._kind == "swap":
            return [encode(replace(frame, sequence=frame.sequence + 1)), good]
        if self._kind in ("repeat", "lose"):
            return [good, good] if self._kind == "repeat" else []
        if self._kind == "insert":
            return [good, encode(replace(frame, session=frame.session ^ 1))]
        changed = {
            "masquerade": replace(frame, echo=frame.echo ^ 1),
            "readdress": replace(frame, station=frame.station ^ 1),
            "age": replace(frame, sample_age_s=1.0),
        }
        return [encode(changed[self._kind])]
