"""X25519 keys as age writes them: a recipient `age1…` (public), an identity `AGE-SECRET-KEY-1…` (private). Pure.

The same 32 bytes as in a PEM file, in Bech32 (BIP 173) without its bound of length; source: c2sp.org/age. An error
never shows what it is about: it may be a private key.
"""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

PUBLIC, PRIVATE = "age", "age-secret-key-"
_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
#: 32 bytes in groups of five bits, the last one filled up with zeros; then the checksum.
_GROUPS, _FILL_BITS, _CHECKSUM_GROUPS = 52, 4, 6


class AgeKeyError(ValueError):
    """The text is no such key; one line for people, without the text."""


def recipient(key: X25519PublicKey) -> str:
    """To whom `age -r` seals."""
    return _encoded(PUBLIC, key.public_bytes_raw())


def identity(key: X25519PrivateKey) -> str:
    """With what `age -d -i` opens: secret."""
    return _encoded(PRIVATE, key.private_bytes_raw()).upper()


def public_of(text: str) -> X25519PublicKey:
    """The key of a recipient. Raises AgeKeyError."""
    return X25519PublicKey.from_public_bytes(_decoded(PUBLIC, text))


def private_of(text: str) -> X25519PrivateKey:
    """The key of an identity. Raises AgeKeyError."""
    return X25519PrivateKey.from_private_bytes(_decoded(PRIVATE, text))


def _encoded(prefix: str, raw: bytes) -> str:
    number = int.from_bytes(raw, "big") << _FILL_BITS
    groups = [number >> 5 * place & 31 for place in reversed(range(_GROUPS))]
    rest = _remainder(prefix, [*groups, *[0] * _CHECKSUM_GROUPS]) ^ 1
    groups += [rest >> 5 * place & 31 for place in reversed(range(_CHECKSUM_GROUPS))]
    return f"{prefix}1{''.join(_LETTERS[group] for group in groups)}"


def _decoded(prefix: str, text: str) -> bytes:
    word = text.lower()
    if text not in (word, text.upper()):
        raise AgeKeyError("has small and capital letters: copy it again")
    head, _, body = word.rpartition("1")
    if head != prefix:
        raise AgeKeyError("is no X25519 key: it is of a plugin, or a hybrid one")
    if len(body) != _GROUPS + _CHECKSUM_GROUPS or not set(body) <= set(_LETTERS):
        raise AgeKeyError("is too short, too long, or has a letter that no key has: copy it again")
    groups = [_LETTERS.index(letter) for letter in body]
    if _remainder(prefix, groups) != 1:
        raise AgeKeyError("its checksum does not fit: a letter of it is wrong")
    number = 0
    for group in groups[:_GROUPS]:
        number = number << 5 | group
    if number & (1 << _FILL_BITS) - 1:
        raise AgeKeyError("its last bits are not zero: no tool writes it so")
    return (number >> _FILL_BITS).to_bytes(32, "big")


def _remainder(prefix: str, groups: Sequence[int]) -> int:
    """The checksum of BIP 173 over prefix and groups; 1 where the last groups are the right ones."""
    state = 1
    for value in (*(ord(sign) >> 5 for sign in prefix), 0, *(ord(sign) & 31 for sign in prefix), *groups):
        top, state = state >> 25, (state & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            if top >> bit & 1:
                state ^= generator
    return state
