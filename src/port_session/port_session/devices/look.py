"""Looks at this machine for the devices that a ground's file names, and for those it does not. Opens and sends nothing.

A network camera is connected to and hung up on, which tells whether somebody listens; an UDP sensor serves one client
at a time and is left alone: only whether this machine has a way to it is asked.
"""

import socket
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from port_ros.machine_load import remedy_for_late
from port_ros.network_address import NetworkAddress, parse_url
from port_ros.secret_file import exposure, read_secret
from port_sensors.transport.plugged import Plugged, device_at, plugged_in, with_holders
from port_session.devices.entries import FILE, NETWORK, SERIAL, VIDEO, Entry
from port_session.devices.fit import Reached, Seen

_CONNECT_S = 1.0
_PORTS = {"http": 80, "rtsp": 554, "rtsps": 322, "udp": 0}


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
        return Reached("a film") if there else Reached("", f"{entry.shown}: no such file", f"correct {entry.key}")
    try:
        url = parse_url(entry.address, _PORTS)
    except ValueError as error:
        return Reached("", str(error), f"correct {entry.key} in the ground's file")
    try:
        reached = _route(url) if url.scheme == "udp" else _knock(url)
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = f"check its power, its network cable and {entry.key}"
        remedy = remedy_for_late(remedy) if isinstance(error, TimeoutError) else remedy
        return Reached("", f"{entry.shown}: {reason}", remedy)
    return _with_login(reached, entry, url)


def _with_login(reached: Reached, entry: Entry, url: NetworkAddress) -> Reached:
    """What is to be said of the device's password, too."""
    block = entry.key.rpartition(".")[0]
    if url.user:
        remedy = f"write {block}.user and {block}.password_file: in {entry.key} everybody reads the password"
        return replace(reached, remedy=remedy)
    if not entry.password_file:
        return reached
    try:
        read_secret(entry.password_file)
    except OSError as error:
        return Reached("", f"{entry.password_file}: {error.strerror}", f"mend {block}.password_file")
    return replace(reached, remedy=exposure(entry.password_file))


def _knock(url: NetworkAddress) -> Reached:
    """Raises OSError if nobody listens."""
    with socket.create_connection((url.host, url.port), _CONNECT_S):
        return Reached("answers")


def _route(url: NetworkAddress) -> Reached:
    """Raises OSError if there is no way to it. Connecting a UDP socket sends nothing."""
    family, kind, _, _, place = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind) as probe:
        probe.connect(place)
        return Reached(f"reached through {probe.getsockname()[0]}; whether it is on shows only when it is driven")
