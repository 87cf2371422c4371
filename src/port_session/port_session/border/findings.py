"""What is wrong on the robot's side of a border, by name, with what mends it. Pure: judges what that side reports."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from port_session.border.channels import IN
from port_session.border.echo import Offset
from port_session.border.table import Crossing

#: The robot's clock may lie this far off before what it stamps is in doubt.
CLOCK_S = 0.05
#: Without these the gate has nothing to judge by.
_NEEDED = {
    "command_in": "start the robot's stack, and remap its command topic to this one",
    "odometry": "start the robot's odometry, or remap it to this topic",
    "joint_states": "start the robot's joint_state_broadcaster, or remap it to this topic",
}


class Fault(NamedTuple):
    """One line for people, and what to do."""

    what: str
    remedy: str


class Endpoints(Struct, frozen=True):
    """Of one topic: node, type, type hash, reliability of each."""

    publishers: list[list[str]] = []
    subscribers: list[list[str]] = []


class Report(Struct, frozen=True):
    """What the robot's side saw. seen: all topics there with their types. missing: types that it does not have."""

    topics: dict[str, Endpoints] = {}
    seen: list[tuple[str, list[str]]] = []
    missing: dict[str, str] = {}
    nodes: int = 0


def foreign(report: Report, rows: Sequence[Crossing]) -> list[str]:
    """Who publishes on the robot's command topic there beside the robot's side of the border."""
    (command,) = [row for row in rows if row.name == "command_out"]
    ends = report.topics.get(command.topic, Endpoints())
    return sorted({publisher[0] for publisher in ends.publishers})


def faults(report: Report, rows: Sequence[Crossing], offset: Offset | None) -> list[Fault]:
    """Everything that is wrong, the most important first."""
    found = [*_command_out(report, rows), *_inward(report, rows)]
    return [*found, *_clock(offset)]


def _command_out(report: Report, rows: Sequence[Crossing]) -> Iterator[Fault]:
    for who in foreign(report, rows):
        yield Fault(
            f"{who} publishes on the robot's command topic beside port", "remap it to the request topic, or end it"
        )
    (row,) = [row for row in rows if row.name == "command_out"]
    readers = report.topics.get(row.topic, Endpoints()).subscribers
    if row.topic in report.missing:
        yield Fault(
            f"{row.type} is not installed on the robot's side", "install it there; the gate's command has that type"
        )
    elif not readers:
        yield Fault(
            f"nobody listens to {row.topic} on the robot's side: it would not hear a stop{_elsewhere(report, row)}",
            "start the robot's base driver or controller, and remap its command input to this topic",
        )
    for node, type_name, *_ in readers:
        if type_name != row.type:
            problem = f"{node} listens to {row.topic} as {type_name}, the gate sends {row.type}"
            yield Fault(problem, "set topics.command_type in the robot's profile to what it listens to")


def _inward(report: Report, rows: Sequence[Crossing]) -> Iterator[Fault]:
    for row in rows:
        if row.direction != IN:
            continue
        writers = report.topics.get(row.topic, Endpoints()).publishers
        if row.topic in report.missing:
            yield Fault(f"{row.type} of {row.topic} is not installed on the robot's side", "install it there")
        elif not writers and row.name in _NEEDED:
            yield Fault(f"nobody publishes {row.topic} on the robot's side{_elsewhere(report, row)}", _NEEDED[row.name])
        if len(writers) > 1:
            names = ", ".join(sorted(writer[0] for writer in writers))
            yield Fault(f"{len(writers)} publishers on {row.topic}: {names}", "end or remap all but one")
        for node, type_name, *_ in writers:
            if type_name != row.type:
                problem = f"{node} publishes {row.topic} as {type_name}, the robot's profile says {row.type}"
                yield Fault(problem, "publish that type, or change the robot's profile")


def _elsewhere(report: Report, row: Crossing) -> str:
    """A topic of the same last name and type in another namespace is what people mean most often."""
    last = row.topic.rpartition("/")[2]
    others = [name for name, types in report.seen if name != row.topic and name.rpartition("/")[2] == last]
    return f"; there is {' and '.join(sorted(others)[:3])}" if others else ""


def _clock(offset: Offset | None) -> Iterator[Fault]:
    if offset is None:
        return
    ahead_s, sure_s = offset.system_ahead_ns / 1e9, offset.uncertainty_ns / 1e9
    if abs(ahead_s) - sure_s > CLOCK_S:
        word = "ahead of" if ahead_s > 0 else "behind"
        problem = f"the robot's clock is {abs(ahead_s):.3f} s {word} this machine's (± {sure_s * 1e3:.1f} ms)"
        yield Fault(problem, "set both by one source: chrony or PTP (docs/network.md)")


def counted(what: str, counts: Mapping[str, int]) -> dict[str, object]:
    """For /diagnostics."""
    return {f"{what} {topic}": count for topic, count in counts.items()}


def as_report(tree: Any) -> Report:
    """What came over the link. Raises msgspec.ValidationError for what is none."""
    from msgspec import convert

    return convert(tree, Report)
