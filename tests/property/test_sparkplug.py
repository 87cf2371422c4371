"""Whatever gets lost on the way, a host that keeps to Sparkplug's rules ends with the values that went in."""

from dataclasses import dataclass

import hypothesis.strategies as st
from hypothesis import given, settings

from port_telemetry.core.sparkplug.edge_node import DeviceKind, EdgeNode, Message, MetricKind
from port_telemetry.core.sparkplug.payload import BadPayload, DataType, Metric, Payload, Value, decode, encode
from tests.scada import ScadaHost

_KIND = DeviceKind(
    (MetricKind("Text", DataType.STRING), MetricKind("Count", DataType.UINT64), MetricKind("On", DataType.BOOLEAN),
     MetricKind("Force", DataType.DOUBLE, "N", period_s=0.5)), silent_s=5.0,
)  # fmt: skip
_VALUES: dict[str, st.SearchStrategy[Value]] = {
    "Text": st.text(max_size=3), "Count": st.integers(0, 2**64 - 1), "On": st.booleans(),
    "Force": st.floats(-1e9, 1e9) | st.none(),
}  # fmt: skip
_DEVICES = st.sampled_from(["gate", "plate_left", "estop_1"])


@dataclass
class Update:
    device: str
    values: dict[str, Value]


@dataclass
class Lose:
    device: str


@dataclass
class Pass:
    """Time goes by and messages are sent; of these the numbered ones are lost on the way."""

    after_s: float
    lost: frozenset[int]


@dataclass
class Cut:
    """The connection ends; will says whether the broker's word about it reaches the host before the next birth."""

    will: bool


_STEPS = st.lists(
    st.builds(Update, _DEVICES, st.fixed_dictionaries({}, optional=_VALUES))
    | st.builds(Lose, _DEVICES)
    | st.builds(Pass, st.sampled_from([0.05, 0.6, 6.0]), st.frozensets(st.integers(0, 4), max_size=3))
    | st.builds(Cut, st.booleans()),
    max_size=40,
)


class Line:
    """A node, a host, and a line between them that loses what it is told to."""

    def __init__(self) -> None:
        self.node = EdgeNode("hall", "edge-1", (MetricKind("Beat", DataType.UINT64),))
        self.host, self.now_s, self.beats = ScadaHost(), 0.0, 0
        self.truth: dict[str, dict[str, Value]] = {}
        self.gone: set[str] = set()
        self.heard_s: dict[str, float] = {}
        self.numbers: list[int] = []
        self._born()

    def send(self, messages: list[Message], lost: frozenset[int] = frozenset()) -> None:
        for number, message in enumerate(messages):
            seq = decode(message.payload).seq
            assert seq is not None
            self.numbers.append(seq)
            if number not in lost:
                self.host.take(*message)

    def step(self, step: Update | Lose | Pass | Cut) -> None:
        match step:
            case Update(device, values):
                self.node.update(device, _KIND, values, 1, self.now_s)
                self.truth.setdefault(device, dict.fromkeys(_VALUES)).update(values)
                self.heard_s[device] = self.now_s
                self.gone.discard(device)
            case Lose(device):
                self.node.lose(device)
                self.gone.add(device)
            case Pass(after_s, lost):
                self.advance(after_s, lost)
            case Cut(will):
                death = self.node.death(self.ms)
                if will:
                    self.host.take(*death)
                self.node.bd_seq = (self.node.bd_seq + 1) % 256
                self._born()
                if not will:
                    self.host.take(*death)  # late: it speaks of the connection before and changes nothing

    def advance(self, after_s: float, lost: frozenset[int] = frozenset()) -> None:
        self.now_s += after_s
        self.gone |= {device for device, heard_s in self.heard_s.items() if self.now_s - heard_s > _KIND.silent_s}
        self.beats += 1
        self.node.update_own({"Beat": self.beats}, self.ms)
        self.send(self.node.changes(self.ms, self.now_s), lost)
        if self.host.wants_rebirth:
            self._born()

    def _born(self) -> None:
        self.numbers.clear()
        self.send(self.node.births(self.ms, self.now_s))

    @property
    def ms(self) -> int:
        return 1 + int(self.now_s * 1000)


@settings(max_examples=150, deadline=None)
@given(_STEPS)
def test_a_host_that_keeps_to_the_rules_ends_with_what_is_true(steps: list[Update | Lose | Pass | Cut]) -> None:
    line = Line()
    for step in steps:
        line.step(step)
        assert line.numbers == [number % 256 for number in range(len(line.numbers))]
    line.advance(1.0)
    line.advance(1.0)
    assert line.host.node.online and line.host.node.values == {"Beat": line.beats}
    alive = {device for device in line.truth if device not in line.gone}
    assert {name for name, unit in line.host.devices.items() if unit.online} == alive
    for device in alive:
        assert line.host.devices[device].values == line.truth[device]


@settings(max_examples=5, deadline=None)
@given(st.integers(250, 600))
def test_the_numbers_wrap_after_255_and_the_host_goes_on(count: int) -> None:
    line = Line()
    for _ in range(count):
        line.advance(0.1)
    assert line.host.births == 1 and line.numbers[-1] == count % 256


@settings(max_examples=100)
@given(
    st.lists(
        st.one_of(*[
            st.builds(Metric, values, st.just(kind), st.integers(1, 2**48), st.text(min_size=1, max_size=5),
                      st.integers(1, 2**63), st.sampled_from(["", "N", "m/s"]))
            for kind, values in ((DataType.STRING, _VALUES["Text"]), (DataType.UINT64, _VALUES["Count"]),
                                 (DataType.BOOLEAN, _VALUES["On"]), (DataType.DOUBLE, _VALUES["Force"]),
                                 (DataType.DATETIME, _VALUES["Count"]))
        ]), max_size=5,
    )
)  # fmt: skip
def test_what_is_written_is_read_again(metrics: list[Metric]) -> None:
    payload = Payload(7, 255, metrics)
    assert decode(encode(payload)) == payload


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_no_bytes_do_more_than_be_refused(data: bytes) -> None:
    try:
        said = decode(data)
    except BadPayload:
        return
    assert all(isinstance(metric, Metric) for metric in said.metrics) and encode(said)
