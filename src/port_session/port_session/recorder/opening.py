"""The bytes of a recording, whether its file lies open or is sealed. Decides nothing about what they hold."""

import io
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from port_session.recorder import age_format
from port_session.recorder.age_format import Header, NotAge, WrongKey
from port_session.recorder.age_reader import AgeReader, Extent, Watch, nobody, read_header
from port_telemetry.core.seal import fingerprint


class CannotOpen(ValueError):
    """Nothing of the file can be read; one line, as the end of a sentence that begins with its name."""


class Locked(CannotOpen):
    """It is sealed, and no key that was given opens it. header: of the file."""

    def __init__(self, header: Header, keys: Sequence[X25519PrivateKey]) -> None:
        self.header = header
        given = ", ".join(fingerprint(key.public_key()) for key in keys)
        remedy = f"--key gives {given}: give another one" if keys else "give --key"
        remedy = remedy if header.recipients else "port opens no such file, age does"
        super().__init__(f"is sealed to {readers(header)}: {remedy}")


@dataclass(frozen=True)
class Opened:
    """file: `size_bytes` of MCAP, to be sought in. header, extent: of a sealed file; None of one that lies open."""

    file: BinaryIO
    size_bytes: int
    header: Header | None = None
    extent: Extent | None = None


@contextmanager
def opened(path: Path, keys: Sequence[X25519PrivateKey] = (), watch: Watch = nobody) -> Iterator[Opened]:
    """The recording at `path`. Raises CannotOpen, OSError. watch: hears how far a sealed one was looked through."""
    # A pipe would never end, a device has no size: only a file holds a recording.
    if not stat.S_ISREG(path.stat().st_mode):
        raise CannotOpen("is no file")
    with path.open("rb") as file:
        size_bytes = os.fstat(file.fileno()).st_size
        if not _sealed(path, file):
            file.seek(0)
            yield Opened(file, size_bytes)
            return
        header, reader = _unsealed(file, size_bytes, keys, watch)
        with io.BufferedReader(reader, age_format.CHUNK_BYTES) as stream:
            yield Opened(stream, reader.extent.plain_bytes, header, reader.extent)


def readers(header: Header) -> str:
    """Who can open it, in words: fingerprints, where it tells them."""
    if told := header.sealed_to:
        return f"key{'s' if len(told) > 1 else ''} {' and '.join(told)}"
    count = header.recipients
    return f"{count} key{'s' if count > 1 else ''}" if count else "something else than an X25519 key"


def _sealed(path: Path, file: BinaryIO) -> bool:
    return path.suffix == ".age" or file.read(len(age_format.VERSION)) == age_format.VERSION


def _unsealed(
    file: BinaryIO, size_bytes: int, keys: Sequence[X25519PrivateKey], watch: Watch
) -> tuple[Header, AgeReader]:
    try:
        header = read_header(file)
        try:
            return header, AgeReader(file, size_bytes, keys, watch)
        except WrongKey:
            raise Locked(header, keys) from None
    except NotAge as error:
        raise CannotOpen(str(error)) from None
