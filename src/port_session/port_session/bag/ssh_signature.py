"""The door to ssh-keygen, which signs and checks: the only place here that starts a process.

A private key is given by its path alone. ssh-keygen reads it, asks for its passphrase on the terminal, or has ssh-agent
or a security key sign. What is checked is given as bytes that were read once, never as a path into a bag.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from port_ros import named_file
from port_ros.secret_file import exposure
from port_session.bag.layout import BagError, shown
from port_session.bag.sshsig import NAMESPACE

_PROGRAM = "ssh-keygen"
_PRIVATE, _PUBLIC = b"-----BEGIN ", (b"ssh-", b"ecdsa-", b"sk-")
#: How often a person at a terminal may mistype a passphrase.
_ATTEMPTS = 3
_NOT_THERE = "ssh-keygen is not installed; apt-get install openssh-client"
_MESSAGE, _SIGNATURE = "message", "message.sig"


def check_key(key: Path) -> None:
    """Raises BagError or OSError for what ssh-keygen would not sign with, before hours of work are lost by it."""
    content = named_file.read(key)
    if not content.startswith((_PRIVATE, *_PUBLIC)):
        raise BagError(f"{key}: is no SSH key; name the private key, or its .pub where ssh-agent has the private one")
    if content.startswith(_PRIVATE) and (open_to := exposure(key)):
        raise BagError(open_to)
    if shutil.which(_PROGRAM) is None:
        raise BagError(_NOT_THERE)


def sign(message: bytes, key: Path) -> bytes:
    """The signature of `message` as a file. Waits for a person where the key wants one. Raises BagError."""
    with tempfile.TemporaryDirectory(prefix="port-bag-") as folder:
        file = Path(folder) / _MESSAGE
        file.write_bytes(message)
        for _ in range(_ATTEMPTS if os.isatty(0) and os.isatty(2) else 1):
            done = _run(["sign", "-f", str(key), "-n", NAMESPACE, str(file)])
            if done.returncode == 0:
                return (Path(folder) / _SIGNATURE).read_bytes()
        raise BagError(f"{key}: ssh-keygen does not sign with it: {_last_line(done)}")


def problem(message: bytes, signature: bytes) -> str:
    """Why `signature` is none of `message`, whosever key it is; empty if it is one. Raises BagError."""
    done = _with_signature(["check-novalidate", "-n", NAMESPACE], message, signature)
    return _last_line(done) if done.returncode else ""


def refusal(message: bytes, signature: bytes, name: str, signers: Path) -> str:
    """Why the file `signers` does not say that `signature` is one of `name`; empty if it does. Raises BagError."""
    done = _with_signature(["verify", "-f", str(signers), "-I", name, "-n", NAMESPACE], message, signature)
    return _last_line(done) if done.returncode else ""


def owners(signature: bytes, signers: Path) -> list[str]:
    """Whose key made `signature`, by the file `signers`; it may not be allowed to sign bags. Raises BagError."""
    done = _with_signature(["find-principals", "-f", str(signers)], b"", signature)
    return [] if done.returncode else done.stdout.decode("utf-8", "replace").splitlines()


def _with_signature(words: Sequence[str], message: bytes, signature: bytes) -> "subprocess.CompletedProcess[bytes]":
    with tempfile.TemporaryDirectory(prefix="port-bag-") as folder:
        file = Path(folder) / _SIGNATURE
        file.write_bytes(signature)
        return _run([*words, "-s", str(file)], message)


def _run(words: Sequence[str], message: bytes | None = None) -> "subprocess.CompletedProcess[bytes]":
    """ssh-keygen -Y. Without a message it has our standard input and terminal: it may have to ask a person."""
    told = subprocess.PIPE if message is not None or not os.isatty(2) else None
    try:
        return subprocess.run(
            [_PROGRAM, "-q", "-Y", *words], input=message, stdout=subprocess.PIPE, stderr=told, check=False,
            env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
    except FileNotFoundError:
        raise BagError(_NOT_THERE) from None


def _last_line(done: "subprocess.CompletedProcess[bytes]") -> str:
    """What ssh-keygen says, unless a person has read it; its prompt stands before it where there is no terminal."""
    lines = (done.stderr or b"").decode("utf-8", "replace").strip().splitlines() or [f"it ended with {done.returncode}"]
    return shown(lines[-1].rpartition("passphrase: ")[2].strip())
