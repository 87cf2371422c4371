"""A team's keys: `port keys new NAME` writes NAME.key, which never leaves the team, and NAME.pub for the ground."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from port_ros import named_file
from port_ros.command_line import refuse
from port_telemetry.core.seal import fingerprint
from port_telemetry.files import KeyFileError, write_private


def new(private: Path) -> X25519PublicKey:
    """Make a key pair: `private` for the owner alone, and beside it NAME.pub. Raises KeyFileError if one is there."""
    public = private.with_suffix(".pub")
    for file in (private, public):
        if file.exists():
            raise KeyFileError(f"{file} exists; what was sealed to a key that is overwritten can never be opened again")
    key = X25519PrivateKey.generate()
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    write_private(private, key.private_bytes(pem, serialization.PrivateFormat.PKCS8, none))
    public.write_bytes(key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    return key.public_key()


def team_private(path: Path) -> X25519PrivateKey:
    """The private key in `path`. Raises OSError, KeyFileError."""
    try:
        key = serialization.load_pem_private_key(named_file.read(path), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path}: no private key: {error}") from error
    if not isinstance(key, X25519PrivateKey):
        raise KeyFileError(f"{path}: no X25519 key; make one with `port keys new`")
    return key


def team_public(path: Path) -> X25519PublicKey:
    """The public key in `path`. Raises OSError, KeyFileError."""
    try:
        key = serialization.load_pem_public_key(named_file.read(path))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path}: no public key: {error}") from error
    if not isinstance(key, X25519PublicKey):
        raise KeyFileError(f"{path}: no X25519 key; make one with `port keys new`")
    return key


def main(args: Sequence[str] | None = None) -> int:
    """Make the keys that the command line asks for."""
    parser = argparse.ArgumentParser(prog="port keys", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("action", choices=["new"])
    parser.add_argument("name", type=Path, help="NAME.key and NAME.pub are written")
    chosen = parser.parse_args(args)
    private = chosen.name.with_suffix(".key")
    try:
        public = new(private)
    except (KeyFileError, OSError) as error:
        return refuse(error)
    print(f"{private}: keep it, and a copy of it: without it nothing sealed to it can be opened, by anyone")
    print(f"{private.with_suffix('.pub')}: give it to the ground; fingerprint {fingerprint(public)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
