"""What was seen of a running session, held against what must be. Pure: no ROS, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from port_ros.machine_load import MachineLoad, remedy_for_late, too_busy
from port_session.admission.finding import Finding
from port_session.description.expectations import Stream

#: A machine with time to spare.
IDLE = MachineLoad(0.0, 1)


@dataclass(frozen=True)
class Diagnosis:
    """One entry of /diagnostics. level: ok, warn, error or stale."""

    name: str
    level: str
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Publisher:
    """Who offers a topic, of which type."""

    node: str
    type: str


@dataclass(frozen=True)
class Seen:
    """What was seen in `seconds`: diagnostics by name, rates and publishers by topic as it stands in the description.

    safety: state, reason and remedy of safety/state; None if it never came. load: of this machine meanwhile.
    """

    seconds: float
    diagnostics: dict[str, Diagnosis] = field(default_factory=dict)
    rates_hz: dict[str, float] = field(default_factory=dict)
    publishers: dict[str, tuple[Publisher, ...]] = field(default_factory=dict)
    safety: tuple[str, str, str] | None = None
    load: MachineLoad = IDLE


def judge(seen: Seen, streams: Sequence[Stream], required: Sequence[str], command_out: str) -> list[Finding]:
    """One finding for each required diagnostic, each stream, the gate's state and the robot's command topic."""
    others = [name for name in seen.diagnostics if name not in required]
    return [
        *(_diagnosis(seen, name, ("ok",)) for name in required),
        *(_diagnosis(seen, name, ("ok", "warn")) for name in others),
        *(_stream(seen, stream) for stream in streams),
        _only_gate(seen, command_out),
        _safety(seen),
    ]


def _diagnosis(seen: Seen, name: str, enough: Sequence[str]) -> Finding:
    diagnosis = seen.diagnostics.get(name)
    if diagnosis is None:
        remedy = remedy_for_late("see its log, and `port session state`", seen.load)
        return Finding(name, False, f"says nothing in /diagnostics (listened for {seen.seconds:g} s)", remedy)
    if diagnosis.level in enough:
        return Finding(name, True, remedy=diagnosis.remedy, detail=diagnosis.message)
    return Finding(name, False, diagnosis.message or diagnosis.level, diagnosis.remedy or "see its log")


def _stream(seen: Seen, stream: Stream) -> Finding:
    publishers = seen.publishers.get(stream.topic, ())
    if not publishers:
        return Finding(stream.topic, False, "nobody publishes it", remedy_for_late(stream.remedy, seen.load))
    wrong = [publisher for publisher in publishers if publisher.type != stream.type]
    if wrong:
        problem = f"{wrong[0].node} publishes {wrong[0].type}, expected {stream.type}"
        return Finding(stream.topic, False, problem, "publish the expected type, or change the robot's profile")
    rate_hz = seen.rates_hz.get(stream.topic, 0.0)
    if rate_hz < stream.min_hz:
        remedy = too_busy(seen.load) if seen.load.busy and rate_hz > 0.0 else remedy_for_late(stream.remedy, seen.load)
        return Finding(stream.topic, False, f"{rate_hz:.1f} Hz, expected {stream.min_hz:.0f} Hz or more", remedy)
    return Finding(stream.topic, True, detail=f"{rate_hz:.1f} Hz")


def _only_gate(seen: Seen, topic: str) -> Finding:
    nodes = sorted({publisher.node for publisher in seen.publishers.get(topic, ())})
    if nodes == ["gate"]:
        return Finding(topic, True, detail="published by the gate alone")
    if not nodes:
        remedy = remedy_for_late("see log/gate.log", seen.load)
        return Finding(topic, False, "nobody publishes it, not even the gate", remedy)
    remedy = "remap that node's output to the command request topic; only the gate commands the robot"
    return Finding(topic, False, f"published by {', '.join(n for n in nodes if n != 'gate')} past the gate", remedy)


def _safety(seen: Seen) -> Finding:
    if seen.safety is None:
        return Finding("safety", False, "the gate says nothing", remedy_for_late("see log/gate.log", seen.load))
    state, reason, remedy = seen.safety
    if state in ("STANDBY", "RUN", "REDUCED"):
        return Finding("safety", True, detail=f"{state}: {reason}")
    return Finding("safety", False, f"{state}: {reason}", remedy or "see the dashboard")
