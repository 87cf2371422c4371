"""What lies at a path where a plain file is wanted, told before anybody opens it: a pipe would be waited for, a device
has no end. Opens nothing."""

import errno
import os
import stat
from pathlib import Path

_KINDS = (
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a named pipe"),
    (stat.S_ISSOCK, "is a socket"),
    (lambda mode: stat.S_ISCHR(mode) or stat.S_ISBLK(mode), "is a device"),
)


def not_a_file(path: Path | str) -> str:
    """Why there is no plain file at `path`, as the end of a sentence; empty if there is one."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116  (of text that may be no path at all)
    except ValueError:
        return "is no path: it has a NUL character in it"
    except OSError as error:
        return _missing(path, error)
    if stat.S_ISREG(mode):
        return ""
    return next((f"{words}, no file" for is_one, words in _KINDS if is_one(mode)), "is no file")


def _missing(path: Path | str, error: OSError) -> str:
    if error.errno == errno.ENAMETOOLONG:
        return "is too long for a name"
    if error.errno == errno.ELOOP:
        return "is a symbolic link that leads back to itself"
    if error.errno == errno.ENOENT and os.path.islink(path):  # noqa: PTH114
        return f"is a symbolic link to {os.readlink(path)}, and nothing is there"  # noqa: PTH115
    return "no such file" if error.errno in (errno.ENOENT, errno.ENOTDIR) else f"cannot be read: {error.strerror}"
