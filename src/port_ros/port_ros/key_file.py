"""Files that hold a secret key: made for their owner alone. Knows no ROS."""

import os
from pathlib import Path


class KeyFileError(ValueError):
    """The file holds no such key; one line for people."""


def write_private(path: Path, content: bytes) -> None:
    """Replace `path` by a file that its owner alone may read."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    part.replace(path)
