"""The header of an age v1 file, and the keys that follow from it. Pure; source: c2sp.org/age.

Of age's kinds of recipients this is X25519 alone. Who a file is sealed to is not in age's own stanzas; a stanza of ours
says it, by fingerprints, and every other tool passes it over.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from port_telemetry.core.seal import fingerprint

VERSION = b"age-encryption.org/v1\n"
#: Of the plaintext in one chunk; what a chunk is longer by in the file.
CHUNK_BYTES, TAG_BYTES = 1 << 16, 16
SEALED_BYTES = CHUNK_BYTES + TAG_BYTES
FILE_KEY_BYTES = PAYLOAD_NONCE_BYTES = 16
#: No header that anybody writes is longer: some hundred recipients.
HEADER_BYTES_MAX = 1 << 16
_X25519, _SEALED_TO = b"X25519", b"port/sealed-to"
_KEY_BYTES, _COLUMNS = 32, 64
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]{0,64}")
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
#: A wrapping key is used once.
_ONLY_NONCE = bytes(12)


class NotAge(ValueError):
    """The bytes are no age v1 header that holds; one line for people, as the end of a sentence."""


class WrongKey(ValueError):
    """None of the keys is one that the file is sealed to."""


@dataclass(frozen=True)
class Stanza:
    """One recipient's part of a header: its words, the first of them its kind, and its body."""

    words: tuple[bytes, ...]
    body: bytes


@dataclass(frozen=True)
class Header:
    """stanzas: one a recipient. covered: what `mac` is over. length: of the whole header in the file, bytes."""

    stanzas: tuple[Stanza, ...]
    covered: bytes
    mac: bytes
    length: int

    @property
    def sealed_to(self) -> tuple[str, ...]:
        """The fingerprints that the file says it is sealed to; empty where another tool wrote it."""
        words = [word.decode() for one in self.stanzas if one.words[0] == _SEALED_TO for word in one.words[1:]]
        return tuple(word for word in words if _FINGERPRINT.fullmatch(word))

    @property
    def recipients(self) -> int:
        """How many X25519 keys open it."""
        return sum(one.words[0] == _X25519 for one in self.stanzas)


def header(file_key: bytes, recipients: Sequence[X25519PublicKey]) -> bytes:
    """The header of a new file: `file_key` for each of the recipients, and their fingerprints."""
    if not recipients:
        raise ValueError("recipients: expected at least one")
    told = Stanza((_SEALED_TO, *(fingerprint(one).encode() for one in recipients)), b"")
    stanzas = [*(_wrapped(file_key, one) for one in recipients), told]
    covered = VERSION + b"".join(map(_lines, stanzas)) + b"---"
    return covered + b" " + _base64(_mac(file_key, covered)) + b"\n"


def parse(data: bytes) -> Header:
    """The header that `data` begins with. Raises NotAge."""
    if not data.startswith(VERSION):
        raise NotAge("ends within its header" if VERSION.startswith(data) else "is no age v1 file")
    stanzas: list[Stanza] = []
    place = len(VERSION)
    while data[place : place + 3] != b"---":
        stanza, place = _stanza(data, place)
        stanzas.append(stanza)
    line, end = _line(data, place)
    if not stanzas or line[:4] != b"--- ":
        raise NotAge("has a header without recipients or code")
    return Header(tuple(stanzas), data[: place + 3], _bytes(line[4:], _KEY_BYTES), end)


def file_key_of(found: Header, keys: Iterable[X25519PrivateKey]) -> bytes:
    """The file's own key, by the first of `keys` that it is sealed to. Raises WrongKey, NotAge."""
    for key in keys:
        for stanza in found.stanzas:
            if stanza.words[0] == _X25519 and (file_key := _unwrapped(stanza, key)):
                if not hmac.compare_digest(_mac(file_key, found.covered), found.mac):
                    raise NotAge("has a header that was altered")
                return file_key
    raise WrongKey


def payload_cipher(file_key: bytes, nonce: bytes) -> ChaCha20Poly1305:
    """What seals and opens the chunks. nonce: the file's, which stands behind its header."""
    return ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))


def chunk_nonce(number: int, last: bool) -> bytes:
    """Of chunk `number`, from 0. There is one of each: whoever seals two texts under one of them gives both away."""
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _wrapped(file_key: bytes, recipient: X25519PublicKey) -> Stanza:
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    wrapping = _wrapping_key(ephemeral.exchange(recipient), share, recipient)
    return Stanza((_X25519, _base64(share)), ChaCha20Poly1305(wrapping).encrypt(_ONLY_NONCE, file_key, None))


def _unwrapped(stanza: Stanza, key: X25519PrivateKey) -> bytes:
    """The file's key; empty if the stanza is another recipient's. Raises NotAge."""
    if len(stanza.words) != 2 or len(stanza.body) != FILE_KEY_BYTES + TAG_BYTES:
        raise NotAge("has a header with an X25519 recipient that cannot be")
    share = _bytes(stanza.words[1], _KEY_BYTES)
    try:
        shared = key.exchange(X25519PublicKey.from_public_bytes(share))
        wrapping = _wrapping_key(shared, share, key.public_key())
        return ChaCha20Poly1305(wrapping).decrypt(_ONLY_NONCE, stanza.body, None)
    except ValueError:  # a share of low order
        raise NotAge("has a header with an X25519 recipient that cannot be") from None
    except InvalidTag:
        return b""


def _wrapping_key(shared: bytes, share: bytes, recipient: X25519PublicKey) -> bytes:
    return _derived(shared, share + recipient.public_bytes_raw(), b"age-encryption.org/v1/X25519")


def _mac(file_key: bytes, covered: bytes) -> bytes:
    return hmac.digest(_derived(file_key, b"", b"header"), covered, "sha256")


def _derived(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt, info).derive(secret)


def _lines(stanza: Stanza) -> bytes:
    """The last line of a body is shorter than the others, if need be empty."""
    text = _base64(stanza.body)
    body = [text[at : at + _COLUMNS] for at in range(0, len(text) + 1, _COLUMNS)]
    return b"-> " + b" ".join(stanza.words) + b"\n" + b"".join(line + b"\n" for line in body)


def _stanza(data: bytes, place: int) -> tuple[Stanza, int]:
    """The stanza at `place`, and where the next line begins. Raises NotAge."""
    line, place = _line(data, place)
    words = tuple(line.split(b" "))
    if words[0] != b"->" or len(words) < 2 or not all(word and all(32 < sign < 127 for sign in word) for word in words):
        raise NotAge("has a header with a line that cannot be")
    body, part = b"", b"=" * _COLUMNS
    while len(part) == _COLUMNS:
        part, place = _line(data, place)
        if not _BASE64_LINE.fullmatch(part):
            raise NotAge("has a header with a line that cannot be")
        body += part
    return Stanza(words[1:], _bytes(body)), place


def _line(data: bytes, place: int) -> tuple[bytes, int]:
    end = data.find(b"\n", place)
    if end < 0:
        raise NotAge("ends within its header")
    return data[place:end], end + 1


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _bytes(text: bytes, length: int | None = None) -> bytes:
    """What unpadded Base64 says, in the one way that it can be written. Raises NotAge."""
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise NotAge("has a header that cannot be read") from None
    if _base64(data) != text or length not in (None, len(data)):
        raise NotAge("has a header that cannot be read")
    return data
