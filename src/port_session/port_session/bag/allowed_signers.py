"""signatures/allowed_signers of a bag: the keys of its own signatures, so that ssh-keygen can be asked at once. Pure.

It says which key signed, never whose key that is: whoever makes a bag writes this file. It follows from the signatures
alone, so that a change of it, or a signature that was taken away or renamed, is seen.
"""

from collections.abc import Mapping

from port_session.bag.sshsig import NAMESPACE, NoSignature, SshSignature, parse


def text(signatures: Mapping[str, bytes]) -> bytes:
    """The file for these signatures, by name; without those that are none."""
    return "".join(line(name, found) for name in sorted(signatures) if (found := _parsed(signatures[name]))).encode()


def line(name: str, signature: SshSignature) -> str:
    """One line of such a file: this key may sign bags as `name`."""
    return f'{name} namespaces="{NAMESPACE}" {signature.public_key}\n'


def _parsed(data: bytes) -> SshSignature | None:
    try:
        return parse(data)
    except NoSignature:
        return None
