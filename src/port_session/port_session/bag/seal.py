"""Seals a folder of evidence: makes the bag beside, under a name of its own, and renames it when it is whole.

The folder stays as it is. Recordings, which nobody writes to again, are linked where the disk can; everything else is
copied, because reports and logs are written in place and would change inside the bag.
"""

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from port_session.bag import bag_info, files, manifest, ro_crate, signatures, ssh_signature
from port_session.bag.facts import Facts
from port_session.bag.layout import (
    BAGIT,
    BAGIT_TEXT,
    CRATE,
    DATA,
    INFO,
    MANIFEST,
    TAG_FILES,
    TAGMANIFEST,
    BagError,
    shown,
    twins,
    why_unfit,
)
from port_session.bag.progress import ReadProgress
from port_session.bag.signatures import Signer
from port_session.bag.sshsig import SshSignature

_LINKED = (".mcap", ".mcap.age")
#: Reasons that are told; a folder that is none of a session has thousands.
_TOLD = 5


@dataclass(frozen=True)
class Sealed:
    """What was made. keys: by the signer's name."""

    bag: Path
    files: int
    bytes: int
    keys: dict[str, SshSignature]


def seal(folder: Path, bag: Path, facts: Facts, signers: Sequence[Signer]) -> Sealed:
    """Seal `folder` as the new folder `bag`. Raises BagError, OSError; then nothing of it is left."""
    for signer in signers:
        ssh_signature.check_key(signer.key)
    before = _fit(folder, files.listing(folder))
    _refuse_place(folder, bag)
    with _beside(bag) as beside:
        digests = _take_in(folder, before, beside)
        if files.listing(folder) != before:
            raise BagError(f"{folder}: changed while it was being sealed; seal it when nothing writes to it any more")
        sizes = {path: state.size for path, state in before.files.items()}
        total = _describe(beside, facts, sizes, digests, [signer.name for signer in signers])
        keys = signatures.add(beside, signers)
        files.sync_folders(beside)
        beside.rename(bag)
    files.sync_folder(bag.parent)
    return Sealed(bag, len(digests), total, keys)


def _fit(folder: Path, listing: files.Listing) -> files.Listing:
    """The same listing, of a folder that a bag can hold. Raises BagError that names what cannot be in one."""
    wrong = [f"{shown(path)} {why}" for path, why in listing.others.items()]
    wrong += [f"{shown(path)} {why}" for path in listing.files if (why := why_unfit(path))]
    wrong += [f"{shown(one)} and {shown(other)} are one file on some disks" for one, other in twins(listing.files)]
    if CRATE in listing.files:
        wrong.append(f"{CRATE} is there already, and is written by this")
    if wrong:
        more = f"; and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
        raise BagError(f"{folder}: {'; '.join(wrong[:_TOLD])}{more}; take away or rename what cannot be sealed")
    if not listing.files:
        raise BagError(f"{folder}: holds no file; name the folder of a session's evidence")
    return listing


def _refuse_place(folder: Path, bag: Path) -> None:
    if os.path.lexists(bag):
        raise BagError(f"{bag}: is there already; name another place by --to, or take it away")
    if bag.resolve().is_relative_to(folder.resolve()):
        raise BagError(f"{bag}: lies in what is to be sealed; name a place outside of {folder} by --to")
    if not bag.parent.is_dir():
        raise BagError(f"{bag.parent}: is no folder; make it first")


@contextlib.contextmanager
def _beside(bag: Path) -> Iterator[Path]:
    """A new folder next to `bag`, which is gone afterwards, whatever happens, unless it was renamed."""
    beside = bag.with_name(f".{bag.name}.{secrets.token_hex(4)}.part")
    beside.mkdir()
    try:
        yield beside
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _take_in(folder: Path, listing: files.Listing, beside: Path) -> dict[str, str]:
    """Put every file into data/; the SHA-256 of each by its path there."""
    progress = ReadProgress(f"sealing {folder}", listing.total_bytes)
    digests = {}
    for path in listing.files:
        source, target = files.located(folder, path), files.located(beside, DATA + path)
        files.make_folder_of(target)
        if path.endswith(_LINKED) and files.link(source, target):
            digests[DATA + path] = files.digest(target, progress)
        else:
            digests[DATA + path] = files.copy(source, target, progress)
    return digests


def _describe(
    beside: Path, facts: Facts, sizes: Mapping[str, int], digests: dict[str, str], sealed_by: Sequence[str]
) -> int:
    """Write what tells of the payload, and the manifests; returns the payload's bytes."""
    crate = ro_crate.document(facts, sizes)
    _write(beside, DATA + CRATE, crate, digests)
    total = sum(sizes.values()) + len(crate)
    elements = bag_info.elements(facts, total, len(digests), sealed_by)
    tags: dict[str, str] = {}
    _write(beside, BAGIT, BAGIT_TEXT, tags)
    _write(beside, INFO, bag_info.text(elements), tags)
    _write(beside, MANIFEST, manifest.text(digests), tags)
    assert tuple(tags) == TAG_FILES
    _write(beside, TAGMANIFEST, manifest.text(tags), {})
    return total


def _write(beside: Path, path: str, data: bytes, digests: dict[str, str]) -> None:
    files.write(files.located(beside, path), data)
    digests[path] = hashlib.sha256(data).hexdigest()
