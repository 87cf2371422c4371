"""Whether this machine can reach the robot's own computers as the session's `network` says. Connects to nobody."""

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from port_session.admission.finding import Finding
from port_session.border.certificates import EDGE, certificate_folder, usable
from port_session.border.robot_network import udp_ports


def robot_network(session: Mapping[str, Any], running: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """session: its file as it was understood. running: records of the sessions that run on this machine."""
    network = session.get("network")
    if network is None:
        return []
    if network["way"] == "link":
        return [_certificates(certificate_folder(network["certificates"]), session["team"])]
    return [_interface(network["interface"]), _domain(network, running)]


def _interface(address: str) -> Finding:
    try:
        with socket.socket(type=socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError as error:
        remedy = "write this machine's address on the robot's network (`ip -4 addr` lists them), and plug that in"
        return Finding("network.interface", False, f"{address} is no address of this machine: {error.strerror}", remedy)
    return Finding("network.interface", True, detail=address)


def _domain(network: Mapping[str, Any], running: Sequence[Mapping[str, Any]]) -> Finding:
    """Two robots in one domain on one network would hear each other."""
    place = (network["domain"], network["interface"])
    for record in running:
        other = record["description"]["session"].get("network") or {}
        if (other.get("domain"), other.get("interface")) == place:
            problem = f"the robot of session {record['session']} is in domain {place[0]} on {place[1]}, too"
            return Finding("network.domain", False, problem, "give one of the robots another domain or network")
    first, last = udp_ports(network["domain"])
    return Finding("network.domain", True, detail=f"{network['domain']}; a firewall must pass UDP {first} to {last}")


def _certificates(folder: Path, team: str) -> Finding:
    remedy = f"port robot invite {team}, then port robot link SESSION for its robot's computer"
    try:
        if not (folder / f"{EDGE}.crt").exists():
            return Finding("network.certificates", False, f"there are none in {folder}", remedy)
        if not usable(folder, team):
            return Finding("network.certificates", False, f"{folder}: none of team {team} that is good now", remedy)
    except (OSError, ValueError) as error:
        return Finding("network.certificates", False, f"{folder}: {error}", remedy)
    return Finding("network.certificates", True, detail=f"of team {team}, in {folder}")
