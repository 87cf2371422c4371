"""A password in a file of its own, as people make such files on any system. Knows no ROS.

Editors put a byte order mark in front, end the line in their own way, or write UTF-16: none of that belongs to the
password. What cannot be a password is refused by name, and its content is never shown.
"""

import errno
from pathlib import Path

from port_ros.file_kind import not_a_file

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_OTHERS = 0o077
#: Far more than any password: whoever names a log file or a film by mistake is told so.
_BYTES_MAX = 4096


class SecretFileError(OSError):
    """The file is there and holds no password. filename, strerror: which, and why not with the remedy."""


def read_secret(path: str | Path) -> str:
    """The password that stands alone in the file, without white space around it. Raises OSError or SecretFileError."""
    if Path(path).exists() and (problem := not_a_file(path)):  # a pipe would be waited for
        raise _refused(path, f"{problem}; write the password into a file")
    with Path(path).open("rb") as file:
        data = file.read(_BYTES_MAX + 1)
    text = _decoded(data, path).strip()
    if len(data) > _BYTES_MAX or any(not sign.isprintable() for sign in text):
        raise _refused(path, "holds more than one line; let the password stand there alone")
    if not text:
        raise _refused(path, "is empty; write the password into it")
    return text


def exposure(path: str | Path) -> str:
    """What makes the file unfit for a secret, with its remedy; empty if nothing does, or there is none."""
    try:
        mode = Path(path).stat().st_mode & 0o777
    except OSError:
        return ""
    return f"{path} is open to other users (mode {mode:04o}); chmod 600 {path}" if mode & _OTHERS else ""


def _decoded(data: bytes, path: str | Path) -> str:
    try:
        return data.decode("utf-16" if data.startswith(_UTF16_MARKS) else "utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(path, "is no text; write the password into it as UTF-8") from None


def _refused(path: str | Path, why: str) -> SecretFileError:
    return SecretFileError(errno.EINVAL, why, str(path))
