"""Is a bag as it was sealed: what was changed, is missing, was added, by its own manifests. Pure; knows no keys.

What it is given was read from the folder, never from where a manifest points to: a path that leads out of the bag leads
nowhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from port_session.bag import allowed_signers, bag_info, manifest
from port_session.bag.layout import (
    ALLOWED_SIGNERS,
    DATA,
    INFO,
    MANIFEST,
    SIGNATURES,
    TAG_FILES,
    TAGMANIFEST,
    shown,
    signature_file,
    signer_of,
)

CHANGED, MISSING, ADDED, REFUSED = "changed", "missing", "added", "refused"


@dataclass(frozen=True)
class Problem:
    """One of a bag. kind: a word of the above; path: in the bag; text: more of it, for people, may be empty."""

    kind: str
    path: str
    text: str = ""


@dataclass
class Contents:
    """What lies in a bag. digests: SHA-256 of each file, empty where no manifest asks for it; tags: content of its own
    files and signatures.

    refused: what was not read, with why: links, pipes, devices, tag files that are too long, files that the disk does
    not give. folders: those in which nothing lies.
    """

    digests: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    tags: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)

    @property
    def signatures(self) -> dict[str, bytes]:
        """Those that were read, by the signer's name."""
        return {name: data for path, data in self.tags.items() if (name := signer_of(path))}


def problems(contents: Contents) -> list[Problem]:
    """All, those of the bag's own files first; none where it is as it was sealed, whoever signed it."""
    return [
        *(Problem(REFUSED, path, why) for path, why in sorted(contents.refused.items())),
        *_tag_files(contents),
        *_signatures(contents),
        *_payload(contents),
        *(Problem(ADDED, path + "/", "an empty folder") for path in contents.folders),
    ]


def _tag_files(contents: Contents) -> Iterator[Problem]:
    """The tag manifest, what it lists, and what else lies beside."""
    listed, found = _listed(contents, TAGMANIFEST, payload=False)
    yield from found
    if TAGMANIFEST in contents.tags:
        absent = [path for path in TAG_FILES if path not in listed]
        yield from (Problem(CHANGED, TAGMANIFEST, f"does not list {path}") for path in absent)
        yield from _against(contents, listed)
    for path in sorted(contents.digests):
        if path not in (TAGMANIFEST, *TAG_FILES, *listed) and not path.startswith((DATA, SIGNATURES)):
            yield Problem(ADDED, path)


def _payload(contents: Contents) -> Iterator[Problem]:
    """data/ by its manifest; without one nobody knows what belongs there."""
    if MANIFEST not in contents.tags:
        return
    listed, found = _listed(contents, MANIFEST, payload=True)
    yield from found
    yield from _against(contents, listed)
    there = sorted(path for path in contents.digests if path.startswith(DATA))
    yield from (Problem(ADDED, path) for path in there if path not in listed)


def _listed(contents: Contents, path: str, payload: bool) -> tuple[Mapping[str, str], list[Problem]]:
    """What the manifest at `path` lists, and its own faults."""
    if path not in contents.tags:
        return {}, [] if path in contents.refused else [Problem(MISSING, path)]
    read = manifest.parse(contents.tags[path], payload)
    return read.digests, [Problem(CHANGED, path, text) for text in read.problems]


def _against(contents: Contents, listed: Mapping[str, str]) -> Iterator[Problem]:
    for path, digest in listed.items():
        if path in contents.refused:
            continue
        if path not in contents.digests:
            yield Problem(MISSING, path)
        elif contents.digests[path] != digest:
            yield Problem(CHANGED, path)


def _signatures(contents: Contents) -> Iterator[Problem]:
    """Their folder: those with which the bag was sealed are there, and the list of their keys fits. What each proves
    is not looked at here."""
    signed = contents.signatures
    for name in bag_info.values(contents.tags.get(INFO, b""), bag_info.SEALED_BY):
        path = signature_file(name)
        if name not in signed and path not in contents.refused:
            yield Problem(MISSING, path, f"{INFO} says that the bag was sealed by {shown(name)}")
    for path in sorted(contents.digests):
        if path.startswith(SIGNATURES) and path != ALLOWED_SIGNERS and not signer_of(path):
            yield Problem(ADDED, path, "no signature")
    if ALLOWED_SIGNERS not in contents.tags:
        if signed and ALLOWED_SIGNERS not in contents.refused:
            yield Problem(MISSING, ALLOWED_SIGNERS, "signing again writes it")
    elif contents.tags[ALLOWED_SIGNERS] != allowed_signers.text(signed):
        yield Problem(CHANGED, ALLOWED_SIGNERS, "does not list the keys of the signatures that are there")
