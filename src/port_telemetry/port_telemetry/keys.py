"""A team's keys: `port keys new NAME` writes NAME.key, which never leaves the team, and NAME.pub for the ground.

`port keys age FILE` gives the same key as age has it, so that `age` opens what is sealed to it, without port.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from port_ros.command_line import refuse
from port_telemetry.core import age_keys
from port_telemetry.core.seal import fingerprint
from port_telemetry.files import KeyFileError, write_private
from port_telemetry.key_files import is_private, private_key, public_key

#: Instead of a file: the terminal, or a pipe.
_STDOUT = Path("-")


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


def as_age(path: Path) -> str:
    """The key in `path` as age's tools read it; of a private key an identity file. Raises OSError, KeyFileError."""
    if not is_private(path):
        return f"{age_keys.recipient(public_key(path))}\n"
    key = private_key(path)
    return f"# public key: {age_keys.recipient(key.public_key())}\n{age_keys.identity(key)}\n"


def main(args: Sequence[str] | None = None) -> int:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(prog="port keys", description=(__doc__ or "").split("\n", 1)[0])
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    make = actions.add_parser("new", help="make a key pair: NAME.key and NAME.pub")
    make.add_argument("name", type=Path, help="NAME.key and NAME.pub are written")
    make.set_defaults(run=_new)
    age = actions.add_parser("age", help="a key as age has it: a recipient, or an identity (secret)")
    age.add_argument("file", type=Path, metavar="FILE", help="NAME.pub or NAME.key")
    age.add_argument("--out", type=Path, metavar="FILE", help="where to; an identity needs it: - prints it")
    age.set_defaults(run=_age)
    chosen = parser.parse_args(args)
    try:
        return int(chosen.run(chosen))
    except (KeyFileError, OSError) as error:
        return refuse(error)


def _new(chosen: argparse.Namespace) -> int:
    private = chosen.name.with_suffix(".key")
    public = new(private)
    print(f"{private}: keep it, and a copy of it: without it nothing sealed to it can be opened, by anyone")
    print(f"{private.with_suffix('.pub')}: give it to the ground; fingerprint {fingerprint(public)}")
    return 0


def _age(chosen: argparse.Namespace) -> int:
    secret = is_private(chosen.file)
    if chosen.out is None and secret:
        how = "--out FILE writes it for you alone, --out - prints it"
        raise KeyFileError(f"{chosen.file}: a private key is not shown unasked: {how}")
    text = as_age(chosen.file)
    if chosen.out in (None, _STDOUT):
        print(text, end="")
        return 0
    if chosen.out.exists():
        raise KeyFileError(f"{chosen.out} exists; name another file")
    if secret:
        write_private(chosen.out, text.encode())
    else:
        chosen.out.write_text(text, encoding="ascii")
    print(f"{chosen.out}: {'age -d -i opens with it; keep it to yourself' if secret else 'age -R seals to it'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
