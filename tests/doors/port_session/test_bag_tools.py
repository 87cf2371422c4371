"""A bag is checked without port: by coreutils, OpenSSH and the Library of Congress's bagit. And its bytes are the same
wherever and whenever it is sealed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import bagit
import pytest

from port_session.bag.signatures import Signer
from tests.bags import evidence, make_key, sealed, signers_file, tree
from tests.packages import ROOT


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return make_key(tmp_path / "li")


@pytest.fixture
def bag(tmp_path: Path, key: Path) -> Path:
    return sealed(evidence(tmp_path / "demo"), tmp_path / "demo.bag", [Signer("li", key)]).bag


def run(folder: Path, *words: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(words, cwd=folder, input=given, capture_output=True, check=False)


def change(file: Path) -> None:
    data = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(bytes([data[0] ^ 1]) + data[1:])


def test_sha256sum(bag: Path) -> None:
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        assert run(bag, "sha256sum", "--strict", "-c", manifest).returncode == 0
    change(bag / "data" / "devices" / "左.json")
    failed = run(bag, "sha256sum", "--strict", "--quiet", "-c", "manifest-sha256.txt")
    assert failed.returncode == 1 and "data/devices/左.json: FAILED" in failed.stdout.decode()


def test_ssh_keygen(bag: Path, key: Path, tmp_path: Path) -> None:
    words = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-f",
        str(signers_file(tmp_path / "signers", li=key)),
        "-I",
        "li",
        "-n",
        "port-bag",
    ]
    words += ["-s", "signatures/li.sig"]
    message = (bag / "tagmanifest-sha256.txt").read_bytes()
    assert run(bag, *words, given=message).returncode == 0
    assert run(bag, *words, given=message.replace(b"a", b"b", 1)).returncode != 0
    words[4] = "signatures/allowed_signers"
    assert run(bag, *words, given=message).returncode == 0, "the list in the bag has the form that ssh-keygen reads"


def test_bagit_of_the_library_of_congress(bag: Path) -> None:
    read = bagit.Bag(str(bag))
    assert read.validate() and read.version_info == (1, 0)
    assert read.info["External-Identifier"] == "demo" and read.info["Bagging-Date"] == "2027-01-15"
    assert set(read.payload_entries()) == {path for path in tree(bag) if path.startswith("data/")}
    change(bag / "bag-info.txt")
    assert not bagit.Bag(str(bag)).is_valid()


def shuffled(folder: Path) -> Path:
    """The same files in another order on the disk and with other times."""
    other = folder.with_name("shuffled") / folder.name
    for path, data in reversed(tree(folder).items()):
        file = other / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        os.utime(file, (1, 1))
    return other


def sealed_by(
    python: str, folder: Path, key: Path, environment: Mapping[str, str], umask: int = 0o022
) -> dict[str, bytes]:
    """By a `port` of its own; nothing but it and its two pure packages is needed."""
    bag = key.with_name("one.bag")
    paths = [str(ROOT / "src" / name) for name in ("port_session", "port_ros")] + [str(key.with_name("pure"))]
    words = [
        python,
        "-m",
        "port_session.cli",
        "bag",
        "seal",
        str(folder),
        "--by",
        "li",
        "--key",
        str(key),
        "--to",
        str(bag),
    ]
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(paths), "XDG_RUNTIME_DIR": str(key.parent)}
    done = subprocess.run(words, env=path | dict(environment), capture_output=True, umask=umask, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found = tree(bag)
    shutil.rmtree(bag)
    return found


@pytest.fixture
def seal_by(tmp_path: Path, key: Path) -> Callable[..., dict[str, bytes]]:
    import rfc8785

    (tmp_path / "pure").mkdir()
    (tmp_path / "pure" / "rfc8785").symlink_to(Path(rfc8785.__file__).parent)
    folder = evidence(tmp_path / "demo")
    return lambda python=sys.executable, at=None, **how: sealed_by(
        python, at or folder, key, how.pop("environment", {}), **how
    )


def test_the_same_folder_makes_the_same_bytes_whatever_is_around(
    seal_by: Callable[..., dict[str, bytes]], tmp_path: Path
) -> None:
    whole = seal_by()
    assert len(whole) == 15
    assert seal_by(at=shuffled(tmp_path / "demo"), umask=0o077) == whole
    strange = {
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "TZ": "Pacific/Kiritimati",
        "PYTHONHASHSEED": "7",
    }
    assert seal_by(environment=strange) == whole


@pytest.mark.parametrize("version", ["3.11", "3.12"])
def test_each_python_makes_the_same_bytes(seal_by: Callable[..., dict[str, bytes]], version: str) -> None:
    installed = [f"python{version}", *map(str, Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))]
    for python in filter(None, map(shutil.which, installed)):
        if subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0:
            assert seal_by(python=python) == seal_by()
            return
    pytest.skip(f"there is no Python {version} here")
