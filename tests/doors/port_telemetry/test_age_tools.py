"""`age` and pyrage know the keys that `port keys` makes as the same keys."""

import subprocess
from pathlib import Path

import pyrage

from port_telemetry import key_files, keys
from port_telemetry.core import age_keys


def test_both_tools_derive_the_same_public_key(tmp_path: Path) -> None:
    for number in range(5):
        private, identity = tmp_path / f"{number}.key", tmp_path / f"{number}.age"
        keys.new(private)
        assert keys.main(["age", str(private), "--out", str(identity)]) == 0
        recipient = keys.as_age(private.with_suffix(".pub")).strip()
        by_age = subprocess.run(["age-keygen", "-y", str(identity)], capture_output=True, text=True, check=True)
        by_pyrage = pyrage.x25519.Identity.from_str(identity.read_text().splitlines()[1]).to_public()
        assert by_age.stdout.strip() == str(by_pyrage) == recipient


def test_a_key_of_theirs_is_read(tmp_path: Path) -> None:
    made = tmp_path / "made.txt"
    subprocess.run(["age-keygen", "-o", str(made)], capture_output=True, check=True)
    by_age = subprocess.run(["age-keygen", "-y", str(made)], capture_output=True, text=True, check=True).stdout
    assert age_keys.recipient(key_files.private_key(made).public_key()) == by_age.strip()
    (tmp_path / "to.txt").write_text(by_age)
    assert age_keys.recipient(key_files.public_key(tmp_path / "to.txt")) == by_age.strip()
