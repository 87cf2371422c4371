"""Where running sessions are found: one folder of this user, in it one for each session while it runs."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

#: In a session's runtime folder: what it is, for other commands.
RECORD = "session.json"

#: The environment variable that tells the processes of a session where its runtime folder is.
RUN = "PORT_SESSION_RUN"


def runtime_root() -> Path:
    """The folder of all runtime folders of this user."""
    base = os.environ.get("XDG_RUNTIME_DIR") or f"/tmp/port-{os.getuid()}"  # noqa: S108  (0700, owner checked)
    return Path(base) / "port"


def records() -> dict[Path, dict[str, Any]]:
    """Runtime folders with the records in them; also those that a killed session left."""
    found = {}
    for path in sorted(runtime_root().glob(f"*/{RECORD}")):
        with contextlib.suppress(OSError, ValueError):
            found[path.parent] = json.loads(path.read_text(encoding="utf-8"))
    return found
