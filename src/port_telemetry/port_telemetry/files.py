"""Files that a reader never sees half-written."""

from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` by a file with `content`; its folder is made if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
