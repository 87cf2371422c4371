"""What was seen of a running session, held against what must be. Pure: no ROS, no clock.

One judge for both who ask: `port check`, and the session's node when it is to admit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from port_ros.machine_load import MachineLoad, remedy_for_late, too_busy
from port_session.admission.arrivals import Flow
from port_session.admission.command_claims import command_claims
from port_session.admission.finding import Finding
from port_session.admission.gate_word import mends
from port_session.admission.graph import Graph, commanded, heard_by, listens, offered, other_definition, twins, unheard
from port_session.admission.ground_claims import ground_claims
from port_session.admission.heard import Heard
from port_session.admission.joint_claims import joint_claims
from port_session.admission.motion_claims import motion_claims
from port_session.admission.odometry_claims import odometry_claims
from port_session.admission.profile import RobotProfile
from port_session.admission.request_claims import request_claims
from port_session.admission.stamps import wrong_stamps
from port_session.description.expectations import Stream

#: A machine with time to spare.
IDLE = MachineLoad(0.0, 1)
#: States of the gate in which a session that runs is well, and the one in which it can be admitted.
WELL, READY = ("STANDBY", "RUN", "REDUCED"), ("STANDBY",)

#: What the gate needs of a stream, within the time after which it stops the robot. A machine that is busy, and says so,
#: may give no more than that: the device is not to blame.
ENOUGH = 2
#: What the robot's own side publishes; no stream of a robot is of use to the gate beyond its own greatest tick.
OF_ROBOT, MOST_HZ = ("odometry", "joints", "command"), 1000.0


@dataclass(frozen=True)
class Diagnosis:
    """One entry of /diagnostics. level: ok, warn, error or stale; values: what else it says."""

    name: str
    level: str
    message: str
    remedy: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """What was seen in `seconds`: diagnostics by name, flows by topic as it stands in the description, the graph.

    safety: state, reason and remedy of safety/state; None if it never came. load: of this machine meanwhile.
    heard: what the robot said, what the ground saw and what the gate passed. realtime: the gate's rights, in its words.
    causes: rule and source of each of the stop in force.
    """

    seconds: float
    diagnostics: Mapping[str, Diagnosis] = field(default_factory=dict)
    flows: Mapping[str, Flow] = field(default_factory=dict)
    graph: Graph = field(default_factory=Graph)
    safety: tuple[str, str, str] | None = None
    load: MachineLoad = IDLE
    heard: Heard = field(default_factory=Heard)
    realtime: Sequence[str] = ()
    causes: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Expected:
    """What must be: the streams, the required diagnostics, the session's namespace, the robot's command topic.

    profile: what the robot says of itself is held against it; None: against nothing. ground: as it was described, None:
    nobody asks what its devices say beyond well or ill.
    """

    streams: Sequence[Stream]
    required: Sequence[str]
    namespace: str
    command_out: str
    profile: RobotProfile | None = None
    ground: Mapping[str, Any] | None = None


def judge(seen: Seen, expected: Expected, states: Sequence[str] = WELL) -> list[Finding]:
    """One finding for each required diagnostic, each stream, the robot's command topic and the gate, and each twin."""
    told = {stream.topic for stream in expected.streams} | {expected.command_out}
    streams = [found for stream in expected.streams for found in _stream_and_claims(seen, stream, expected)]
    command = _commanded(seen, expected)
    wrong = [found.name for found in (*streams, *command) if not found.ok]
    return [
        *(_diagnosis(seen, name) for name in expected.required),
        *streams,
        *_other_topics(seen.graph, told),
        *command,
        *twins(seen.graph.nodes),
        *_ground(seen, expected.ground),
        _safety(seen, states, wrong),
    ]


def _ground(seen: Seen, ground: Mapping[str, Any] | None) -> list[Finding]:
    if ground is None:
        return []
    values = {name: diagnosis.values for name, diagnosis in seen.diagnostics.items()}
    return ground_claims(ground, values, seen.realtime)


def _stream_and_claims(seen: Seen, stream: Stream, expected: Expected) -> list[Finding]:
    """Of what arrives as it should, what it says counts."""
    found = _stream(seen, stream, expected.namespace)
    flow, profile = seen.flows.get(stream.topic, Flow(0.0)), expected.profile
    if profile is None:
        return [found]
    if stream.topic == profile.command_in:
        return _request(seen, found, flow, profile) or [found]
    if not found.ok or stream.topic != profile.motion_topic:
        return [found]
    if profile.motion == "joints":
        return joint_claims(stream.topic, seen.heard, profile) or [found]
    claims = [*odometry_claims(stream.topic, seen.heard), *motion_claims(stream.topic, seen.heard)]
    return [one for one in claims if not one.ok][:1] or claims or [found]


def _request(seen: Seen, found: Finding, flow: Flow, profile: RobotProfile) -> list[Finding]:
    """Of a request that the gate hears: whether it is young enough, and asks for what can be done."""
    if not found.ok:
        return []
    if flow.stamp_s != 0.0 and (late := wrong_stamps(flow, profile.command_s, 0.0)):
        return [Finding(found.name, False, late[0], _late(late[1], seen))]
    return request_claims(flow.rate_hz, seen.heard, profile)


def _commanded(seen: Seen, expected: Expected) -> list[Finding]:
    """Who is on the robot's command topic, and whether the robot does what is said there."""
    request = expected.profile.command_in if expected.profile else "the request"
    silent = _late("see log/gate.log", seen)
    found = commanded(seen.graph, expected.namespace, expected.command_out, silent, request)
    if not found.ok or expected.profile is None:
        return [found]
    listener = heard_by(seen.graph, expected.namespace, expected.command_out)
    return command_claims(seen.heard, expected.profile, listener) or [found]


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
    if wrong := _sizes(stream, flow):
        return wrong
    if flow.rate_hz >= stream.min_hz:
        return _clock(seen, stream, flow) or Finding(stream.topic, True, detail=f"{flow.rate_hz:.1f} Hz")
    said = f"{flow.rate_hz:.1f} Hz, expected {stream.min_hz:.0f} Hz or more"
    device = stream.name not in OF_ROBOT and flow.rate_hz > 0.0
    remedy = too_busy(seen.load) if seen.load.busy and device else _late(_faster(stream, flow), seen)
    if seen.load.busy and stream.behind_s and flow.rate_hz * stream.behind_s >= ENOUGH:
        return _clock(seen, stream, flow) or Finding(stream.topic, True, remedy=remedy, detail=said)
    return _clock(seen, stream, flow) or Finding(stream.topic, False, said, remedy)


def _faster(stream: Stream, flow: Flow) -> str:
    """What mends a stream that comes too seldom, or not at all though somebody offers it."""
    if stream.name not in OF_ROBOT:
        return stream.remedy
    if flow.rate_hz > 0.0:
        return f"raise its rate (publish_rate of its driver): the gate stops when none came for {stream.behind_s:g} s"
    return "see the log of who publishes it: it is there, and sends nothing that arrives"


def _sizes(stream: Stream, flow: Flow) -> Finding | None:
    if flow.most_bytes and flow.bytes > flow.most_bytes:
        problem = f"messages of {flow.bytes} bytes, the gate reads none of more than {flow.most_bytes}"
        return Finding(
            stream.topic, False, problem, "leave out what is no part of it: names, lists and frames are short"
        )
    if flow.rate_hz > MOST_HZ:
        problem = f"{flow.rate_hz:.0f} Hz, expected {MOST_HZ:.0f} Hz at most: it takes the processor from the gate"
        return Finding(stream.topic, False, problem, "publish it by a timer, at 20 to 200 Hz")
    return None


def _late(remedy: str, seen: Seen) -> str:
    """What mends what came late or not at all."""
    return remedy_for_late(remedy, seen.load)


def _clock(seen: Seen, stream: Stream, flow: Flow) -> Finding | None:
    """Its stamps are so far off that the gate would not take them."""
    wrong = wrong_stamps(flow, stream.behind_s, stream.ahead_s)
    return Finding(stream.topic, False, wrong[0], _late(wrong[1], seen)) if wrong else None


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


def _safety(seen: Seen, states: Sequence[str], wrong: Sequence[str]) -> Finding:
    """The gate's word; where something of the robot is wrong, that comes first: a reset before would be refused."""
    if seen.safety is None:
        return Finding("safety", False, "the gate says nothing", _late("see log/gate.log", seen))
    state, reason, remedy = seen.safety
    if state in states:
        return Finding("safety", True, detail=f"{state}: {reason}")
    mend = f"first mend {', '.join(dict.fromkeys(wrong))} (in this table)" if wrong else mends(seen.causes)
    first = f"{mend}; then " if mend else ""
    return Finding("safety", False, f"{state}: {reason}", first + (remedy or "see the dashboard"))
