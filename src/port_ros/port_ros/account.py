"""What a node leaves behind at its end for the session's evidence: its counts, as one small JSON file."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from port_ros.command_line import words


def write(path: str, account: Mapping[str, Any]) -> None:
    """Write `account` to `path`, so that a reader sees all of it or nothing; no path, no file.

    A disk that does not take it keeps no node from its end: that is told on stderr.
    """
    if not path:
        return
    text = json.dumps(account, indent=1, sort_keys=True) + "\n"
    try:
        _replace(Path(path), text)
    except OSError as error:
        print(f"error: {path} is not kept: {words(error)}", file=sys.stderr, flush=True)


def _replace(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)
