"""`port describe`: the processes of a session as they would be started, without starting any."""

import argparse
import json
from typing import Any


def add(commands: Any) -> None:
    """The words of `port describe`."""
    parser = commands.add_parser("describe", help="print the processes of a session", description=__doc__)
    parser.add_argument("session", help="name or file of the session")
    parser.add_argument("--out", metavar="DIR", help="as in `port up`")
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print it."""
    import msgspec

    from port_ros.network_address import tree_without_logins
    from port_session.description.resolve import resolve

    resolved = resolve(args.session, args.out)
    if args.json:
        print(json.dumps(tree_without_logins(msgspec.to_builtins(resolved)), indent=2))  # for everybody's eyes
        return 0
    print(f"session {resolved.session}, namespace {resolved.namespace}, evidence in {resolved.out}")
    for process in resolved.processes:
        respawn = f"respawn ≤ {process.max_respawns}" if process.respawn else ""
        fate = "ends the session" if process.required else respawn
        call = f"{process.package}/{process.executable}"
        print(f"  {process.stage}  {process.name:<13} {call:<31} {fate:<17} without it: {process.critical}")
    return 0
