"""Whatever a wire does to both directions of the e-stop link: no relay without a young word, no old frame counts."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from port_sensors.protocol.estop_link import State, Word
from tests.estop_bench import BEAT_S, STEP_S, TERMS, LinkBench

EPSILON_S = 1e-6


@dataclass
class Wire:
    """One direction; `fault` is what happens to the next frame."""

    fault: str = "none"
    seen: list[bytes] = field(default_factory=list)
    held: list[tuple[int, bytes]] = field(default_factory=list)

    def __call__(self, data: bytes) -> bytes:
        self.seen.append(data)
        self.held = [(steps - 1, late) for steps, late in self.held]
        due = b"".join(late for steps, late in self.held if steps <= 0)
        self.held = [(steps, late) for steps, late in self.held if steps > 0]
        return due + self._through(data)

    def _through(self, data: bytes) -> bytes:
        match self.fault:
            case "lose":
                return b""
            case "flip":
                return data[:7] + bytes((data[7] ^ 0x11,)) + data[8:]
            case "twice":
                return data + data
            case "replay":
                return data + self.seen[len(self.seen) // 2]
            case "cut":
                return data[:20]
            case "late" | "very late":
                self.held.append((3 if self.fault == "late" else 14, data))
                return b""
        return data


class Watched(LinkBench):
    """Notes when each frame left and which ones counted; holds the promises after every step."""

    def begin(self) -> "Watched":
        self.wires = Wire(), Wire()
        self.to_host, self.to_station = self.wires
        self.left_s: dict[int, tuple[float, bool]] = {}
        self.hold_s = self.counted_left_s = float("-inf")
        return self

    def state(self) -> State:
        state = super().state()
        self.left_s[state.sequence] = (self.now_s, state.channel_a_closed)
        return state

    def hear(self, data: bytes) -> None:
        for frame in self._host_parser.feed(data):
            if self.link.take(frame, self.now_s):
                assert isinstance(frame, State)
                left_s, closed = self.left_s[frame.sequence]
                assert self.now_s - left_s <= TERMS.answer_s + EPSILON_S, "an old frame counted"
                assert frame.channel_a_closed == closed
                assert left_s >= self.counted_left_s, "frames counted in another order than they were sent"
                self.counted_left_s = left_s

    def step(self, word: Word, to_host: str, to_station: str) -> None:
        self.word, self.wires[0].fault, self.wires[1].fault = word, to_host, to_station
        said = self.now_s + STEP_S - self._beat_s >= BEAT_S - EPSILON_S
        self.turn(STEP_S)
        if said and word is Word.HOLD:
            self.hold_s = self.now_s
        if self.held:
            assert self.now_s - self.hold_s <= TERMS.hold_s, "a relay without a young word"
        if self.trust.ok:
            assert self.now_s - self.counted_left_s <= TERMS.lost_after_s + TERMS.answer_s + EPSILON_S


def _now(fault: str, number: int) -> str:
    """A cut cable stays cut and a slow line slow; the rest happens once."""
    return fault if number == 0 or fault in ("lose", "very late") else "none"


FAULTS = st.sampled_from(("none",) * 6 + ("lose", "flip", "twice", "replay", "cut", "late", "very late"))
STEPS = st.lists(
    st.tuples(st.sampled_from((Word.HOLD, Word.HOLD, Word.NONE, Word.RELEASE)), FAULTS, FAULTS, st.integers(1, 40)),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_whatever_the_wire_does(steps: list[tuple[Word, str, str, int]]) -> None:
    bench = Watched().begin()
    for _ in range(40):
        bench.step(Word.HOLD, "none", "none")
    assert bench.trust.ok and bench.held
    for word, to_host, to_station, count in steps:
        for number in range(count):
            bench.step(word, _now(to_host, number), _now(to_station, number))
    for _ in range(60):
        bench.step(Word.HOLD, "none", "none")
    assert bench.trust.ok, f"a sound wire is trusted again: {bench.trust.reason}"
    assert bench.held
