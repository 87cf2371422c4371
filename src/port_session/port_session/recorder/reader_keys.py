"""The keys by which a command opens sealed recordings: the word for them, and what the named files hold.

Nothing heavy is imported before a key is read: `port --help` must answer at once.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey


def add_word(parser: argparse.ArgumentParser) -> None:
    """`--key FILE`, as often as there are keys."""
    what = "a private key that opens sealed recordings (NAME.key, or age's identity file); may be repeated"
    parser.add_argument("--key", action="append", type=Path, default=[], metavar="FILE", help=what)


def read(files: Iterable[Path]) -> "list[X25519PrivateKey]":
    """The keys in `files`. Raises OSError, ValueError with the file and what is wrong with it."""
    from port_telemetry.key_files import private_key

    return [private_key(file) for file in files]
