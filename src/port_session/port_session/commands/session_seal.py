"""`port session seal`: the last step of a session: its evidence, with its report as it is now, becomes a signed bag."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from port_session.commands import bag
from port_session.commands.words import free_text

if TYPE_CHECKING:
    from port_session.session.machine import Event


def add(actions: Any) -> None:
    """The words of it."""
    parser = actions.add_parser("seal", help="make a signed bag of a reviewed session (port bag)")
    parser.add_argument("folder", type=Path, metavar="DIR", help="of the session's evidence")
    bag.add_seal_options(parser)
    parser.add_argument(
        "--open-key", action="append", type=Path, default=[], metavar="FILE",
        help="opens sealed recordings for the report; without it the report stays as it is",
    )  # fmt: skip
    parser.add_argument("--note", default="", type=free_text, help="kept with the step in the session's events")
    parser.add_argument("--json", action="store_true", help="the same as JSON, for programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0: sealed; 1: it is not reviewed yet; 2: it cannot be. A session that is sealed already is bagged anew."""
    from port_ros.command_line import refuse
    from port_session.recorder import reader_keys
    from port_session.report import build
    from port_session.session.afterwards import CannotTakeUp

    try:
        keys = reader_keys.read(args.open_key)
        if not is_sealed(args.folder):
            event = take_step(args.folder, "seal", args.by, args.note)
            if not event.accepted:
                print(f"{args.folder.name}: {event.after.name}: {event.reason}")
                return 1
        if keys or not any(args.folder.glob("*.mcap.age")):  # without a key less would stand in it than before
            build(args.folder, keys=keys)
    except (CannotTakeUp, OSError, ValueError) as error:
        return refuse(error)
    return bag.run_seal(args)


def is_sealed(folder: Path) -> bool:
    """Whether the session that lies there has been sealed. Raises CannotTakeUp, OSError."""
    from port_ros.session_states import State
    from port_session.session.afterwards import StoredSession

    return StoredSession(folder.absolute(), time.time_ns).session.state is State.SEALED


def take_step(folder: Path, step: str, by: str, note: str, run: int = 0) -> "Event":
    """One of the steps that follow the end of a session. Raises CannotTakeUp, also where it still runs, and OSError."""
    from port_session.session.afterwards import CannotTakeUp, StoredSession
    from port_session.supervisor.runtime import running_sessions

    absolute = folder.absolute()
    for record in running_sessions():
        if Path(record["out"]).absolute() == absolute:
            raise CannotTakeUp(f"{folder}: session {record['session']} still runs; finish and end it first")
    return StoredSession(absolute, time.time_ns).apply(step, by, note, run)
