"""What can go wrong with bytes on a wire, on purpose and repeatably. Knows no device and no protocol.

A small language says what and for how long, in tests, in the demo and at home:

    flip 1e-4                               from now on, each bit with this chance
    stall for 2                             nothing comes through for two seconds
    flip 1e-5 + lose 0.01 for 10; off       two at once for ten seconds, then none
    drop 1e-3 for 5; stall for 1; garbage 1e-3 for 5

One step after the other, `;` between them; after the last one whose time ends the wire is sound again.
"""

import math
import random
import time
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

Kind = Literal["flip", "drop", "garbage", "lose", "duplicate", "truncate", "stall", "off"]
KINDS: tuple[str, ...] = get_args(Kind)
#: What happens to the meaning of a frame, its checksum good: only some devices know how (`port_sim.frame_faults`).
FrameKind = Literal["swap", "delay", "insert", "masquerade", "readdress", "age"]
FRAME_KINDS: tuple[str, ...] = get_args(FrameKind)
#: What an RS-485 adapter does whose local echo is on: it sends back what the host sends.
ECHO = "echo"

#: Those that happen to whole frames; the others happen to bits (flip) and bytes (drop, garbage).
_OF_FRAMES = ("lose", "duplicate", "truncate")
_RATELESS = ("stall", "off", ECHO)


@dataclass(frozen=True)
class Fault:
    """What happens, and with which chance a bit, byte or frame. Raises ValueError for nonsense."""

    kind: str
    rate: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in (known := (*KINDS, ECHO, *FRAME_KINDS)):
            raise ValueError(f"kind: {self.kind!r} is none of {', '.join(known)}")
        if not 0.0 <= self.rate <= 1.0:
            raise ValueError(f"rate: {self.rate} is outside 0…1")

    def __str__(self) -> str:
        return self.kind if self.kind in _RATELESS else f"{self.kind} {self.rate:g}"


@dataclass(frozen=True)
class Step:
    """Faults that happen together for `seconds`."""

    faults: tuple[Fault, ...]
    seconds: float = math.inf

    def __str__(self) -> str:
        """In the language of this module."""
        time = f" for {self.seconds:g}" if math.isfinite(self.seconds) else ""
        return " + ".join(map(str, self.faults)) + time


def parse(script: str) -> tuple[Step, ...]:
    """The steps of `script`; raises ValueError that shows what is not understood."""
    return tuple(_step(text) for text in script.replace("\n", ";").split(";") if text.strip())


def _step(text: str) -> Step:
    what, _, time = text.partition(" for ")
    seconds = _number(time.strip().removesuffix("s"), text) if time else math.inf
    if not seconds > 0:
        raise ValueError(f"{text.strip()!r}: the time is not above 0")
    return Step(tuple(_fault(one.split(), text) for one in what.split("+")), seconds)


def _fault(words: list[str], text: str) -> Fault:
    kind = words[0] if words else ""
    if len(words) != (1 if kind in _RATELESS else 2):
        raise ValueError(f"{text.strip()!r} is not understood: KIND RATE [+ KIND RATE] [for SECONDS]")
    return Fault(kind, 0.0 if kind in _RATELESS else _number(words[1], text))


def _number(word: str, text: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise ValueError(f"{text.strip()!r}: {word!r} is no number") from None


class Faults:
    """Damages what a device sends.

    flip: a bit; drop: a byte is missing; garbage: a random byte put in; lose, duplicate, truncate: a frame does not
    come, comes twice, ends too early; stall: nothing comes through.
    """

    kinds: ClassVar[tuple[str, ...]] = KINDS

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._steps: tuple[Step, ...] = ()
        self._since_s: float | None = None
        self.count = 0

    @property
    def steps(self) -> tuple[Step, ...]:
        """What goes wrong now and will go wrong after."""
        return self._steps

    def told(self, now_s: float | None = None) -> str:
        """What goes wrong at `now_s` (monotonic) and after, as it would be written; empty when the wire is sound."""
        left, _ = self._left(time.monotonic() if now_s is None else now_s)
        return "" if [str(step) for step in left] == ["off"] else "; ".join(map(str, left))

    def set(self, kind: str, rate: float) -> None:
        """From now on; raises ValueError for an unknown kind or a rate outside 0…1."""
        self._begin((Step((Fault(kind, rate),)),))

    def run(self, script: str) -> None:
        """Begin `script`, in the language of this module; raises ValueError."""
        self._begin(parse(script))

    def apply(self, data: bytes, frame_bytes: int = 0, now_s: float | None = None) -> bytes:
        """`data`, frames of `frame_bytes` (0: one piece), as it leaves the damaged wire at `now_s` (monotonic)."""
        for fault in self._now(time.monotonic() if now_s is None else now_s) if data else ():
            data = self._damaged(data, fault, frame_bytes or len(data))
        return data

    def echo(self, sent: bytes, now_s: float | None = None) -> bytes:
        """What comes back of what the host sent."""
        faults = self._now(time.monotonic() if now_s is None else now_s) if sent else ()
        return sent if any(fault.kind == ECHO for fault in faults) else b""

    def _begin(self, steps: tuple[Step, ...]) -> None:
        for kind in (fault.kind for step in steps for fault in step.faults):
            if kind not in self.kinds:
                raise ValueError(f"kind: {kind!r} is nothing that can happen to this device: {', '.join(self.kinds)}")
        self._steps, self._since_s = steps, None

    def _now(self, now_s: float) -> tuple[Fault, ...]:
        """The faults of the step that is due; a step's time begins with the first bytes it sees."""
        self._steps, self._since_s = self._left(now_s)
        return self._steps[0].faults if self._steps else ()

    def _left(self, now_s: float) -> tuple[tuple[Step, ...], float]:
        """The steps that are not over at `now_s`, and when the first of them began. Changes nothing."""
        steps, since_s = self._steps, now_s if self._since_s is None else self._since_s
        while steps and now_s - since_s >= steps[0].seconds:
            since_s += steps[0].seconds
            steps = steps[1:]
        return steps, since_s

    def _damaged(self, data: bytes, fault: Fault, frame_bytes: int) -> bytes:
        if fault.kind in ("off", ECHO) or not data:
            return data
        if fault.kind == "stall":
            self.count += 1
            return b""
        if fault.kind in _OF_FRAMES:
            frames = [data[start : start + frame_bytes] for start in range(0, len(data), frame_bytes)]
            for place in self._hits(len(frames), fault.rate):
                frames[place] = self._damaged_frame(frames[place], fault.kind)
            return b"".join(frames)
        damaged = bytearray(data)
        units = len(data) * (8 if fault.kind == "flip" else 1)
        for unit in reversed(self._hits(units, fault.rate)):
            self._damage(damaged, unit, fault.kind)
        return bytes(damaged)

    def _hits(self, units: int, rate: float) -> list[int]:
        """Which of `units` are hit, in order; skips from hit to hit, since most are not."""
        hits: list[int] = []
        unit = -1
        while rate > 0:
            unit += 1 + int(self._random.expovariate(rate)) if rate < 1 else 1
            if unit >= units:
                break
            hits.append(unit)
        return hits

    def _damaged_frame(self, frame: bytes, kind: str) -> bytes:
        self.count += 1
        if kind == "lose":
            return b""
        return frame + frame if kind == "duplicate" else frame[: self._random.randrange(len(frame))]

    def _damage(self, data: bytearray, unit: int, kind: str) -> None:
        self.count += 1
        if kind == "flip":
            data[unit // 8] ^= 1 << unit % 8
        elif kind == "drop":
            del data[unit]
        else:
            data.insert(unit, self._random.randrange(256))
