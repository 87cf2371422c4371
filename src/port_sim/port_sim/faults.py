"""What can go wrong with bytes on a wire, on purpose and repeatably. Knows no device and no protocol."""

import random
from typing import Literal, get_args

Kind = Literal["flip", "drop", "garbage", "stall", "off"]
KINDS: tuple[str, ...] = get_args(Kind)


class Faults:
    """Damages bytes at a rate: flip (a bit, with `rate` a bit), drop (a byte, `rate` a byte), garbage (a random byte
    put in, `rate` a byte), stall (nothing comes through), off."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self.kind: str = "off"
        self.rate = 0.0
        self.count = 0

    def set(self, kind: str, rate: float) -> None:
        """From now on; raises ValueError for an unknown kind or a rate outside 0…1."""
        if kind not in KINDS:
            raise ValueError(f"kind: {kind!r} is none of {list(KINDS)}")
        if not 0.0 <= rate <= 1.0:
            raise ValueError(f"rate: {rate} is outside 0…1")
        self.kind, self.rate = kind, rate

    def apply(self, data: bytes) -> bytes:
        """`data` as it leaves the damaged wire."""
        if self.kind == "off" or not data:
            return data
        if self.kind == "stall":
            self.count += 1
            return b""
        damaged = bytearray(data)
        units = len(data) * (8 if self.kind == "flip" else 1)
        for unit in sorted(self._hits(units), reverse=True):
            self._damage(damaged, unit)
        return bytes(damaged)

    def _hits(self, units: int) -> list[int]:
        """Which of `units` are hit; skips from hit to hit, since most are not."""
        hits: list[int] = []
        unit = -1
        while self.rate > 0:
            unit += 1 + int(self._random.expovariate(self.rate))
            if unit >= units:
                break
            hits.append(unit)
        return hits

    def _damage(self, data: bytearray, unit: int) -> None:
        self.count += 1
        if self.kind == "flip":
            data[unit // 8] ^= 1 << unit % 8
        elif self.kind == "drop":
            del data[unit]
        else:
            data.insert(unit, self._random.randrange(256))
