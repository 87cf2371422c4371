"""What lies where in a bag (BagIt 1.0, RFC 8493), and which names may. Pure.

A name that two tools would read differently is refused when a folder is sealed, and is a fault in a bag: what is sealed
has to be checked by anybody, with any tool, for a long time.
"""

import re
import unicodedata
from collections.abc import Iterable

BAGIT, INFO, MANIFEST, TAGMANIFEST = "bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"
#: What the tag manifest lists, and so what is signed.
TAG_FILES = (BAGIT, INFO, MANIFEST)
BAGIT_TEXT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
#: Of the payload, which also is the folder that the RO-Crate describes.
DATA = "data/"
CRATE = "ro-crate-metadata.json"
#: Tag files that no manifest lists, so that a bag can be signed later. RFC 8493, 2.2.4 has room for such.
SIGNATURES, SUFFIX = "signatures/", ".sig"
ALLOWED_SIGNERS = f"{SIGNATURES}allowed_signers"

#: Ends of lines, codes of terminals, signs that turn the direction of writing, halves of characters.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NAME_CHARACTERS_MAX, _NAME_BYTES_MAX = 64, 200
_LINE_CHARACTERS_MAX = 400


class BagError(ValueError):
    """A folder cannot be sealed, or is no bag; one line with the file and the remedy."""


def why_unfit(path: str) -> str:
    """Why a file of this path, relative and with /, cannot be in a bag, as the end of a sentence; empty if it can."""
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "leads out of its folder, or to no file"
    if _UNSEEN.search(path):
        return "has a control character in its name, or bytes that are no UTF-8"
    if "%" in path or "\\" in path:
        return "has % or \\ in its name, which tools read in different ways"
    if any(part != part.strip() for part in parts):
        return "begins or ends with a space"
    if unicodedata.normalize("NFC", path) != path:
        return "is not in the normal form NFC of Unicode: other systems would write its name differently"
    return ""


def twins(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs that differ in capital letters only: on some disks they would be one file."""
    seen: dict[str, str] = {}
    found = []
    for path in sorted(paths):
        if (first := seen.setdefault(path.casefold(), path)) != path:
            found.append((first, path))
    return found


def why_no_name(name: str) -> str:
    """Why `name` cannot be a signer's, as the end of a sentence with the remedy; empty if it can.

    It is a file's name, and a principal of ssh-keygen, which reads commas, *, ? and ! as a pattern.
    """
    if not name or len(name) > _NAME_CHARACTERS_MAX or len(name.encode("utf-8", "replace")) > _NAME_BYTES_MAX:
        return f"must have 1 to {_NAME_CHARACTERS_MAX} characters"
    unfit = re.search(r"[^\w.@+-]", name)
    if unfit or name[0] in ".-" or why_unfit(name) or name.casefold() == "allowed_signers":
        return "may have letters, digits and _ . @ + - only, a letter or digit first; for example li.wei@example.org"
    return ""


def signature_file(name: str) -> str:
    """Where in a bag the signature of `name` lies."""
    return f"{SIGNATURES}{name}{SUFFIX}"


def signer_of(path: str) -> str:
    """Whose signature the file at `path` says to be; empty if it is none."""
    if not (path.startswith(SIGNATURES) and path.endswith(SUFFIX)):
        return ""
    name = path.removeprefix(SIGNATURES).removesuffix(SUFFIX)
    return "" if why_no_name(name) else name


def one_line(text: str) -> str:
    """`text` without what nobody sees, cut where it is too long: the same by every Python."""
    return " ".join(_UNSEEN.sub(" ", text).split())[:_LINE_CHARACTERS_MAX]


def shown(path: str) -> str:
    """`path` for a terminal: what cannot be printed as its escape."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in path)
