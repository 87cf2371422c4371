"""Looks at this machine for the devices that a ground's file names, and for those it does not. Opens and sends nothing.

A network camera is connected to and hung up on, which tells whether somebody listens; an UDP sensor serves one client
at a time and is left alone: only whether this machine has a way to it is asked.
"""

import socket
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from port_ros.machine_load import remedy_for_late
from port_sensors.transport.plugged import Plugged, device_at, plugged_in, with_holders
from port_session.devices.entries import FILE, NETWORK, SERIAL, VIDEO, Entry
from port_session.devices.fit import Reached, Seen

_CONNECT_S = 1.0
_PORTS = {"http": 80, "rtsp": 554, "rtsps": 322}


def look(named: Iterable[Entry]) -> Seen:
    """Everything that is plugged in, and what is at each entry's address."""
    named = tuple(named)
    known = {device.node: device for device in plugged_in()}
    at: dict[str, Plugged] = {}
    for entry in named:
        if entry.kind in (SERIAL, VIDEO) and (device := device_at(entry.path)):
            at[entry.path] = known.get(device.node, device)
    unlisted = {device.node: device for device in at.values() if device.node not in known}
    known |= {device.node: device for device in with_holders(unlisted.values())}
    return Seen(
        plugged=tuple(known.values()),
        at={path: known[device.node] for path, device in at.items()},
        reached={entry.address: _reach(entry) for entry in named if entry.kind in (NETWORK, FILE)},
    )


def _reach(entry: Entry) -> Reached:
    if entry.kind == FILE:
        there = Path(entry.address).is_file()
        return Reached("a film") if there else Reached("", f"{entry.address}: no such file", f"correct {entry.key}")
    parts = urlsplit(entry.address)
    try:
        return _route(parts) if parts.scheme == "udp" else _knock(parts)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        remedy = f"check its power, its network cable and {entry.key}"
        remedy = remedy_for_late(remedy) if isinstance(error, TimeoutError) else remedy
        return Reached("", f"{entry.shown}: {reason}", remedy)


def _knock(parts: SplitResult) -> Reached:
    """Raises OSError if nobody listens."""
    with socket.create_connection((parts.hostname or "", parts.port or _PORTS[parts.scheme]), _CONNECT_S):
        return Reached("answers")


def _route(parts: SplitResult) -> Reached:
    """Raises OSError if there is no way to it. Connecting a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((parts.hostname or "", parts.port or 0))
        return Reached(f"reached through {probe.getsockname()[0]}; whether it is on shows only when it is driven")
