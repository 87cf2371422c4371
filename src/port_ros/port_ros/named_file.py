"""Files that people name in a configuration or on a command line: a pipe, a device or a film named by mistake is told.

To open a pipe waits for ever, and a device may never come to its end: neither is opened. Knows no format and no ROS.
"""

import errno
import stat
from pathlib import Path

from port_ros.file_kind import not_a_file

#: More than any key, certificate or calibration has.
SMALL_BYTES = 1 << 20


class NamedFileError(OSError):
    """The path is there and is no such file. filename, strerror: which, and why not."""


def check(path: str | Path, most_bytes: int = SMALL_BYTES) -> None:
    """Raises OSError if there is no file, NamedFileError if it is something else or longer than `most_bytes`."""
    about = Path(path).stat()
    if not stat.S_ISREG(about.st_mode):
        raise NamedFileError(errno.EINVAL, f"{not_a_file(path)}; name the file itself", str(path))
    if about.st_size > most_bytes:
        problem = f"has {about.st_size} bytes, more than the {most_bytes} that such a file can have; name the right one"
        raise NamedFileError(errno.EFBIG, problem, str(path))


def read(path: str | Path, most_bytes: int = SMALL_BYTES) -> bytes:
    """The content. Raises OSError, NamedFileError."""
    check(path, most_bytes)
    return Path(path).read_bytes()
