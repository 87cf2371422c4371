"""A file that is there whole or not at all: what ends early, by Ctrl-C too, leaves nothing. Overwrites nothing."""

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

#: What was sealed is for its reader alone once it is opened.
_OWNER_ALONE = 0o600


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which is called `path` when all is written, for its owner alone. Raises OSError."""
    refuse_existing(path)
    part = path.with_name(f".{path.name}.part")
    with contextlib.suppress(FileNotFoundError):
        part.unlink()  # of somebody who was killed
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        refuse_existing(path)
        part.rename(path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)
        raise


def refuse_existing(path: Path) -> None:
    """Raises FileExistsError where something is called `path` already."""
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, "is there already; name another file with --to", str(path))
