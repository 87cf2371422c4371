"""Verifies a bag: reads all of it once, and says of each file and each signature what is wrong. Changes nothing."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from port_session.bag import files, manifest, ssh_signature
from port_session.bag.integrity import CHANGED, Contents, Problem, problems
from port_session.bag.layout import ALLOWED_SIGNERS, MANIFEST, SIGNATURES, TAG_FILES, TAGMANIFEST, BagError, shown
from port_session.bag.progress import ReadProgress
from port_session.bag.signatures import BYTES_MAX
from port_session.bag.sshsig import NAMESPACE, NoSignature, SshSignature, parse

GOOD, UNKNOWN, BAD = "good", "unknown", "bad"
#: Of a manifest: some 500,000 files. It is held in memory.
MANIFEST_BYTES_MAX = 64 << 20


@dataclass(frozen=True)
class Signed:
    """One signature. name: whose it says to be. key: its fingerprint; empty if nothing can be read of it."""

    name: str
    state: str
    key: str
    key_type: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """What was found. missing_signers: who should have signed, and has not."""

    contents: Contents
    problems: tuple[Problem, ...]
    signatures: tuple[Signed, ...]
    missing_signers: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """It is as it was sealed, and every signature is one of it, whosever."""
        return not self.problems and all(one.state != BAD for one in self.signatures)

    @property
    def may_be_signed(self) -> bool:
        """It is whole, but for the list of keys that signing writes anew: an interrupted signing leaves an old one."""
        return all(one.path == ALLOWED_SIGNERS for one in self.problems) and not any(
            one.state == BAD for one in self.signatures
        )

    @property
    def ok(self) -> bool:
        """It is whole, and signed, each signature by somebody who is known."""
        known = all(one.state == GOOD for one in self.signatures)
        return self.whole and known and bool(self.signatures) and not self.missing_signers


def verify(bag: Path, signers: Path | None = None, required: Sequence[str] = ()) -> Verdict:
    """signers: a file in the form ALLOWED SIGNERS of ssh-keygen(1); required: who must have signed, by the names there.

    Raises BagError, OSError where there is no bag, or ssh-keygen is missing.
    """
    contents = contents_of(bag)
    message = contents.tags.get(TAGMANIFEST, b"")
    signed = [_judged(name, data, message, signers) for name, data in sorted(contents.signatures.items())]
    good = {one.name for one in signed if one.state == GOOD}
    missing = tuple(name for name in required if name not in good)
    return Verdict(contents, (*problems(contents), *_unfounded(contents, signed)), tuple(signed), missing)


def _unfounded(contents: Contents, signed: Sequence[Signed]) -> Iterator[Problem]:
    """Nothing lists the tag manifest: that it was changed, only its signatures show."""
    if TAGMANIFEST in contents.tags and signed and all(one.state == BAD for one in signed):
        yield Problem(CHANGED, TAGMANIFEST, "no signature fits it: it was changed, or they were")


def contents_of(bag: Path) -> Contents:
    """Read all of a bag that its manifests list. Raises BagError, OSError."""
    contents = tags_of(bag)
    listed = {
        *manifest.parse(contents.tags.get(TAGMANIFEST, b""), payload=False).digests,
        *manifest.parse(contents.tags.get(MANIFEST, b""), payload=True).digests,
    }
    paths = [path for path in contents.sizes if path in listed and contents.digests.get(path) == ""]
    progress = ReadProgress(f"verifying {bag}", sum(contents.sizes[path] for path in paths))
    for path in paths:
        try:
            contents.digests[path] = files.digest(files.located(bag, path), progress)
        except OSError as error:
            _refuse(contents, path, f"cannot be read: {error.strerror or error}")
    return contents


def tags_of(bag: Path) -> Contents:
    """Of a bag the tag files alone; of all others only that they are there: their digests are empty.

    Raises BagError, OSError.
    """
    listing = files.listing(bag)
    if not {TAGMANIFEST, *TAG_FILES} & {*listing.files, *listing.others}:
        raise BagError(f"{bag}: is no bag, it has no {', '.join(TAG_FILES)}; name the folder of a bag")
    contents = Contents(refused=dict(listing.others), folders=listing.folders)
    for path, state in listing.files.items():
        contents.sizes[path], contents.digests[path] = state.size, ""
        if path in (TAGMANIFEST, *TAG_FILES) or path.startswith(SIGNATURES):
            _read_tag(bag, path, state.size, contents)
    return contents


def _read_tag(bag: Path, path: str, size: int, contents: Contents) -> None:
    most = MANIFEST_BYTES_MAX if path == MANIFEST else BYTES_MAX
    if size > most:
        _refuse(contents, path, f"has {size} bytes, more than the {most} that it can have")
        return
    try:
        contents.tags[path] = files.read(bag, path, most)
    except OSError as error:
        _refuse(contents, path, f"cannot be read: {error.strerror or error}")
        return
    contents.digests[path] = hashlib.sha256(contents.tags[path]).hexdigest()


def _refuse(contents: Contents, path: str, why: str) -> None:
    contents.refused[path] = why
    del contents.digests[path]


def _judged(name: str, data: bytes, message: bytes, signers: Path | None) -> Signed:
    """What a signature is worth."""
    try:
        signature = parse(data)
    except NoSignature as error:
        return Signed(name, BAD, "", "", str(error))
    state, text = _worth(name, signature, data, message, signers)
    return Signed(name, state, signature.fingerprint, signature.key_type, text)


def _worth(name: str, signature: SshSignature, data: bytes, message: bytes, signers: Path | None) -> tuple[str, str]:
    if signature.namespace != NAMESPACE:
        return BAD, f"was made for {signature.namespace!r}, not for a bag"
    if why := ssh_signature.problem(message, data):
        return BAD, f"is none of {TAGMANIFEST} as it is: {why}"
    if signers is None:
        return UNKNOWN, "nobody says whose key this is"
    why = ssh_signature.refusal(message, data, name, signers)
    if not why:
        return GOOD, f"by {signers}"
    owners = ssh_signature.owners(data, signers)
    if not owners:
        return UNKNOWN, f"the key is not in {signers}"
    if any(fnmatchcase(name, owner) for owner in owners):
        return UNKNOWN, f"{signers} does not let {name} sign bags: {why}"
    return BAD, f"{signers} says that this is the key of {shown(', '.join(owners))}"
