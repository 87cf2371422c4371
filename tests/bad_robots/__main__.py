"""A robot that is wrong, beside a session that runs; or, with --table, each way in turn against `port check`.

    python -m tests.bad_robots --list
    python -m tests.bad_robots --way requests_2hz --session rehearsal --domain 42
    python -m tests.bad_robots --table [--json FILE]

The session that runs is one whose profile says `simulated: false`, on a simulated ground.
"""

import argparse
import json
import os
import signal
import tempfile
from pathlib import Path

from port_ros.runtime_folder import runtime_root
from tests.bad_robots.ways import WAYS, way


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="the ways, and what each does")
    parser.add_argument("--table", action="store_true", help="a session of its own, and every way in it")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="with --table: these ways alone")
    parser.add_argument("--json", type=Path, help="with --table: the figures, into this file")
    parser.add_argument("--way", choices=[each.name for each in WAYS], metavar="NAME", help="be wrong in this way")
    parser.add_argument("--mended", action="store_true", help="be as after the remedy")
    parser.add_argument("--session", default="rehearsal", help="its name")
    parser.add_argument("--domain", type=int, default=0, help="its ROS domain")
    parser.add_argument("--socket", type=Path, help="of the simulated ground; by default the session's own")
    args = parser.parse_args()
    if args.table:
        return _table(args.only, args.json)
    if args.way:
        return _be(args)
    for each in WAYS:
        print(f"{each.name:<24} {each.does}")
    return 0


def _be(args: argparse.Namespace) -> int:
    """Until it is told to end."""
    from tests.bad_robots.robot import Robot

    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    chosen = way(args.way)
    socket = args.socket or runtime_root() / args.session / "sim.sock"
    manner = chosen.mended if args.mended else chosen.manner
    robot = Robot(manner, f"/{args.session}", args.domain, socket)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: robot.close())
    print("up", flush=True)
    robot.spin()
    return 0


def _table(only: list[str], file: Path | None) -> int:
    from tests.bad_robots.table import rows

    chosen = [each for each in WAYS if not only or each.name in only]
    with tempfile.TemporaryDirectory(prefix="bad_robots-") as folder:
        done = []
        for row in rows(Path(folder), chosen):
            print(row.line, flush=True)
            done.append(row)
    worst_s = max((row.took_s for row in done if row.found), default=0.0)
    missed = [row.way.name for row in done if not row.found or row.left]
    print(f"{len(done) - len(missed)} of {len(done)} found by name and mended, worst {worst_s:.1f} s")
    if file:
        figures = {"admission.worst_s": round(worst_s, 2), "admission.ways": len(done), "admission.missed": len(missed)}
        file.write_text(json.dumps({"figures": figures}, indent=2) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
