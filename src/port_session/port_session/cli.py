"""The `port` command: reads the words of the command line and hands over. Each subcommand is a module of its own.

Nothing heavy is imported before a subcommand is chosen: `port --help` must answer at once, and without ROS.
"""

import argparse
import importlib
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from port_ros import command_line
from port_session.commands import (
    bag,
    check,
    compare,
    describe,
    devices,
    evidence,
    export,
    recording,
    robot,
    safety,
    session,
    trial,
    up,
)

#: Subcommands that live in other modules, by their name: found when called, so that port works without them.
ELSEWHERE = {
    "sim": ("port_sim.cli", "play the simulated ground: press the e-stop, let a person walk in, pull a cable"),
    "demo": ("port_sim.demo", "the whole story in a minute: simulated robot, e-stop, dashboard, report"),
    "broker": ("port_telemetry.mqtt.command", "the embedded broker; rights and certificates for one of many teams"),
    "calibrate": ("port_sensors.calibrate.cli", "a camera: its lens from a board, its place from floor tags"),
    "ingest": (
        "port_telemetry.ingest.main",
        "the facility's end of telemetry: stores what edges send, signs for it",
    ),
    "keys": ("port_telemetry.keys", "a team's keys: what is sealed to them, nobody else reads"),
    "open": ("port_telemetry.ingest.unseal", "a team prints a stream that was sealed to it"),
    "query": ("port_telemetry.ingest.query", "print a stream of the facility's database: CSV, JSON lines, Parquet"),
    "telemetry": ("port_telemetry.commands.cli", "what waits here for the facility; send it; prove what arrived"),
    "report": ("port_session.report", "make the report of a recorded session"),
}

_EXAMPLES = """\
examples:
  port up demo                       start the session of config/sessions/demo.yaml; Ctrl-C ends it
  port up demo --out /data/run7      ... and keep its evidence there
  port check                         is everything that runs as it should be? what mends it?
  port check demo                    could this session start here?
  port devices                       what is plugged in, and which entry of the ground's file it fits
  port robot probe --domain 42       look at a robot's domain, and write its profile; new asks, measure drives it
  port describe demo                 the processes it consists of; with --json all their parameters, too
  port session state                 where the running session stands
  port session arm                   the next step: admit, arm, start, halt, resume, end_run, finish, abort
  port safety recover                hold an arrow key: leads the robot slowly out of a zone that it must not be in
  port safety override separation --why "aligning a plate"    overrides one rule while this runs
  port sim estop press               on the simulated ground
  port demo                          see it all once; --session humanoid with a robot that walks
  port evidence verify out/demo      is the log of stops whole?
  port evidence stops out/           how far do robots travel until they stand?
  port evidence stops out/ --feed sim_wheeled stops.yaml    measured stops for that robot's profile
  port bag seal out/demo --by li.wei --key ~/.ssh/id_ed25519    the evidence as a signed bag, out/demo.bag
  port bag verify out/demo.bag --signers FILE    was it changed, and who signed?
  port session list                  all sessions of this machine, with their runs and what became of them
  port trial plan --reliability 0.95 --confidence 0.9    how many repetitions that takes
  port compare out/monday out/friday    did an upgrade change anything?
  port report out/demo               report.html and summary.json of a session; --key FILE opens what is sealed
  port recording info out/demo       what its recordings hold, whether they are whole, to whom they are sealed
  port recording open out/demo/session.mcap.age --key NAME.key    as it was before it was sealed
  port recording recover session.mcap    a whole one out of a cut or damaged one
  port export out/demo --c3d jump.c3d --csv jump.csv   its force plate samples

Sessions are named by file or by name (looked for in ./config/sessions, then among the installed ones).
A stop is released on site only: by the reset button or the on-site service, never from here."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run `port`; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    _find_ros()
    try:
        return _written(words)
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if command_line.is_of_output(error):
            return command_line.output_lost(error)
        if error.filename is None:
            raise
        return command_line.refuse(error)
    except Exception as error:
        if not _is_bad_request(error):
            raise
        return command_line.refuse(error)


def _written(words: list[str]) -> int:
    """Do what `words` say. What was printed is written before the end: nobody would hear of a failure after it."""
    try:
        if words and words[0] in ELSEWHERE:
            return _elsewhere(words[0], words[1:])
        args = parser().parse_args(words)
        return int(args.run(args))
    finally:
        if sys.stdout:  # None where it was closed from the start
            sys.stdout.flush()


def parser() -> argparse.ArgumentParser:
    """The command line of `port`."""
    top = argparse.ArgumentParser(
        prog="port", description="Runs sessions on a robot test ground.", epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    top.add_argument("--version", action=_Version, nargs=0, help="print which version this is")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (
        up, check, describe, devices, robot, session, safety, trial, evidence, bag, compare, recording, export,
    ):  # fmt: skip
        command.add(commands)
    for name, (_, text) in ELSEWHERE.items():
        commands.add_parser(name, help=text, add_help=False)
    return top


class _Version(argparse.Action):
    """The version, which is looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"port {version('port_session')}")
        parser.exit()


def _elsewhere(name: str, words: list[str]) -> int:
    module, _ = ELSEWHERE[name]
    try:
        main_of = importlib.import_module(module).main
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name):
            raise
        print(f"port: `port {name}` needs {module}, which is not installed here; run scripts/setup", file=sys.stderr)
        return command_line.EXIT_BAD_REQUEST
    return int(main_of(words))


def _find_ros() -> None:
    """In a virtual environment of ROS wheels the packages are found below its prefix. A service may have no home."""
    if not os.environ.get("AMENT_PREFIX_PATH") and (Path(sys.prefix) / "share" / "ament_index").is_dir():
        os.environ["AMENT_PREFIX_PATH"] = sys.prefix
    home = os.environ.get("HOME")
    if not os.environ.keys() & {"ROS_LOG_DIR", "ROS_HOME"} and not (home and Path(home).is_dir()):
        os.environ["ROS_LOG_DIR"] = tempfile.gettempdir()  # rclpy starts nowhere without a folder for its own log


def _is_bad_request(error: Exception) -> bool:
    # By name: importing the classes would load YAML and msgspec for `port --help`.
    return type(error).__name__ in ("DescriptionError", "StartError", "NotRunning", "EnvelopeError", "InstalledError")


if __name__ == "__main__":
    sys.exit(main())
