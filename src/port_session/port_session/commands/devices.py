"""`port devices`: what is plugged in, and which entry of a session's ground it fits. Opens and disturbs nothing."""

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from port_session.devices.entries import Entry
    from port_session.devices.fit import Situation

_EPILOG = """\
examples:
  port devices                 what is plugged in, with a block for a ground's file each; the running session's, too
  port devices annex           the same beside session annex: each entry's device, or what mends its absence
  port devices annex --json"""


def add(commands: Any) -> None:
    """The words of `port devices`."""
    parser = commands.add_parser(
        "devices", help="what is plugged in, and which entry of a ground's file it fits", description=__doc__,
        epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("session", nargs="?", help="name or file; without it, the session that runs, if one does")
    parser.add_argument("--json", action="store_true", help="the same as JSON, for programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print it; 0 if every entry has its device, else 1."""
    from port_session.admission.finding import table
    from port_session.devices.fit import fit, unnamed
    from port_session.devices.look import look
    from port_session.devices.show import devices, offers
    from port_session.devices.snippets import snippets

    named, situation = _asked(args.session)
    seen = look(named)
    findings, spare = fit(named, seen, situation), unnamed(named, seen)
    if args.json:
        offered = {device.path: snippets(device) for device in spare}
        tree = {
            "plugged": [asdict(device) for device in seen.plugged],
            "entries": [asdict(finding) for finding in findings],
            "unnamed": offered,
        }
        print(json.dumps(tree, indent=2))
    else:
        parts = [devices(seen.plugged), table(findings) if findings else "", offers(spare, bool(named))]
        print("\n\n".join(part for part in parts if part))
    return 0 if all(finding.ok for finding in findings) else 1


def _asked(name: str | None) -> "tuple[tuple[Entry, ...], Situation]":
    """The entries of the session that was named, or else of the one that runs; none without either."""
    from port_session.devices.entries import entries
    from port_session.devices.fit import Situation
    from port_session.supervisor.runtime import running_sessions

    records = running_sessions()
    if name is None:
        if len(records) != 1:
            return (), Situation()
        record = records[0]
    else:
        from port_session.description.resolve import resolve

        resolved = resolve(name)
        running = [one for one in records if one["session"] == resolved.session]
        if not running:
            return entries(resolved.ground), Situation(simulated=resolved.ground["simulated"])
        record = running[0]
    own = {pid: process for process, pid in record["pids"].items()}
    return entries(record["ground"]), Situation(own, record["ground"]["simulated"])
