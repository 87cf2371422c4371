"""`port sim …`: does by hand what happens on a real ground: presses buttons, pulls cables, lets a person walk in."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from port_sim.control_client import GroundUnreachable, request
from port_sim.faults import KINDS
from port_sim.frame_faults import FRAME_KINDS


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command; 0 if the ground did it, 1 if it refused or is not there, 2 for wrong use."""
    arguments = _parser().parse_args(argv)
    try:
        answer = request(_socket(arguments), _message(arguments), timeout_s=15.0)
    except GroundUnreachable as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if not answer.pop("ok", False):
        print(f"error: {answer.get('error', 'refused')}", file=sys.stderr)
        return 1
    if answer:
        print(json.dumps(answer, indent=2))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="port sim", description=__doc__)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--session", help="name of the running session; needed only if several run")
    where.add_argument("--socket", type=Path, help="control socket of the simulated ground")
    commands = parser.add_subparsers(dest="do", required=True, metavar="COMMAND")
    _with_action(commands, "estop", "press or release the emergency stop", ("press", "release"))
    _with_action(commands, "person", "a person walks into or out of the crossing", ("enter", "leave"))
    _with_action(commands, "runaway", "the robot drives off, whatever it is told", ("on", "off"))
    _with_action(commands, "deaf", "the robot goes on with the last command it heard", ("on", "off"))
    misplace = commands.add_parser("misplace", help="the robot believes to be elsewhere than it is")
    misplace.add_argument("metres", metavar="METRES", type=float, help="how much further along x; 0 ends it")
    reset = commands.add_parser("reset", help="press the reset button and let go")
    reset.add_argument("--seconds", type=float, default=0.3, help="how long it is held (default 0.3)")
    for name, text in (("unplug", "pull a device's cable"), ("replug", "plug it in again")):
        commands.add_parser(name, help=text).add_argument("device", metavar="DEVICE", help="e.g. left_plate, station_1")
    contact = commands.add_parser("contact", help="one channel of the e-stop: break its wire, weld it, mend it")
    contact.add_argument("channel", choices=("a", "b"))
    contact.add_argument("action", choices=("break", "weld", "mend"))
    fault = commands.add_parser("fault", help="damage what a device sends")
    fault.add_argument("device", metavar="DEVICE")
    fault.add_argument("kind", metavar="KIND", choices=(*KINDS, *FRAME_KINDS), help=", ".join((*KINDS, *FRAME_KINDS)))
    fault.add_argument(
        "rate", metavar="RATE", type=float, nargs="?", default=0.0,
        help="of bits (flip), bytes (drop, garbage) or frames (the others), 0…1; delay: seconds",
    )  # fmt: skip
    commands.add_parser("status", help="what is true on the ground now")
    commands.add_parser("counts", help="what each device has sent")
    return parser


def _with_action(commands: Any, name: str, text: str, actions: tuple[str, ...]) -> None:
    commands.add_parser(name, help=text).add_argument("action", choices=actions)


def _message(arguments: argparse.Namespace) -> dict[str, Any]:
    return {name: value for name, value in vars(arguments).items() if name not in ("session", "socket")}


def _socket(arguments: argparse.Namespace) -> Path:
    """Where the ground listens; raises GroundUnreachable that says what to do if it is not clear."""
    if arguments.socket:
        return Path(arguments.socket)
    sessions = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/tmp/port-{os.getuid()}") / "port"  # noqa: S108
    if arguments.session:
        return sessions / str(arguments.session) / "sim.sock"
    found = sorted(sessions.glob("*/sim.sock"))
    if not found:
        raise GroundUnreachable(f"no simulated ground runs under {sessions}: start one with `port up`")
    if len(found) > 1:
        names = " | ".join(one.parent.name for one in found)
        raise GroundUnreachable(f"several run: choose one with --session {names}")
    return found[0]


if __name__ == "__main__":
    sys.exit(main())
