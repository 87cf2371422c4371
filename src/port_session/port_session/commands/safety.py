"""`port safety`: what a person holds at the gate. Neither arms, resets or releases a stop.

recover   leads the robot out of a zone whose edge it is over: hold an arrow key, the robot moves slowly and only
          outward; let go and it stops. Each repeat of the key is one assertion, so a terminal that hangs lets go.
override    overrides one rule while this command runs, at reduced speed; Ctrl-C lets go.
"""

import argparse
import getpass
import sys
from typing import Any

from port_session.commands.running import choose
from port_session.commands.words import free_text


def add(commands: Any) -> None:
    """The words of `port safety`."""
    parser = commands.add_parser(
        "safety", help="lead a robot out of a zone, override a rule", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    recover = actions.add_parser("recover", help="hold an arrow key to lead the robot out; q or Ctrl-C ends")
    recover.set_defaults(run=run_recover)
    override = actions.add_parser("override", help="override one rule while this command runs")
    override.add_argument("rule", help="its name in the envelope: operator_desk, separation, pose_agreement")
    override.add_argument("--why", required=True, type=free_text, help="goes into the evidence")
    override.set_defaults(run=run_override)
    for action in (recover, override):
        action.add_argument("--session", metavar="NAME", help="which one, if several run")
        action.add_argument(
            "--by",
            type=free_text,
            default=getpass.getuser(),
            metavar="NAME",
            help="who holds it (default: %(default)s)",
        )


def run_recover(args: argparse.Namespace) -> int:
    """0 if the robot was led out, 1 if it was not."""
    record = choose(args.session)
    from port_ros.session_key import SessionKeyError
    from port_session.commands.keys import Keys, NoTerminal
    from port_session.ros.holder import Holder, recover

    try:
        with Keys(sys.stdin) as keys, Holder(record) as holder:
            return _told(recover(holder, args.by, keys.read, _say))
    except (NoTerminal, SessionKeyError) as error:
        print(f"port: {error}", file=sys.stderr)
        return 1


def run_override(args: argparse.Namespace) -> int:
    """0 when it was let go by Ctrl-C, 1 if it was refused or ended by the gate."""
    record = choose(args.session)
    from port_ros.session_key import SessionKeyError
    from port_session.ros.holder import Holder, override

    try:
        with Holder(record) as holder:
            return _told(override(holder, args.rule, args.by, args.why, _say))
    except KeyboardInterrupt:
        print("\nlet go")
        return 0
    except SessionKeyError as error:
        print(f"port: {error}", file=sys.stderr)
        return 1


def _say(line: str) -> None:
    """One line that is written over again and again."""
    print(f"\r\x1b[K{line}", end="", flush=True)


def _told(refused: str) -> int:
    print(f"\r\x1b[K{refused}" if refused else "", file=sys.stderr)
    return 1 if refused else 0
