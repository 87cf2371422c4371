"""Who may arm a gate: a request that is signed by the key in the session's runtime folder, fresh, and used once.

Both ends are here, the session node's signature and the gate's check, so that they cannot differ. The key exists for as
long as the session runs, in a file of its own (0600); it is in no parameter, argument, log or record. Knows no ROS.
"""

import hashlib
import hmac
import os
import secrets
import stat
import struct
from dataclasses import dataclass
from pathlib import Path

#: In a session's runtime folder.
ARM_KEY_FILE = "arm.key"
KEY_BYTES, MAC_BYTES = 32, 16
#: What is signed is said to be this, so that no other signature by the same key can ever pass for it.
_PURPOSE = b"port arm request 1\0"
#: How old a request may be, and how far in the future: both ends are on one machine.
AGE_NS, AHEAD_NS = 1_000_000_000, 100_000_000
REMEDY = "arm through the session: port session arm"


class ArmKeyError(ValueError):
    """The key file cannot be used; the message names it, with the remedy."""


@dataclass(frozen=True)
class ArmRequest:
    """What is signed. stamp_ns: system clock. epoch: of the gate, as the session node knows it."""

    session: str
    stamp_ns: int
    epoch: int
    by: str


def make_key_file(path: Path) -> None:
    """A new key, for this user alone; FileExistsError where there is one."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))


def read_key(path: Path | str) -> bytes:
    """The key in `path`. Raises ArmKeyError."""
    again = "start the session by `port up` or its launch file; it makes the key"
    try:
        key = Path(path).read_bytes()
        mode = stat.S_IMODE(Path(path).stat().st_mode)
    except OSError as error:
        raise ArmKeyError(f"{path}: {error.strerror}; {again}") from None
    if len(key) != KEY_BYTES:
        raise ArmKeyError(f"{path}: {len(key)} bytes are no key of {KEY_BYTES}; {again}")
    if mode & 0o077:
        raise ArmKeyError(f"{path}: others may read it (mode {mode:o}); {again}")
    return key


def sign(key: bytes, request: ArmRequest) -> bytes:
    """HMAC-SHA256 of the request, cut to MAC_BYTES (RFC 2104, section 5)."""
    texts = [text.encode(errors="surrogatepass") for text in (request.session, request.by)]
    packed = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    message = _PURPOSE + struct.pack("<qQ", request.stamp_ns, request.epoch) + packed
    return hmac.new(key, message, hashlib.sha256).digest()[:MAC_BYTES]


class ArmCheck:
    """The gate's side: `session` is its own; without a key it lets nobody arm."""

    def __init__(self, session: str, key: bytes | None) -> None:
        self._session, self._key = session, key
        self._used: set[int] = set()  # stamps; a session is armed some hundred times at most

    def refusal(self, request: ArmRequest, mac: bytes, epoch: int, now_ns: int) -> str:
        """Why this request does not arm a gate in `epoch`, with the remedy; empty if it may. It counts once."""
        reason = self._reason(request, mac, epoch, now_ns)
        if reason:
            return f"{reason}; {REMEDY}"
        self._used.add(request.stamp_ns)
        return ""

    def _reason(self, request: ArmRequest, mac: bytes, epoch: int, now_ns: int) -> str:
        if self._key is None:
            return "this gate has no arm_key_file, so nobody can arm it"
        if request.session != self._session:
            return f"the request is for session {request.session or 'without a name'}, the gate is {self._session}'s"
        if not hmac.compare_digest(sign(self._key, request), mac):
            return "the request is not signed by the session"
        age_ns = now_ns - request.stamp_ns
        if not -AHEAD_NS <= age_ns <= AGE_NS:
            return f"the request was signed {age_ns / 1e9:.2f} s ago, {AGE_NS / 1e9:g} s are allowed"
        if request.stamp_ns in self._used:
            return "the request was used before"
        if request.epoch != epoch:
            return f"a stop came between the request and now (epoch {request.epoch}, now {epoch})"
        return ""
