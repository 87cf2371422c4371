"""`port telemetry drain`: sends what an ended session left in its spool until it is empty; ended, it goes on later."""

import argparse
import dataclasses
import sys
import time
from pathlib import Path

from port_ros.network_address import host_port
from port_telemetry.commands.status import link_line
from port_telemetry.core.words import age_text
from port_telemetry.mqtt.client import Sender
from port_telemetry.mqtt.remembered import FILE, remembered
from port_telemetry.mqtt.target import Target, Tls
from port_telemetry.spool.database import SpoolError, holder
from port_telemetry.spool.look import folder_of, look
from port_telemetry.spool.spool import Limits, Spool

_EXIT_INTERRUPTED = 130
_SAY_S, _LOOK_S = 1.0, 0.05
_NAMES = ("site", "edge", "session")
#: Files of the target that are read anew, and what their options are called.
_FILES = {
    "password_file": "--password-file",
    "facility_key_file": "--facility-key",
    "signing_key_file": "--signing-key",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words of this command."""
    parser = commands.add_parser("drain", help="send what an ended session left behind, until nothing is left")
    parser.add_argument("folder", type=Path, help="of the session's evidence")
    for name, text in (
        ("host", "of the broker"),
        ("user", "login there"),
        *((name, "part of topics") for name in _NAMES),
    ):
        parser.add_argument(f"--{name}", help=f"{text}; default: as the session had it")
    parser.add_argument("--port", type=int, help="of the broker; default: as the session had it")
    for name, option in _FILES.items():
        parser.add_argument(option, dest=name, type=Path, metavar="FILE", help="default: as the session had it")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="TLS: who may vouch for the broker")
    parser.add_argument("--cert", type=Path, metavar="FILE", help="TLS: who this edge is")
    parser.add_argument("--cert-key", type=Path, metavar="FILE", help="TLS: its key")
    parser.add_argument(
        "--trust-broker", action="store_true", help="delete what the broker took; no facility acknowledges"
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Send until nothing waits; 0 then, 130 after Ctrl-C. Raises SpoolError, ValueError, OSError."""
    folder = folder_of(chosen.folder)
    if pid := holder(folder):
        raise SpoolError(f"{folder} is in use by process {pid}, which sends it; see: port telemetry status {folder}")
    if not look(folder).records:
        print("nothing is left")
        return 0
    target = _target(chosen, folder)
    spool = Spool(folder, Limits(quota_bytes=look(folder).quota_bytes or Limits().quota_bytes))
    sender = Sender(target, spool)
    try:
        _watch(sender, spool)
    except KeyboardInterrupt:
        print(
            f"\nended; {spool.stored_records} records are still in {folder}, the same command goes on", file=sys.stderr
        )
        return _EXIT_INTERRUPTED
    finally:
        sender.close()
        spool.close()
    print("nothing is left")
    return 0


def _watch(sender: Sender, spool: Spool) -> None:
    say_s = time.monotonic()
    while spool.stored_records:
        if time.monotonic() >= say_s:
            say_s += _SAY_S
            said = sender.progress
            oldest = f", the oldest {age_text(said.oldest_s)} old" if said.oldest_s else ""
            print(f"{spool.stored_records} wait{oldest}; {link_line(said)}", flush=True)
        time.sleep(_LOOK_S)


def _target(chosen: argparse.Namespace, folder: Path) -> Target:
    """As the session had it, but for what the command line says. Raises SpoolError, ValueError."""
    said = {
        name: getattr(chosen, name) for name in ("host", "port", "user", *_NAMES) if getattr(chosen, name) is not None
    }
    said |= {name: str(getattr(chosen, name)) for name in _FILES if getattr(chosen, name)}
    named = {"host", "port", *_NAMES} <= said.keys()
    target = (
        Target(**said) if named and not (folder / FILE).exists() else dataclasses.replace(remembered(folder), **said)
    )
    if "host" in said or "port" in said:
        target = dataclasses.replace(target, others=())
    if chosen.ca:
        target = dataclasses.replace(
            target, tls=Tls(*(str(file or "") for file in (chosen.ca, chosen.cert, chosen.cert_key)))
        )
    return _usable(dataclasses.replace(target, announced=False), chosen.trust_broker)


def _usable(target: Target, trust_broker: bool) -> Target:
    if trust_broker:
        target = dataclasses.replace(target, facility_key_file="")
    elif not target.facility_key_file:
        raise ValueError("nobody would acknowledge: name the facility's public key (--facility-key) or --trust-broker")
    _refuse_what_is_gone(target)
    if target.signing_key_file and not Path(target.signing_key_file).exists():
        print(f"{target.signing_key_file} is gone: safety records go unsigned (--signing-key FILE)", file=sys.stderr)
        target = dataclasses.replace(target, signing_key_file="")
    return target


def _refuse_what_is_gone(target: Target) -> None:
    named = {name: Path(file) for name in ("password_file", "facility_key_file") if (file := getattr(target, name))}
    gone = {name: file for name, file in named.items() if not file.exists()}
    if gone and not any(file.parent.exists() for file in gone.values()):
        options = " ".join(f"{_FILES[name]} FILE" for name in gone)
        raise ValueError(
            f"the broker of that session, {host_port(target.host, target.port)}, ended with it, and its files with it; "
            f"name one to send to: --host H --port N --user NAME {options}"
        )
    for name, file in gone.items():
        raise ValueError(f"{file} is gone; name another with {_FILES[name]} FILE")
