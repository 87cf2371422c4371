"""Signing a bag: each signer's file in signatures/, over the tag manifest and so over every byte that is sealed."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from port_session.bag import allowed_signers, files, ssh_signature
from port_session.bag.layout import (
    ALLOWED_SIGNERS,
    SIGNATURES,
    TAGMANIFEST,
    BagError,
    signature_file,
    signer_of,
    why_no_name,
)
from port_session.bag.sshsig import NoSignature, SshSignature, parse

#: Far more than any signature or list of a few hundred has.
BYTES_MAX = 1 << 20


@dataclass(frozen=True)
class Signer:
    """A person or an edge, and where the private key is. Raises BagError for a name that cannot be one."""

    name: str
    key: Path

    def __post_init__(self) -> None:
        if why := why_no_name(self.name):
            raise BagError(f"the signer's name {self.name!r} {why}")


def add(bag: Path, signers: Sequence[Signer]) -> dict[str, SshSignature]:
    """Sign the bag as it is; the keys by the signer's name. Raises BagError, OSError.

    Signing again with the same key changes nothing, and mends what an interrupted signing left.
    """
    message = files.read(bag, TAGMANIFEST, BYTES_MAX)
    (bag / SIGNATURES).mkdir(exist_ok=True)
    keys = {signer.name: _sign(bag, message, signer) for signer in signers}
    _replace(bag, ALLOWED_SIGNERS, allowed_signers.text(found(bag)))
    return keys


def found(bag: Path) -> dict[str, bytes]:
    """The signatures that lie in the bag, by the signer's name."""
    paths = sorted(f"{SIGNATURES}{file.name}" for file in (bag / SIGNATURES).iterdir())
    return {name: files.read(bag, path, BYTES_MAX) for path in paths if (name := signer_of(path))}


def _sign(bag: Path, message: bytes, signer: Signer) -> SshSignature:
    made = ssh_signature.sign(message, signer.key)
    signature = _of_a_key(made, signer.key)
    if why := ssh_signature.problem(message, made):
        raise BagError(f"{signer.key}: the signature does not hold: {why}")
    path = signature_file(signer.name)
    if not os.path.lexists(bag / path):
        _replace(bag, path, made)
    elif files.read(bag, path, BYTES_MAX) != made:
        raise BagError(f"{bag / path}: {signer.name} has signed already; sign by another name, or take that one away")
    return signature


def _of_a_key(data: bytes, key: Path) -> SshSignature:
    """A certificate ends one day, and a bag is kept longer."""
    try:
        signature = parse(data)
    except NoSignature as error:
        raise BagError(f"{key}: what ssh-keygen made with it {error}") from None
    if "-cert-" in signature.key_type:
        raise BagError(f"{key}: is a certificate; name the key itself")
    return signature


def _replace(bag: Path, path: str, data: bytes) -> None:
    """Whole, or not at all."""
    beside = bag / f"{path}.part"
    try:
        files.write(files.located(bag, f"{path}.part"), data)
        beside.replace(bag / path)
    finally:
        beside.unlink(missing_ok=True)
