"""Seals a stream as an age v1 file while it is written: appends to a target and never looks back.

Each chunk is sealed once, and its number is used up before: whatever happens to the target afterwards, its bytes are
written again as they are, and never is another text sealed under the same number.
"""

import os
from collections.abc import Sequence
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from port_session.recorder import age_format
from port_session.recorder.age_format import CHUNK_BYTES


class Target(Protocol):
    """Takes bytes in their order, and keeps them until they are where they belong."""

    def write(self, data: bytes, /) -> int: ...


class AgeWriter:
    """To `recipients`: whoever has the private key of one of them reads all of it. The header is written at once."""

    def __init__(self, target: Target, recipients: Sequence[X25519PublicKey]) -> None:
        file_key, nonce = os.urandom(age_format.FILE_KEY_BYTES), os.urandom(age_format.PAYLOAD_NONCE_BYTES)
        self._target = target
        self._cipher = age_format.payload_cipher(file_key, nonce)
        self._number = 0
        self._waiting = bytearray()
        self._given_bytes = 0
        self._ended = False
        target.write(age_format.header(file_key, recipients) + nonce)

    def write(self, data: bytes) -> int:
        """Append `data`. A full chunk is sealed when more follows it: the last one is sealed as the last."""
        if self._ended:
            raise ValueError("the sealed stream has ended")
        self._waiting += data
        self._given_bytes += len(data)
        self._seal((len(self._waiting) - 1) // CHUNK_BYTES)
        return len(data)

    def tell(self) -> int:
        """Where the next byte will be, in the plaintext."""
        return self._given_bytes

    @property
    def gap_bytes(self) -> int:
        """How much is missing until what was given fills whole chunks."""
        return -self._given_bytes % CHUNK_BYTES

    def seal_whole_chunks(self) -> None:
        """Seal the full chunk that waits, too: something must follow it before the end."""
        self._seal(len(self._waiting) // CHUNK_BYTES)

    def end(self) -> None:
        """Seal what waits as the last chunk, by which a reader knows that nothing is missing."""
        if not self._waiting and self._number:
            raise ValueError("nothing follows the last whole chunk: an age file does not end so")
        self._ended = True
        self._seal_one(self._waiting, last=True)
        self._waiting.clear()

    def _seal(self, chunks: int) -> None:
        for place in range(0, chunks * CHUNK_BYTES, CHUNK_BYTES):
            self._seal_one(self._waiting[place : place + CHUNK_BYTES], last=False)
        if chunks > 0:
            del self._waiting[: chunks * CHUNK_BYTES]

    def _seal_one(self, text: bytearray, last: bool) -> None:
        number, self._number = self._number, self._number + 1
        self._target.write(self._cipher.encrypt(age_format.chunk_nonce(number, last), text, None))
