"""What a node leaves behind at its end for the session's evidence: its counts, as one small JSON file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write(path: str, account: Mapping[str, Any]) -> None:
    """Write `account` to `path`, so that a reader sees all of it or nothing; no path, no file."""
    if not path:
        return
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    part.write_text(json.dumps(account, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    part.replace(file)
