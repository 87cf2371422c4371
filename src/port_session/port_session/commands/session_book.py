"""`port session new`: writes the file of a session, checked as `port up` would check it."""

import argparse
import re
from pathlib import Path
from typing import Any

from port_session.commands.words import free_text

_NAME = r"[a-z][a-z0-9_]{0,63}"
_PEOPLE = ("operator", "safety_officer", "robot_handler")


def add(actions: Any) -> None:
    """The words of it."""
    parser = actions.add_parser("new", help="write the file of a session, for `port up`")
    parser.add_argument("session", help="its name; config/sessions/NAME.yaml is written, unless --to says where")
    for word in ("ground", "robot", "trial", "team"):
        parser.add_argument(f"--{word}", required=True, metavar="NAME")
    parser.add_argument("--edge", default="edge-1", metavar="NAME", help="this machine (default: %(default)s)")
    for person in _PEOPLE:
        word = person.replace("_", " ")
        parser.add_argument(
            f"--{person.replace('_', '-')}", default="", type=free_text, metavar="NAME", help=f"the {word}"
        )
    parser.add_argument("--to", type=Path, metavar="FILE", help="where it is written")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 if it was written; 2 if the file exists, or what it names does not."""
    from port_ros.yaml_file import yaml_text
    from port_session.description.resolve import resolve
    from port_session.supervisor.errors import StartError

    if not re.fullmatch(_NAME, args.session):
        raise StartError(f"{args.session!r} is no name of a session", "use small letters, digits and _, a letter first")
    file = args.to or Path("config") / "sessions" / f"{args.session}.yaml"
    if file.exists():
        raise StartError(f"{file} exists", "choose another name, or edit it")
    people = {person: getattr(args, person) for person in _PEOPLE if getattr(args, person)}
    tree: dict[str, Any] = {key: getattr(args, key) for key in ("session", "ground", "robot", "trial", "team", "edge")}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml_text({**tree, **({"people": people} if people else {})}), encoding="utf-8")
    try:
        resolve(str(file))
    except Exception:
        file.unlink()
        raise
    print(f"{file} written; everything else has its usual value (docs/configuration.md). next: port check {file}")
    return 0
