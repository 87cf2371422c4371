"""`port robot link|invite|revoke`: what a team needs to connect its robot's own computer, and who may.

The words of `port robot` call this module.
"""

import argparse
import json
import re
import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from port_session.description.parts import Parts

_LASTS = re.compile(r"([1-9]\d{0,3})([hd])")
_FILE, _CONFIG = "robot_link.py", "robot_link.json"


def add(actions: Any) -> None:
    """The words of these actions."""
    link = actions.add_parser("link", help="what a team starts on its robot's computer: one file, and its certificates")
    link.add_argument("session", help="name or file; its team is invited if it is not yet")
    link.add_argument("--print", action="store_true", help="print the file alone, and write nothing")
    link.add_argument("--out", type=Path, metavar="DIR", help="where to (default: robot_link_TEAM)")
    link.set_defaults(run=run_link)
    invite = actions.add_parser("invite", help="make a team's certificate; one that it has ends")
    invite.add_argument("team")
    invite.add_argument("--lasts", type=_lasts, default="1d", metavar="8h|3d", help="how long it is good (default: 1d)")
    _add_folder(invite)
    invite.set_defaults(run=run_invite)
    revoke = actions.add_parser("revoke", help="take a team's certificate back: a robot that is connected is let go")
    revoke.add_argument("team")
    _add_folder(revoke)
    revoke.set_defaults(run=run_revoke)


def _add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--certificates", default="", metavar="DIR", help="as network.certificates in the session's file"
    )


def run_link(args: argparse.Namespace) -> int:
    """Write a folder for the robot's computer."""
    from port_session.border.certificates import EDGE, ROBOT_FILES, certificate_folder, invite, usable
    from port_session.border.printed import printed
    from port_session.description.errors import DescriptionError
    from port_session.description.load import find_session
    from port_session.description.resolve import read_parts

    if args.print:
        print(printed(), end="")
        return 0
    parts = read_parts(find_session(args.session))
    network, team = parts.session.network, parts.session.team
    if network is None or network.way != "link":
        problem = "expected a network with `way: link` and `listen: ADDRESS:PORT` (docs/network.md)"
        raise DescriptionError(parts.files["session"], "network", problem)
    folder = certificate_folder(network.certificates)
    made = "" if usable(folder, team) else "; its certificate is good for a day (port robot invite --lasts)"
    shown = invite(folder, team, timedelta(days=1)) if made else folder / "teams" / team
    out = args.out or Path(f"robot_link_{team}")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ROBOT_FILES.values():
        shutil.copy(shown / name, out / name)
    (out / _FILE).write_text(printed(), encoding="utf-8")
    config = {"connect": network.listen, "server": EDGE, "silence_s": network.silence_s, **ROBOT_FILES}
    (out / _CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    _tell_link(parts, out, made)
    return 0


def _tell_link(parts: "Parts", out: Path, made: str) -> None:
    network = parts.session.network
    assert network is not None
    print(f"{out}/: for the computer of team {parts.session.team}'s robot{made}")
    print(f"  copy it there, then:  python3 {_FILE}    # in the shell in which the robot's ROS 2 is sourced")
    print(f"  its network must let TCP to {network.listen} through; {out}/robot.key is the team's secret")


def run_invite(args: argparse.Namespace) -> int:
    """Make a certificate."""
    from port_session.border.certificates import certificate_folder, invite

    lasts = args.lasts if isinstance(args.lasts, timedelta) else _lasts(args.lasts)
    folder = invite(certificate_folder(args.certificates), _team(args.team), lasts)
    print(f"{folder}: certificate of {args.team}, good for {_spoken(lasts)}; next: port robot link SESSION")
    return 0


def run_revoke(args: argparse.Namespace) -> int:
    """Take one back; 1 if there is none."""
    from port_session.border.certificates import certificate_folder, revoke

    folder = certificate_folder(args.certificates)
    if revoke(folder, _team(args.team)):
        print(f"the certificate of {args.team} does not count any more")
        return 0
    print(f"{folder}: no certificate of {args.team}")
    return 1


def _team(text: str) -> str:
    import msgspec

    from port_session.description.values import Name

    return msgspec.convert(text, Name)


def _lasts(text: str) -> timedelta:
    if not (found := _LASTS.fullmatch(text)):
        raise argparse.ArgumentTypeError(f"expected hours or days, such as 8h or 3d, got {text!r}")
    number = int(found[1])
    return timedelta(hours=number) if found[2] == "h" else timedelta(days=number)


def _spoken(lasts: timedelta) -> str:
    hours = round(lasts.total_seconds() / 3600)
    return f"{hours // 24} d" if hours % 24 == 0 else f"{hours} h"
