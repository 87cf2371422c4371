"""`port robot`: a team's robot, and the profile that describes it.

probe     looks at the robot's ROS domain, says what is there, and writes a profile of what it saw
new       asks for what a profile needs
measure   drives the robot through the gate, stops it, and says its latency and deceleration
link      writes the one file by which its own computer connects, and its certificates; invite, revoke: who may
"""

import argparse
import ipaddress
import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from port_session.commands import robot_link, robot_measure

if TYPE_CHECKING:
    from port_session.robots.domain_look import DomainLook
    from port_session.robots.profile_draft import Entry

_EPILOG = """\
examples:
  port robot probe --domain 42                          what is there, and robot_42.yaml of it
  port robot probe --domain 42 --interface 192.168.1.5 --peer 192.168.1.20 --out config/robots/rover.yaml
  port robot new rover                                  asks; an empty line takes what stands in brackets
  port robot measure                                    in a running session of this robot, with somebody beside it"""


def add(commands: Any) -> None:
    """The words of `port robot`."""
    parser = commands.add_parser(
        "robot", help="a robot's profile: write it, measure it; connect its own computer", description=__doc__,
        epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    _add_probe(actions)
    _add_new(actions)
    robot_measure.add(actions)
    robot_link.add(actions)


def _add_probe(actions: Any) -> None:
    probe = actions.add_parser("probe", help="look at a robot's domain and write its profile")
    probe.add_argument("--domain", type=_domain, required=True, metavar="N", help="the robot's ROS_DOMAIN_ID")
    _add_way(probe)
    probe.add_argument("--out", type=Path, metavar="FILE", help="the profile (default: robot_N.yaml beside the others)")
    probe.add_argument("--force", action="store_true", help="write over a file that is there")
    probe.add_argument("--json", action="store_true", help="print what was seen as JSON, write no profile")
    probe.set_defaults(run=run_probe)


def _add_new(actions: Any) -> None:
    new = actions.add_parser("new", help="write a profile from answers")
    new.add_argument("name", help="of the profile: small letters, digits and _")
    new.add_argument("--from-domain", type=_domain, metavar="N", help="look there instead of asking, as probe does")
    _add_way(new)
    new.add_argument("--force", action="store_true", help="write over a file that is there")
    new.set_defaults(run=run_new)


def _add_way(parser: argparse.ArgumentParser) -> None:
    """How the robot's domain is reached."""
    parser.add_argument("--interface", type=_own_address, metavar="ADDRESS", help="ours on the robot's network")
    parser.add_argument(
        "--peer", type=_address, action="append", default=[], metavar="ADDRESS", help="the robot's, without multicast"
    )
    parser.add_argument("--seconds", type=_seconds, default=10.0, help="how long to look (default: 10)")


def run_probe(args: argparse.Namespace) -> int:
    """0 if a profile was written (or the look printed), 1 if there is nobody, or nothing that could be commanded."""
    if args.json:
        print(_look(args.domain, args).to_json())
        return 0
    file = _file(args.out, f"robot_{args.domain}")
    return _probed(args.domain, file, args)


def run_new(args: argparse.Namespace) -> int:
    """0 if the profile was written, 1 if the answers ended before."""
    from port_session.robots.profile_draft import text
    from port_session.robots.questions import ask_kind, interview

    file = _file(None, args.name)
    _refuse_existing(file, args.force)
    if args.from_domain is not None:
        return _probed(args.from_domain, file, args)
    print(f"{file}: an empty line takes what stands in brackets, ? leaves a value open, Ctrl-C writes nothing.")
    try:
        kind = ask_kind(_ask, print)
        entries = interview(file.stem, kind, _ask, print)
    except EOFError:
        print("\nport: the answers ended; nothing was written", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nport: nothing was written", file=sys.stderr)
        return 130
    _write(
        file, text([f"The profile of {file.stem}. What each key means: docs/configuration.md."], entries), args.force
    )
    _say_written(file, entries)
    return 0


def _probed(domain: int, file: Path, args: argparse.Namespace) -> int:
    from port_session.robots import shown
    from port_session.robots.announcements import Announcements
    from port_session.robots.local_participants import local_participants
    from port_session.robots.profile_draft import text
    from port_session.robots.profile_guess import NoRobot, draft, found, remarks

    _refuse_existing(file, args.force)
    with Announcements(args.interface or "") as announcements:
        look = _look(domain, args)
        elsewhere = [one for one in (*local_participants(), *announcements.heard()) if one.domain != domain]
    if not look.nodes and not look.topics:
        reach = os.environ.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "")
        print(f"port: {shown.nobody_there(domain, look.seconds, reach, elsewhere)}", file=sys.stderr)
        return 1
    print(shown.table(look))
    try:
        comments, entries = draft(look, file.stem)
    except NoRobot as error:
        print(f"port: {error}", file=sys.stderr)
        return 1
    for remark in remarks(look, found(look)):
        print(f"  ! {remark}")
    _write(file, text(comments, entries), args.force)
    _say_written(file, entries)
    return 0


def _look(domain: int, args: argparse.Namespace) -> "DomainLook":
    """Look, by the interface and the peers that were named, else as this shell reaches others, but by sockets."""
    from port_ros.interface_profile import interface_environment, interface_profile
    from port_session.ros.domain_look import look
    from port_session.supervisor.middleware import PROFILE, PROFILE_FILE, joining, middleware_environment

    with tempfile.TemporaryDirectory(prefix="port_robot_") as folder:
        settings = Path(folder, PROFILE_FILE)
        if args.interface or args.peer:
            settings.write_text(interface_profile(args.interface or "", args.peer))
            chosen = interface_environment(str(settings))
        else:
            settings.write_text(PROFILE)
            # Unset is ROS's own SUBNET here: a robot is elsewhere, the processes of a session are not.
            shell = {"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET", **os.environ}
            chosen = middleware_environment(shell, Path(folder))
        with joining({**os.environ, **chosen}):
            return look(domain, args.seconds)


def _file(out: Path | None, name: str) -> Path:
    """Where the profile goes. Raises DescriptionError for a name that no robot can have."""
    from port_ros.decode import decode
    from port_ros.misfit import Misfit
    from port_session.description.errors import DescriptionError
    from port_session.description.values import Name

    folder = Path("config", "robots")
    file = out or (folder if folder.is_dir() else Path()) / f"{name}.yaml"
    try:
        decode(out.stem if out else name, Name, "name")
    except Misfit as misfit:
        raise DescriptionError(file, "name", f"{misfit.problem}; a profile's file is called as its robot") from None
    return file


def _refuse_existing(file: Path, force: bool) -> None:
    """Raises DescriptionError: what somebody has filled in is not lost by a second look."""
    from port_session.description.errors import DescriptionError

    if os.path.lexists(file) and not force:
        raise DescriptionError(file, "", "is there already; choose another --out, or write over it with --force")


def _write(file: Path, content: str, force: bool) -> None:
    try:
        with file.open("w" if force else "x", encoding="utf-8") as opened:
            opened.write(content)
    except FileExistsError:
        _refuse_existing(file, force=False)


def _say_written(file: Path, entries: "list[Entry]") -> None:
    left = [entry.key for entry in entries if entry.blank]
    open_ = f"; to fill in: {', '.join(left)}" if left else ""
    print(f"written to {file}{open_}")
    print(f"then name it in a session (robot: {file.stem}), and `port check SESSION` tells what is missing")


def _ask(question: str, default: str) -> str:
    return input(f"{question} [{default}] ")


def _domain(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 232:
        raise argparse.ArgumentTypeError(f"expected a whole number 0..232, got {text!r}")
    return int(text)


def _address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected an address like 192.168.1.20, got {text!r}") from None


def _own_address(text: str) -> str:
    address = _address(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tried:
        try:
            tried.bind((address, 0))
        except OSError:
            raise argparse.ArgumentTypeError(
                f"no network of this machine has the address {address} (ip -br addr)"
            ) from None
    return address


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.5 <= seconds <= 600.0:
        raise argparse.ArgumentTypeError(f"expected 0.5 to 600 s, got {text!r}")
    return seconds
