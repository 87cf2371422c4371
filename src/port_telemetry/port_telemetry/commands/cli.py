"""`port telemetry`: what waits on this edge, sending what ended sessions left, what arrived, proving safety records.

port telemetry status [FOLDER …] [--watch] [--json]
port telemetry drain FOLDER [--host H] [--port N] …
port telemetry account --store FILE|URL [--stop-log FILE]
port telemetry verify safety/event --store FILE|URL --edge-key EDGE.pub
"""

import argparse
import sys
from collections.abc import Sequence

from port_ros.command_line import refuse
from port_telemetry.commands import account, drain, status, verify
from port_telemetry.files import KeyFileError
from port_telemetry.ingest.source import NoSuchStream, StreamNotClear
from port_telemetry.ingest.store import StoreError
from port_telemetry.spool.database import SpoolError


def main(args: Sequence[str] | None = None) -> int:
    """Do what the first word says."""
    parser = argparse.ArgumentParser(prog="port telemetry", description=(__doc__ or "").split("\n", 1)[0])
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (status, drain, account, verify):
        command.add(commands)
    chosen = parser.parse_args(args)
    try:
        return int(chosen.run(chosen))
    except (SpoolError, StoreError, NoSuchStream, StreamNotClear, KeyFileError, OSError, ValueError) as error:
        return refuse(error)


if __name__ == "__main__":
    sys.exit(main())
