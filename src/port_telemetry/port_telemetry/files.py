"""Files that a reader never sees half-written, and keys in them."""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from port_ros import named_file
from port_ros.key_file import KeyFileError, write_private

__all__ = ["KeyFileError", "write_private"]


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` by a file with `content`; its folder is made if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def make_signing_key(private: Path) -> None:
    """Write an Ed25519 key (PEM, PKCS #8) and beside it NAME.pub, unless it is there already."""
    if not private.exists():
        key = Ed25519PrivateKey.generate()
        pkcs8, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        write_private(private, key.private_bytes(serialization.Encoding.PEM, pkcs8, none))
    public = signing_key(private).public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    write_private(private.with_suffix(".pub"), public.public_bytes(serialization.Encoding.PEM, spki))


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The private key in `path`. Raises OSError, KeyFileError."""
    try:
        key = serialization.load_pem_private_key(named_file.read(path), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path}: no private key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path}: no Ed25519 key")
    return key


def verifying_key(path: Path) -> Ed25519PublicKey:
    """The public key in `path`. Raises OSError, KeyFileError."""
    try:
        key = serialization.load_pem_public_key(named_file.read(path))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path}: no public key: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyFileError(f"{path}: no Ed25519 key")
    return key
