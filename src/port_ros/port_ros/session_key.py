"""The key that only the nodes of one session hold, in a file of its own (0600) in the session's runtime folder.

By it they know each other: what arms the gate, what an e-stop station says and what keeps the robot powered carries a
code that nobody makes without it. It exists for as long as the session runs; it is in no parameter, argument, log or
record. Knows no ROS.
"""

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from port_ros.parameters import ParameterError

#: In a session's runtime folder.
SESSION_KEY_FILE = "session.key"
KEY_BYTES, MAC_BYTES = 32, 16


class SessionKeyError(ValueError):
    """The key file cannot be used; the message names it, with the remedy."""


def make_key_file(path: Path) -> None:
    """A new key, for this user alone; FileExistsError where there is one."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))


def read_key(path: Path | str) -> bytes:
    """The key in `path`. Raises SessionKeyError."""
    again = "start the session by `port up` or its launch file; it makes the key"
    try:
        key = Path(path).read_bytes()
        mode = stat.S_IMODE(Path(path).stat().st_mode)
    except OSError as error:
        raise SessionKeyError(f"{path}: {error.strerror}; {again}") from None
    if len(key) != KEY_BYTES:
        raise SessionKeyError(f"{path}: {len(key)} bytes are no key of {KEY_BYTES}; {again}")
    if mode & 0o077:
        raise SessionKeyError(f"{path}: others may read it (mode {mode:o}); {again}")
    return key


def given_key(path: str) -> bytes | None:
    """The key of a node that is given `path` as its session_key_file; None for an empty one. Raises ParameterError."""
    try:
        return read_key(path) if path else None
    except SessionKeyError as error:
        raise ParameterError(str(error), "session_key_file") from error


def mac_of(key: bytes, purpose: bytes, said: bytes) -> bytes:
    """HMAC-SHA256 cut to MAC_BYTES (RFC 2104, section 5). purpose: what no other code by the same key can pass for."""
    return hmac.digest(key, purpose + b"\0" + said, hashlib.sha256)[:MAC_BYTES]
