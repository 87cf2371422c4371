"""The SSH signature as a file (PROTOCOL.sshsig of OpenSSH): which key made it, and for what. Pure; it proves nothing.

ssh-keygen reads past what stands behind the last line, and around white space. Here a signature is exactly what
ssh-keygen writes, so that no byte of the file can be changed without a trace.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

NAMESPACE = "port-bag"
_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"
_WIDTH = 70
_MAGIC, _VERSION = b"SSHSIG", 1


class NoSignature(ValueError):
    """The file is not what ssh-keygen writes; says why."""


@dataclass(frozen=True)
class SshSignature:
    """key: the public one, as SSH writes it in binary. key_type: its first word, as ssh-ed25519."""

    key: bytes
    key_type: str
    namespace: str

    @property
    def fingerprint(self) -> str:
        """Of the key, as `ssh-keygen -l` prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.key).digest()).decode().rstrip("=")

    @property
    def public_key(self) -> str:
        """Type and key, as in a .pub file."""
        return f"{self.key_type} {base64.b64encode(self.key).decode()}"


def parse(data: bytes) -> SshSignature:
    """What a signature's file says of itself. Raises NoSignature."""
    blob = _unarmoured(data)
    if blob[:6] != _MAGIC or int.from_bytes(blob[6:10], "big") != _VERSION:
        raise NoSignature("is no SSH signature of version 1")
    fields, at = [], 10
    for _ in ("public key", "namespace", "reserved", "hash algorithm", "signature"):
        field, at = _string(blob, at)
        fields.append(field)
    if at != len(blob):
        raise NoSignature("has bytes behind its end")
    key_type, _ = _string(fields[0], 0)
    return SshSignature(fields[0], _word(key_type), _word(fields[1]))


def _unarmoured(data: bytes) -> bytes:
    body = data.removeprefix(_BEGIN).removesuffix(_END)
    try:
        blob = base64.b64decode(body.replace(b"\n", b""), validate=True)
    except binascii.Error:
        raise NoSignature("is damaged: it is no base64 between the lines that ssh-keygen writes") from None
    if _armoured(blob) != data:
        raise NoSignature("is not as ssh-keygen writes it: something was added or changed around the signature")
    return blob


def _armoured(blob: bytes) -> bytes:
    text = base64.b64encode(blob)
    lines = (text[at : at + _WIDTH] + b"\n" for at in range(0, len(text), _WIDTH))
    return _BEGIN + b"".join(lines) + _END


def _string(blob: bytes, at: int) -> tuple[bytes, int]:
    """The bytes at `at`, which begin with their number, and where the next begin."""
    end = at + 4 + int.from_bytes(blob[at : at + 4], "big")
    if end > len(blob) or at + 4 > len(blob):
        raise NoSignature("is cut short")
    return blob[at + 4 : end], end


def _word(raw: bytes) -> str:
    """A name that SSH uses is printable ASCII."""
    if not raw.isascii() or not raw.decode("ascii").isprintable():
        raise NoSignature("has names in it that no SSH signature has")
    return raw.decode("ascii")
