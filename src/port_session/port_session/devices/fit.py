"""Which plugged device each entry of a ground's file has, what is wrong with it, which device nobody names. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from port_ros.network_address import without_login
from port_sensors.transport.plugged import Plugged
from port_session.admission.finding import Finding
from port_session.devices.entries import FILE, NETWORK, SERIAL, VIDEO, Entry

_KINDS = {SERIAL: "serial port", VIDEO: "video device"}
_GROUPS = {SERIAL: "dialout", VIDEO: "video"}


@dataclass(frozen=True)
class Reached:
    """What was found at a network address or file. problem, remedy: empty if it is well."""

    detail: str = ""
    problem: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Seen:
    """What was found on this machine.

    plugged: every device. at: the device behind the path of an entry. reached: what is at the other entries' addresses.
    """

    plugged: tuple[Plugged, ...] = ()
    at: Mapping[str, Plugged] = field(default_factory=dict)
    reached: Mapping[str, Reached] = field(default_factory=dict)


@dataclass(frozen=True)
class Situation:
    """own: the running session's processes by their pid; empty if it does not run. simulated: its devices are."""

    own: Mapping[int, str] = field(default_factory=dict)
    simulated: bool = False

    @property
    def waits(self) -> bool:
        """Whether the devices appear only when the session is started."""
        return self.simulated and not self.own


def fit(named: Iterable[Entry], seen: Seen, situation: Situation) -> list[Finding]:
    """Each entry with its device, or what keeps it from one and what mends that."""
    named = tuple(named)
    spare = unnamed(named, seen)
    return [_fit_one(entry, named, seen, situation, spare) for entry in named]


def unnamed(named: Iterable[Entry], seen: Seen) -> tuple[Plugged, ...]:
    """The devices that no entry names."""
    taken = {device.node for entry in named if (device := seen.at.get(entry.path))}
    return tuple(device for device in seen.plugged if device.node not in taken)


def _fit_one(
    entry: Entry, named: tuple[Entry, ...], seen: Seen, situation: Situation, spare: tuple[Plugged, ...]
) -> Finding:
    if situation.waits and entry.kind != FILE:
        return Finding(entry.name, True, detail=f"{entry.shown}  simulated: there while the session runs")
    if entry.kind in (NETWORK, FILE):
        reached = seen.reached[entry.address]
        detail = f"{entry.shown}  {reached.detail}".rstrip()
        return Finding(entry.name, not reached.problem, reached.problem, reached.remedy, detail)
    device = seen.at.get(entry.path)
    if device is None:
        return Finding(entry.name, False, f"{without_login(entry.path)}: not plugged in", _plug_it_in(entry, spare))
    problem, remedy = _trouble(entry, device, named, seen, situation)
    if problem:
        return Finding(entry.name, False, problem, remedy)
    return Finding(entry.name, True, remedy=_better_name(entry, device), detail=_detail(entry, device, situation))


def _trouble(
    entry: Entry, device: Plugged, named: tuple[Entry, ...], seen: Seen, situation: Situation
) -> tuple[str, str]:
    """What keeps the entry from its device, and what mends it; empty if nothing."""
    correct = f"correct {entry.key} in the ground's file"
    if device.kind != entry.kind:
        return f"{entry.path} is no {_KINDS[entry.kind]}", correct
    for other in named:
        if other is not entry and (theirs := seen.at.get(other.path)) and theirs.node == device.node:
            return f"{entry.path} is the device of {other.name} too", correct
    if not device.allowed:
        group = _GROUPS[entry.kind]
        return f"{entry.path}: permission denied", f"sudo usermod -aG {group} $USER, then log in again"
    if strangers := [holder for holder in device.holders if holder.pid not in situation.own]:
        return f"{entry.path} is in use by {', '.join(map(str, strangers))}", f"end that process, or {correct}"
    return "", ""


def _plug_it_in(entry: Entry, spare: tuple[Plugged, ...]) -> str:
    alike = [device.path for device in spare if device.kind == entry.kind]
    hint = f"; plugged in and named by no entry: {', '.join(alike)}" if alike else ""
    return f"plug it in and switch it on, or correct {entry.key} in the ground's file{hint}"


def _better_name(entry: Entry, device: Plugged) -> str:
    """A kernel's number follows the order of plugging: the wrong plate may answer to it tomorrow."""
    if entry.path != device.node or device.path == device.node:
        return ""
    return f"write {device.path} for {entry.key}: {device.node} may be another device after the next plugging"


def _detail(entry: Entry, device: Plugged, situation: Situation) -> str:
    users = ", ".join(sorted({situation.own[holder.pid] for holder in device.holders}))
    used = f"used by {users}" if users else "free"
    return "  ".join(part for part in (entry.path, device.label, used) if part)
