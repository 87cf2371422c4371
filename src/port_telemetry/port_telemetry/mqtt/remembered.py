"""Where a session's telemetry went, kept beside its spool: what it leaves there can be sent later without asking.

Names of files are kept, never what is in them.
"""

import dataclasses
from pathlib import Path

import msgspec
import orjson

from port_telemetry.files import write_atomically
from port_telemetry.mqtt.target import Target
from port_telemetry.spool.database import SpoolError

FILE = "target.json"


def remember(folder: Path, target: Target) -> None:
    """Write `target` beside the spool in `folder`. Raises OSError."""
    write_atomically(folder / FILE, orjson.dumps(dataclasses.asdict(target)))


def remembered(folder: Path) -> Target:
    """Where the spool in `folder` was sent to. Raises SpoolError."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Target)
    except FileNotFoundError:
        raise SpoolError(f"{folder / FILE} is missing; name --host, --port, --site, --edge and --session") from None
    except (OSError, msgspec.DecodeError) as error:
        raise SpoolError(f"{folder / FILE}: {error}") from error
