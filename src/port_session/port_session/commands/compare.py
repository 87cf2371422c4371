"""`port compare A B`: the same indicators of two sessions, or two groups of sessions, and whether they differ.

B less A, with its expanded uncertainty, and the chance to see so great a difference if there were none. Only runs that
count are compared. Each side may be several folders, joined by commas: A1,A2 B1,B2. With --blind the sides are called X
and Y, in an order that only the file of --key tells: whoever judges does not know which is which.
"""

import argparse
import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from port_session.trials.side import Side


def add(commands: Any) -> None:
    """The words of `port compare`."""
    parser = commands.add_parser(
        "compare", help="the indicators of two sessions: do they differ?", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    for side in ("a", "b"):
        parser.add_argument(side, type=_folders, metavar=side.upper(), help="folder of a session with its report")
    parser.add_argument("--blind", type=Path, metavar="FILE", help="call them X and Y; which is which goes into FILE")
    parser.add_argument("--json", action="store_true", help="the same as JSON, for programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 if nothing differs, 1 if something does, 2 if there is nothing to compare."""
    from port_ros.command_line import refuse
    from port_session.trials.side import CannotCompare, compare_sides, read_side

    try:
        sides = [read_side(args.a), read_side(args.b)]
        names = _blinded(sides, args) if args.blind else ("A", "B")
        rows = compare_sides(*sides)
    except (CannotCompare, OSError) as error:
        return refuse(error)
    if args.json:
        print(json.dumps([row.document for row in rows], indent=2))
    else:
        _print(rows, sides, names, args.blind)
    return 1 if any(row.comparison and row.comparison.differs for row in rows) else 0


def _blinded(sides: "list[Side]", args: argparse.Namespace) -> tuple[str, str]:
    """Throw the coin, and write down how it fell before anything is shown."""
    if secrets.randbelow(2):
        sides.reverse()
    told = {name: [str(folder) for folder in side.folders] for name, side in zip("XY", sides, strict=True)}
    with args.blind.open("x", encoding="utf-8") as file:
        json.dump(told, file, indent=2)
    return "X", "Y"


def _print(rows: "list[Any]", sides: "list[Side]", names: tuple[str, str], blind: Path | None) -> None:
    for name, side in zip(names, sides, strict=True):
        which = "" if blind else f": {', '.join(map(str, side.folders))}"
        print(f"{name}{which}  {side.runs} runs that count")
    for row in rows:
        print(row.line(*names))
    if blind:
        print(f"which is which stands in {blind}")


def _folders(text: str) -> list[Path]:
    folders = [Path(part) for part in text.split(",") if part]
    for folder in folders:
        if not folder.is_dir():
            raise argparse.ArgumentTypeError(f"{folder} is no folder")
    return folders
