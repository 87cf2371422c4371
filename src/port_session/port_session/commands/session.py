"""`port session`: the next step of the running session, or where it stands."""

import argparse
import getpass
import json
import sys
from typing import Any

from port_session.commands.running import choose
from port_session.commands.words import free_text
from port_session.session.machine import STEPS


def add(commands: Any) -> None:
    """The words of `port session`."""
    parser = commands.add_parser("session", help="the next step of a session, or its state", description=__doc__)
    parser.add_argument("step", choices=(*STEPS, "state"))
    parser.add_argument("--session", metavar="NAME", help="which one, if several run")
    parser.add_argument("--note", default="", type=free_text, help="kept with the step in the session's events")
    parser.add_argument("--json", action="store_true", help="the same as JSON, for programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 if the step was accepted, 1 if it was refused or nobody answered."""
    record = choose(args.session)
    from port_session.ros.command_client import ask, read_state

    answer = read_state(record) if args.step == "state" else ask(record, args.step, getpass.getuser(), args.note)
    if args.json:
        print(json.dumps(answer))
    else:
        line = f"{record['session']}: {answer['state']}: {answer['reason']}"
        print(line, file=sys.stdout if answer["accepted"] else sys.stderr)
    return 0 if answer["accepted"] else 1
