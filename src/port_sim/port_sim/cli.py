"""`port sim …`: does by hand what happens on a real ground: presses buttons, pulls cables, lets a person walk in."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from port_ros.command_line import refuse
from port_ros.runtime_folder import runtime_root
from port_session.commands.running import NotRunning, choose
from port_sim.control_client import GroundUnreachable, request
from port_sim.faults import ECHO, FRAME_KINDS, KINDS

_AXES = ("x", "y", "z", "roll", "pitch", "yaw")
_FAULTS = """e.g.: port sim fault left_plate flip 1e-4 for 5; port sim fault left_plate 'stall for 2; lose 0.01 for 10'.
Without SECONDS it lasts until `port sim fault left_plate off`, or `port sim fault all off`; `port sim status` lists
what is in force."""


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command; 0 if the ground did it, 1 if it refused, 2 if it is not there or for wrong use."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        answer = request(_socket(arguments), _message(arguments), timeout_s=15.0)
    except (GroundUnreachable, NotRunning) as error:
        return refuse(error)
    if not answer.pop("ok", False):
        print(f"port: {answer.get('error', 'refused')}", file=sys.stderr)
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
    _with_action(commands, "power", "take the robot's power by force, or give it back to the gate", ("off", "on"))
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
    fault = commands.add_parser("fault", help="damage what a device sends", description=_FAULTS)
    fault.add_argument("device", metavar="DEVICE", help="e.g. left_plate, station_1; all, to end every fault")
    fault.add_argument(
        "script", metavar="WHAT", nargs="+",
        help=f"KIND [RATE] [for SECONDS]; KIND: {', '.join(KINDS)}; of an e-stop station also: {ECHO}; "
        f"of an e-stop link also: {', '.join(FRAME_KINDS)}",
    )  # fmt: skip
    knock = commands.add_parser(
        "knock", help="bump into a camera: by x y z in m, roll pitch yaw in rad; zeros put it back"
    )
    knock.add_argument("device", metavar="CAMERA", help="e.g. overhead")
    for axis in _AXES:
        knock.add_argument(axis, type=float, metavar=axis.upper(), help="m" if len(axis) == 1 else "rad")
    commands.add_parser("status", help="what is true on the ground now")
    commands.add_parser("counts", help="what each device has sent")
    return parser


def _with_action(commands: Any, name: str, text: str, actions: tuple[str, ...]) -> None:
    commands.add_parser(name, help=text).add_argument("action", choices=actions)


def _message(arguments: argparse.Namespace) -> dict[str, Any]:
    message = {name: value for name, value in vars(arguments).items() if name not in ("session", "socket")}
    if arguments.do == "fault":
        message |= {"do": "faults", "script": " ".join(arguments.script)}
    if arguments.do == "knock":
        message["moved"] = [message.pop(axis) for axis in _AXES]
    return message


def _socket(arguments: argparse.Namespace) -> Path:
    """Where the ground listens; raises GroundUnreachable or NotRunning that says what to do if it is not clear."""
    if arguments.socket:
        return Path(arguments.socket)
    found = sorted(runtime_root().glob(f"{arguments.session or '*'}/sim.sock"))
    if not found:
        session = choose(arguments.session)["session"]
        raise GroundUnreachable(f"the ground of session {session} is not simulated, or has not started yet")
    if len(found) > 1:
        names = " | ".join(one.parent.name for one in found)
        raise GroundUnreachable(f"several run: choose one with --session {names}")
    return found[0]


if __name__ == "__main__":
    sys.exit(main())
