"""What a session needs of this machine: executables, free TCP ports, the broker program, devices. Changes nothing."""

import errno
import os
import shutil
import socket
from pathlib import Path

from port_ros.network_address import host_port
from port_session.admission.finding import Finding
from port_session.admission.layout import layout
from port_session.admission.machine import disk, system_clock
from port_session.admission.robot_network import robot_network
from port_session.admission.settings import settings
from port_session.admission.shared_memory import shared_memory
from port_session.description.expectations import Address
from port_session.description.resolve import Resolved
from port_session.devices.entries import entries
from port_session.devices.fit import Situation, fit
from port_session.devices.look import look
from port_session.supervisor.command_line import find_executable
from port_session.supervisor.errors import StartError
from port_session.supervisor.leases import held
from port_session.supervisor.runtime import running_sessions

#: Debian keeps daemons where an ordinary user's PATH does not look.
_DAEMON_PATH = "/usr/sbin:/usr/local/sbin:/sbin"


def before_start(resolved: Resolved, devices: bool = False) -> list[Finding]:
    """Everything that must hold before a process is started; with `devices`, each real device is looked at too."""
    shared = shared_memory(len(resolved.processes), os.environ)
    findings = [_executables(resolved), *_description(resolved), shared]
    if resolved.needs_broker:
        findings.append(_broker())
    if resolved.domain is not None:
        findings.append(_domain(resolved.domain))
    findings += [address_free(address) for address in resolved.addresses]
    findings += robot_network(resolved.description["session"], list(running_sessions()))
    findings.append(disk(Path(resolved.out)))
    if devices and not resolved.description["ground"]["simulated"]:
        findings += system_clock()
        named = entries(resolved.ground)
        findings += fit(named, look(named), Situation())
    return findings


def _description(resolved: Resolved) -> list[Finding]:
    """What its files say that cannot be: values first, then what follows from them; of one value, once."""
    values = layout(resolved)
    told = {_value(finding) for finding in values}
    return [*values, *(finding for finding in settings(resolved) if not finding.key or _value(finding) not in told)]


def _value(finding: Finding) -> str:
    return finding.key.partition("[")[0]


def refuse_if_not_ready(resolved: Resolved) -> None:
    """Raises StartError for the first thing that would keep the session from starting."""
    for finding in before_start(resolved):
        if not finding.ok:
            raise StartError(finding.line, finding.remedy)


def _executables(resolved: Resolved) -> Finding:
    try:
        for process in resolved.processes:
            find_executable(process)
    except StartError as error:
        return Finding("executables", False, error.problem, error.remedy)
    return Finding("executables", True, detail=f"{len(resolved.processes)} processes")


def _broker() -> Finding:
    path = shutil.which("mosquitto") or shutil.which("mosquitto", path=_DAEMON_PATH)
    if path is None:
        remedy = "apt-get install mosquitto, or set mqtt.broker: external with the address of one"
        return Finding("mqtt.broker", False, "the program mosquitto is not installed", remedy)
    return Finding("mqtt.broker", True, detail=path)


def _domain(domain: int) -> Finding:
    if held(f"port-domain-{domain}"):
        remedy = "end that one, or leave `domain` out: a free one is taken"
        return Finding("domain", False, f"ROS domain {domain} is used by another session on this machine", remedy)
    return Finding("domain", True, detail=str(domain))


def address_free(address: Address) -> Finding:
    """Whether a process could listen on `address` now. Two who look at once do not see each other."""
    where = host_port(address.host, address.port)
    try:
        family, kind, number, _, name = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, number) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(name)  # refused where somebody listens, but not where somebody else looks, too
    except OSError as error:
        return Finding(address.key, False, *_why_taken(address, where, error))
    return Finding(address.key, True, detail=where)


def _session_at(address: Address) -> str:
    """The running session that listens there; empty if it is somebody else."""
    for record in running_sessions():
        if any(taken["port"] == address.port for taken in record["addresses"]):
            return str(record["session"])
    return ""


def _why_taken(address: Address, where: str, error: OSError) -> tuple[str, str]:
    if error.errno == errno.EADDRINUSE and (session := _session_at(address)):
        return f"TCP {where} is used by the session {session}, which runs here", (
            f"end that session, or set {address.key} to a free port"
        )
    if error.errno == errno.EADDRINUSE:
        find = f"ss -ltnp 'sport = :{address.port}'"
        return f"TCP {where} is in use", f"end what listens there ({find}), or set {address.key} to a free port"
    if error.errno == errno.EACCES:
        return f"TCP {where} is not open to this user", f"set {address.key} to a port above 1023"
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return f"{address.host} is not an address of this machine", "use 127.0.0.1, or an address that `ip addr` shows"
    return f"TCP {where} cannot be used: {error.strerror}", f"set {address.key} to another"
