"""The file of an SSH signature: what it says of itself, and that no byte of it can be changed unseen."""

import base64
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_session.bag import allowed_signers
from port_session.bag.sshsig import NoSignature, parse


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


KEY = string(b"ssh-ed25519") + string(bytes(range(32)))


def blob(key: bytes = KEY, namespace: bytes = b"port-bag", version: int = 1, after: bytes = b"") -> bytes:
    fields = (key, namespace, b"", b"sha512", string(b"ssh-ed25519") + string(b"s" * 64))
    return b"SSHSIG" + version.to_bytes(4, "big") + b"".join(map(string, fields)) + after


def armoured(data: bytes) -> bytes:
    lines = textwrap.wrap(base64.b64encode(data).decode(), 70)
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""]).encode()


WHOLE = armoured(blob())


def test_key_and_namespace() -> None:
    read = parse(WHOLE)
    assert (read.key, read.key_type, read.namespace) == (KEY, "ssh-ed25519", "port-bag")
    assert read.public_key == f"ssh-ed25519 {base64.b64encode(KEY).decode()}"
    assert read.fingerprint.startswith("SHA256:") and len(read.fingerprint) == 50


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed_unless_the_signature_itself_changes(at: int, flip: int) -> None:
    """What is around the signature has one form; what is in it, ssh-keygen judges."""
    changed = bytearray(WHOLE)
    changed[at] ^= flip
    try:
        parse(bytes(changed))
    except NoSignature:
        return
    body = b"".join(bytes(changed).splitlines()[1:-1])
    assert base64.b64decode(body, validate=True) != blob()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is not as ssh-keygen writes it"),
        (WHOLE + b"\n", "no base64"),
        (WHOLE[:-1], "no base64"),
        (b" " + WHOLE, "no base64"),
        (WHOLE.replace(b"\n", b"\r\n"), "no base64"),
        (WHOLE.replace(b"\n", b"", 3), "no base64"),
        (WHOLE[:40] + b"\n" + WHOLE[40:], "is not as ssh-keygen writes it"),
        (armoured(b"SSHSIX" + blob()[6:]), "no SSH signature of version 1"),
        (armoured(blob(version=2)), "no SSH signature of version 1"),
        (armoured(blob(after=b"x")), "bytes behind its end"),
        (armoured(blob()[:-1]), "cut short"),
        (armoured(blob()[:12]), "cut short"),
        (armoured(blob(namespace=b"a\nb")), "names in it"),
        (armoured(blob(namespace="ä".encode())), "names in it"),
        (armoured(blob(key=b"\0\0\0\xff")), "cut short"),
    ],
)
def test_what_is_no_signature_says_why(data: bytes, why: str) -> None:
    with pytest.raises(NoSignature, match=why):
        parse(data)


def test_allowed_signers_follow_from_the_signatures() -> None:
    found = allowed_signers.text({"wang": WHOLE, "li": WHOLE, "torn": b"x"}).decode()
    key = base64.b64encode(KEY).decode()
    assert found == f'li namespaces="port-bag" ssh-ed25519 {key}\nwang namespaces="port-bag" ssh-ed25519 {key}\n'
