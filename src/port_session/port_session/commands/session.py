"""`port session`: a session from its booking to its review.

  new                                 write the file of a session
  admit arm start halt resume         the next step of the session that runs here
  end_run finish abort                end a run, the session, or break it off
  state view                          where the running session stands; the same, live, with a key for each step
  void_run review seal                what people decide about a session that is over, by its folder
  list show                           all sessions of this machine; one of them

A stop is released on site only: by the reset button or the on-site service, never from here.
"""

import argparse
import getpass
import json
import sys
from pathlib import Path
from typing import Any

from port_session.commands import session_book, session_list, session_seal, session_view
from port_session.commands.running import choose
from port_session.commands.words import free_text
from port_session.session.machine import STEPS

_HELP = {
    "admit": "is everything ready? then the robot may be armed",
    "arm": "open the gate for the robot's stack",
    "start": "begin a run, or go on with the one that was interrupted",
    "halt": "stop the robot, and the run with it; it can go on",
    "resume": "arm and go on with the run that was interrupted; the stop must have been reset",
    "end_run": "the run is over: the gate is closed, and the next one can be armed",
    "void_run": "a run does not count; it is kept, with the reason in --note",
    "finish": "the session is over",
    "abort": "the session is over, and broken off",
}


def add(commands: Any) -> None:
    """The words of `port session`."""
    parser = commands.add_parser(
        "session", help="book, run, review and list sessions", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    actions = parser.add_subparsers(metavar="ACTION", required=True, dest="step")
    session_book.add(actions)
    for step in STEPS:
        _add_step(actions, step)
    state = actions.add_parser("state", help="where the running session stands")
    _add_choice(state)
    state.set_defaults(run=run)
    session_view.add(actions)
    review = actions.add_parser("review", help="a person has looked at the evidence of a session that is over")
    review.add_argument("folder", type=Path, metavar="DIR", help="of the session's evidence")
    _add_signature(review)
    review.set_defaults(run=run_afterwards, number=0)
    session_seal.add(actions)
    session_list.add(actions)


def _add_step(actions: Any, step: str) -> None:
    parser = actions.add_parser(step, help=_HELP[step])
    _add_choice(parser)
    _add_signature(parser)
    parser.set_defaults(run=run, number=0)
    if step == "void_run":
        parser.add_argument("--run", type=int, default=0, metavar="N", dest="number", help="default: the newest")
        parser.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="of a session that is over")
        parser.set_defaults(run=run_void)


def _add_choice(parser: Any) -> None:
    parser.add_argument("--session", metavar="NAME", help="which one, if several run")
    parser.add_argument("--json", action="store_true", help="the same as JSON, for programs")


def _add_signature(parser: Any) -> None:
    parser.add_argument("--note", default="", type=free_text, help="kept with the step in the session's events")
    parser.add_argument(
        "--by", default=getpass.getuser(), type=free_text, metavar="NAME", help="who asks (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """0 if the step was accepted, 1 if it was refused or nobody answered."""
    record = choose(args.session)
    from port_session.ros.command_client import ask, read_state

    if args.step == "state":
        answer = read_state(record)
        return _tell(record["session"], answer, args.json, _run_line(answer))
    return _tell(record["session"], ask(record, args.step, args.by, args.note, args.number), args.json)


def run_void(args: argparse.Namespace) -> int:
    """Of the running session, or of the folder that is named."""
    return run(args) if args.folder is None else run_afterwards(args)


def run_afterwards(args: argparse.Namespace) -> int:
    """0 if it was accepted, 1 if it was refused, 2 where the folder is no session's that is over."""
    from port_ros.command_line import refuse
    from port_session.session.afterwards import CannotTakeUp

    try:
        event = session_seal.take_step(args.folder, args.step, args.by, args.note, args.number)
    except (CannotTakeUp, OSError) as error:
        return refuse(error)
    answer = {"accepted": event.accepted, "state": event.after.name, "reason": event.reason}
    return _tell(args.folder.name, answer, getattr(args, "json", False))


def _tell(session: str, answer: dict[str, Any], as_json: bool, more: str = "") -> int:
    if as_json:
        print(json.dumps(answer))
    else:
        line = f"{session}: {answer['state']}: {answer['reason']}{more}"
        print(line, file=sys.stdout if answer["accepted"] else sys.stderr)
    return 0 if answer["accepted"] else 1


def _run_line(answer: dict[str, Any]) -> str:
    """How the runs stand, and what leads on."""
    if not answer["accepted"]:
        return ""
    limit = f" of {answer['timeout_s']:g}" if answer["timeout_s"] else ""
    present = f"run {answer['run']}, {answer['running_s']:.0f}{limit} s; " if answer["run_open"] else ""
    following = f"; next: {', '.join(answer['next_steps'])}" if answer["next_steps"] else ""
    return f"\n  {present}{answer['runs_counting']} of {answer['runs_asked']} runs done{following}"
