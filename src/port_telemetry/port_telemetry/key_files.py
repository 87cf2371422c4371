"""X25519 keys in files: PEM as `port keys new` writes them, or age's text. Reads; makes and changes nothing.

A file that holds the wrong half, another kind of key, or several is refused by name. No message shows a file's content.
"""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from port_ros import named_file
from port_telemetry.core import age_keys
from port_telemetry.files import KeyFileError

_MAKE = "make one with `port keys new`"
_AGE_SECRET, _AGE_PUBLIC = age_keys.PRIVATE.upper(), f"{age_keys.PUBLIC}1"


def is_private(path: Path) -> bool:
    """Whether `path` holds a private key, by what it says of itself. Raises OSError."""
    return _says_private(named_file.read(path))


def private_key(path: Path) -> X25519PrivateKey:
    """The private key in `path`. Raises OSError, KeyFileError."""
    data = named_file.read(path)
    if line := _age_line(path, data, _AGE_SECRET):
        try:
            return age_keys.private_of(line)
        except age_keys.AgeKeyError as error:
            raise KeyFileError(f"{path}: no private key: what begins with {_AGE_SECRET} {error}; {_MAKE}") from None
    if _says_public(data):
        raise KeyFileError(f"{path}: no private key, but a public one: name its other half, NAME.key")
    try:
        key = serialization.load_pem_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path}: no private key: {error}") from error
    if not isinstance(key, X25519PrivateKey):
        raise KeyFileError(f"{path}: no X25519 key; {_MAKE}")
    return key


def public_key(path: Path) -> X25519PublicKey:
    """The public key in `path`. Raises OSError, KeyFileError."""
    data = named_file.read(path)
    if _says_private(data):
        problem = "no public key, but a private one, which stays with its owner"
        raise KeyFileError(f"{path}: {problem}: name its other half, NAME.pub")
    if line := _age_line(path, data, _AGE_PUBLIC):
        try:
            return age_keys.public_of(line)
        except age_keys.AgeKeyError as error:
            raise KeyFileError(f"{path}: no public key: what begins with {_AGE_PUBLIC} {error}; {_MAKE}") from None
    try:
        key = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path}: no public key: {error}") from error
    if not isinstance(key, X25519PublicKey):
        raise KeyFileError(f"{path}: no X25519 key; {_MAKE}")
    return key


def _age_line(path: Path, data: bytes, beginning: str) -> str:
    """The only line that begins as age's keys do, whatever the comments around it; empty if there is none."""
    try:
        lines = [line.strip() for line in data.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError:
        return ""
    found = [line for line in lines if line.startswith(beginning)]
    if len(found) > 1:
        raise KeyFileError(f"{path}: holds {len(found)} keys of age's; name a file with one")
    return found[0] if found else ""


def _says_private(data: bytes) -> bool:
    return b"PRIVATE KEY-----" in data or _AGE_SECRET.encode() in data


def _says_public(data: bytes) -> bool:
    return b"BEGIN PUBLIC KEY-----" in data or data.lstrip().startswith(_AGE_PUBLIC.encode())
