"""What was seen of a running session, held against what must be. Pure: no ROS, no clock.

One judge for both who ask: `port check`, and the session's node when it is to admit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from port_ros.machine_load import MachineLoad, remedy_for_late, too_busy
from port_session.admission.finding import Finding
from port_session.admission.graph import Graph, commanded, listens, offered, other_definition, twins, unheard
from port_session.description.expectations import Stream

#: A machine with time to spare.
IDLE = MachineLoad(0.0, 1)
#: States of the gate in which a session that runs is well, and the one in which it can be admitted.
WELL, READY = ("STANDBY", "RUN", "REDUCED"), ("STANDBY",)

#: What the gate needs of a stream, within the time after which it stops the robot. A machine that is busy, and says so,
#: may give no more than that: the device is not to blame.
ENOUGH = 2


@dataclass(frozen=True)
class Diagnosis:
    """One entry of /diagnostics. level: ok, warn, error or stale."""

    name: str
    level: str
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Flow:
    """What arrived of one stream. lag_s: how far its stamps lie behind this machine's clock; NaN if it has none."""

    rate_hz: float
    lag_s: float = float("nan")


@dataclass(frozen=True)
class Seen:
    """What was seen in `seconds`: diagnostics by name, flows by topic as it stands in the description, the graph.

    safety: state, reason and remedy of safety/state; None if it never came. load: of this machine meanwhile.
    """

    seconds: float
    diagnostics: Mapping[str, Diagnosis] = field(default_factory=dict)
    flows: Mapping[str, Flow] = field(default_factory=dict)
    graph: Graph = field(default_factory=Graph)
    safety: tuple[str, str, str] | None = None
    load: MachineLoad = IDLE


@dataclass(frozen=True)
class Expected:
    """What must be: the streams, the required diagnostics, the session's namespace, the robot's command topic."""

    streams: Sequence[Stream]
    required: Sequence[str]
    namespace: str
    command_out: str


def judge(seen: Seen, expected: Expected, states: Sequence[str] = WELL) -> list[Finding]:
    """One finding for each required diagnostic, each stream, the robot's command topic and the gate, and each twin."""
    told = {stream.topic for stream in expected.streams} | {expected.command_out}
    return [
        *(_diagnosis(seen, name) for name in expected.required),
        *(_stream(seen, stream, expected.namespace) for stream in expected.streams),
        *_other_topics(seen.graph, told),
        commanded(seen.graph, expected.namespace, expected.command_out, _late("see log/gate.log", seen)),
        *twins(seen.graph.nodes),
        _safety(seen, states),
    ]


def not_required(seen: Seen, required: Sequence[str]) -> list[Finding]:
    """What else is told in /diagnostics: a warning there is not wrong, an error is."""
    return [_diagnosis(seen, name, ("ok", "warn")) for name in seen.diagnostics if name not in required]


def _diagnosis(seen: Seen, name: str, enough: Sequence[str] = ("ok",)) -> Finding:
    diagnosis = seen.diagnostics.get(name)
    if diagnosis is None:
        remedy = _late("see its log, and `port session state`", seen)
        return Finding(name, False, f"says nothing in /diagnostics (listened for {seen.seconds:g} s)", remedy)
    if diagnosis.level in enough:
        return Finding(name, True, remedy=diagnosis.remedy, detail=diagnosis.message)
    return Finding(name, False, diagnosis.message or diagnosis.level, diagnosis.remedy or "see its log")


def _stream(seen: Seen, stream: Stream, namespace: str) -> Finding:
    if wrong := offered(seen.graph, stream.topic, stream.type, stream.publishers, _late(stream.remedy, seen)):
        return wrong
    if stream.for_gate and not listens(seen.graph, stream.topic, f"{namespace}/gate"):
        return Finding(stream.topic, False, "the gate does not listen to it (yet)", _late("see log/gate.log", seen))
    found = _flow(seen, stream, seen.flows.get(stream.topic, Flow(0.0)))
    if not found.ok and (ill := _ill(seen, stream)):
        return Finding(stream.topic, False, f"{ill.name}: {ill.message}", f"see {ill.name} in this table")
    return found


def _ill(seen: Seen, stream: Stream) -> Diagnosis | None:
    """The device of this stream that is said to be in error: what is wrong with the stream comes from it."""
    for name, diagnosis in seen.diagnostics.items():
        if diagnosis.level == "error" and f"{name} ".startswith(f"{stream.name} "):
            return diagnosis
    return None


def _flow(seen: Seen, stream: Stream, flow: Flow) -> Finding:
    if flow.rate_hz >= stream.min_hz:
        return _clock(seen, stream, flow) or Finding(stream.topic, True, detail=f"{flow.rate_hz:.1f} Hz")
    said = f"{flow.rate_hz:.1f} Hz, expected {stream.min_hz:.0f} Hz or more"
    remedy = too_busy(seen.load) if seen.load.busy and flow.rate_hz > 0.0 else _late(stream.remedy, seen)
    if seen.load.busy and stream.behind_s and flow.rate_hz * stream.behind_s >= ENOUGH:
        return _clock(seen, stream, flow) or Finding(stream.topic, True, remedy=remedy, detail=said)
    return Finding(stream.topic, False, said, remedy)


def _late(remedy: str, seen: Seen) -> str:
    """What mends what came late or not at all."""
    return remedy_for_late(remedy, seen.load)


def _clock(seen: Seen, stream: Stream, flow: Flow) -> Finding | None:
    """Its stamps are so far off that the gate would not take them."""
    if stream.behind_s and flow.lag_s > stream.behind_s:
        off = f"{flow.lag_s:.2f} s behind"
    elif stream.ahead_s and -flow.lag_s > stream.ahead_s:
        off = f"{-flow.lag_s:.2f} s ahead of"
    else:
        return None
    remedy = "set the clocks of both machines by one source (chrony, PTP), and stamp when the value was measured"
    return Finding(stream.topic, False, f"stamps are {off} this machine's clock", _late(remedy, seen))


def _other_topics(graph: Graph, told: set[str]) -> list[Finding]:
    """Topics that no stream stands for, but that somebody of the session listens to in vain."""
    others = sorted(graph.publishers.keys() - told)
    return [wrong for topic in others if (wrong := _types(graph, topic) or unheard(graph, topic))]


def _types(graph: Graph, topic: str) -> Finding | None:
    for publisher in graph.publishers.get(topic, ()):
        for reader in graph.readers.get(topic, ()):
            if publisher.type != reader.type:
                problem = f"{publisher.called} publishes {publisher.type}, {reader.called} listens to {reader.type}"
                return Finding(topic, False, problem, "publish the type that is listened to")
    return other_definition(graph, topic)


def _safety(seen: Seen, states: Sequence[str]) -> Finding:
    if seen.safety is None:
        return Finding("safety", False, "the gate says nothing", _late("see log/gate.log", seen))
    state, reason, remedy = seen.safety
    if state in states:
        return Finding("safety", True, detail=f"{state}: {reason}")
    return Finding("safety", False, f"{state}: {reason}", remedy or "see the dashboard")
