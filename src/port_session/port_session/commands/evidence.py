"""`port evidence`: is the stop log whole, and how far do robots travel until they stand?

A stop log that was changed, or from which lines were taken, shows it; one whose last lines were cut off, or that was
written anew, shows it to whoever noted the hash of a line: --head. Telemetry tells the newest to the facility, signed,
within a second or two of each stop:

  port query safety/stop_log --store facility.sqlite --format jsonl --out heads.jsonl
  port evidence verify out/demo --heads heads.jsonl
"""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from port_safety.evidence.stop_log import Measured
    from port_session.report.stop_log import StopLog


def add(commands: Any) -> None:
    """The words of `port evidence`."""
    parser = commands.add_parser(
        "evidence", help="verify the log of stops; stopping distances", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    verify = actions.add_parser("verify", help="0: whole, 1: not, 2: there is none")
    verify.add_argument("paths", nargs="+", type=Path, metavar="FILE|DIR", help="a stop log, or a folder with some")
    verify.add_argument("--head", default="", metavar="HASH", help="one of the lines must have this SHA-256")
    verify.add_argument(
        "--heads", type=Path, metavar="FILE", help="so must each that the facility keeps: port query safety/stop_log …"
    )
    verify.set_defaults(run=run_verify)
    stops = actions.add_parser("stops", help="stopping distances by robot and speed at the start of the stop")
    stops.add_argument("paths", nargs="+", type=Path, metavar="FILE|DIR", help="stop logs of one or many sessions")
    stops.add_argument("--json", action="store_true", help="the same as JSON, for programs")
    stops.add_argument("--statistics", action="store_true", help="latency, distance, travel after zero, by category")
    stops.add_argument("--feed", nargs=2, metavar=("ROBOT", "FILE"), help="write a robot's worst stops for its profile")
    stops.set_defaults(run=run_stops)


def run_verify(args: argparse.Namespace) -> int:
    """Say for each log whether its chain holds."""
    logs = _logs(args.paths)
    for path, log in logs.items():
        _tell(path, log)
    if args.head and not any(args.head in log.verification.heads for log in logs.values()):
        print(f"port: no line has the hash {args.head}: lines were cut off, or it is another log's", file=sys.stderr)
        return 1
    return (_told_elsewhere(args.heads, logs) if args.heads else 0) or _code(logs)


def _told_elsewhere(file: Path, logs: "dict[Path, StopLog]") -> int:
    """0 if every head that was told to the facility is a line of one of the logs, 1 if not; 2 if none can be read."""
    from port_session.report.stop_log import told_heads

    try:
        told = told_heads(file)
    except ValueError as error:
        print(f"port: {file}: {error}", file=sys.stderr)
        return 2
    known = {head for log in logs.values() for head in log.verification.heads}
    gone = [head for head in told if head.sha256 not in known]
    for head in gone:
        print(
            f"port: line {head.line}, {head.sha256}, was told to the facility at {head.time} and is in no log: lines "
            "were cut off, or the log was written anew", file=sys.stderr,
        )  # fmt: skip
    if not gone:
        print(f"all {len(told)} heads that the facility keeps are lines of these logs")
    return 1 if gone else 0


def run_stops(args: argparse.Namespace) -> int:
    """Print the distances. A log whose chain is broken proves nothing: it is left out, and the exit code is 1."""
    from port_safety.evidence.stop_log import measured
    from port_session.report.distances import rows, table

    logs = _logs(args.paths)
    if not logs:
        return 2
    for path in (path for path, log in logs.items() if not log.verification.ok):
        print(f"port: left out: {path}: {logs[path].verification.problem}", file=sys.stderr)
    stopped = [one for log in logs.values() if log.verification.ok for one in measured(log.verification.records)]
    if args.feed:
        return _feed(args.feed[0], args.feed[1], stopped, logs)
    if args.statistics:
        _tell_statistics(stopped, args.json)
        return _code(logs)
    found = rows(stopped)
    if args.json:
        print(json.dumps([row.__dict__ for row in found], indent=2))
    else:
        print(table(found) if found else "no stop with a measured distance")
    return _code(logs)


def _tell_statistics(stopped: "list[Measured]", as_json: bool) -> None:
    from port_session.report import stop_statistics

    found = stop_statistics.statistics(stopped)
    if as_json:
        print(json.dumps([stop_statistics.plain(one) for one in found], indent=2))
    else:
        print(stop_statistics.table(found) if found else "no stop with a measured speed")


def _feed(robot: str, file: str, stopped: "list[Measured]", logs: "dict[Path, StopLog]") -> int:
    """Write the worst stops of `robot`; a log that does not hold proves nothing, so then none are written."""
    from port_ros.yaml_file import yaml_text
    from port_session.report.stop_statistics import worst

    pairs = worst(stopped, robot)
    if not pairs or _code(logs):
        print(f"port: no measured stop of {robot} that could be relied on; nothing was written", file=sys.stderr)
        return 1
    tree = {
        "robot": robot, "logs": sorted(log.head for log in logs.values()),
        "measured_stop_mps": [math.floor(speed_mps * 1e4) / 1e4 for speed_mps, _ in pairs],
        "measured_stop_m": [math.ceil(way_m * 1e4) / 1e4 for _, way_m in pairs],
    }  # fmt: skip
    Path(file).write_text(yaml_text(tree), encoding="utf-8")
    for speed_mps, way_m in pairs:
        print(f"{robot}: {way_m:.3f} m from {speed_mps:.2f} m/s")
    print(f"written to {file}; name it in the robot's profile: stop.measured_file")
    return 0


def _logs(paths: list[Path]) -> "dict[Path, StopLog]":
    from port_ros.command_line import refuse
    from port_session.report import stop_log

    files = [file for path in paths for file in (sorted(path.rglob(stop_log.NAME)) if path.is_dir() else [path])]
    if not files:
        print(f"port: no {stop_log.NAME} in {', '.join(map(str, paths))}", file=sys.stderr)
    logs = {}
    for file in files:
        try:
            logs[file] = stop_log.read(file)
        except OSError as error:
            refuse(error)
            return {}
    return logs


def _tell(path: Path, log: "StopLog") -> None:
    from port_session.report.stop_log import counted, remarks

    if log.verification.ok:
        print(f"{path}: {counted(log)}; the chain holds")
    else:
        print(f"{path}: BROKEN, {log.verification.problem}; before it {counted(log)} hold")
    for remark in remarks(log):
        print(f"  {remark}")
    if log.head:
        print(f"  last hash {log.head}")


def _code(logs: "dict[Path, StopLog]") -> int:
    if not logs:
        return 2
    return 0 if all(log.verification.ok for log in logs.values()) else 1
