"""Keys as age writes them, and files of keys: the right half of the right kind is read, everything else is named."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from port_telemetry import key_files, keys
from port_telemetry.core import age_keys
from port_telemetry.core.age_keys import AgeKeyError
from port_telemetry.files import KeyFileError

#: From c2sp.org/age: an identity and its recipient.
IDENTITY = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
RECIPIENT = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"


def test_the_standards_own_example() -> None:
    key = age_keys.private_of(IDENTITY)
    assert key.private_bytes_raw() == b"\x42" * 32 and age_keys.identity(key) == IDENTITY
    assert age_keys.recipient(key.public_key()) == RECIPIENT
    assert age_keys.public_of(RECIPIENT).public_bytes_raw() == key.public_key().public_bytes_raw()
    assert age_keys.public_of(RECIPIENT.upper()).public_bytes_raw() == key.public_key().public_bytes_raw()


@given(st.binary(min_size=32, max_size=32))
def test_every_key_comes_back(raw: bytes) -> None:
    key = X25519PrivateKey.from_private_bytes(raw)
    assert age_keys.private_of(age_keys.identity(key)).private_bytes_raw() == raw
    public = key.public_key()
    assert age_keys.public_of(age_keys.recipient(public)).public_bytes_raw() == public.public_bytes_raw()


@given(place=st.integers(0, len(IDENTITY) - 1), letter=st.characters(min_codepoint=33, max_codepoint=126))
def test_no_letter_of_a_key_can_be_another(place: int, letter: str) -> None:
    wrong = IDENTITY[:place] + letter.upper() + IDENTITY[place + 1 :]
    if wrong != IDENTITY:
        with pytest.raises(AgeKeyError) as refused:
            age_keys.private_of(wrong)
        assert "GFPYY" not in str(refused.value).upper(), "nothing of a private key is shown"


@pytest.mark.parametrize(("text", "problem"), [
    (RECIPIENT[:-1], "too short"), (RECIPIENT + "q", "too long"), (RECIPIENT.capitalize(), "small and capital"),
    (IDENTITY, "no X25519 key"), ("age1yubikey1qqqq", "no X25519 key"), ("", "no X25519 key"),
])  # fmt: skip
def test_what_is_no_recipient_is_told(text: str, problem: str) -> None:
    with pytest.raises(AgeKeyError, match=problem):
        age_keys.public_of(text)


def test_a_key_is_the_same_in_every_form(tmp_path: Path) -> None:
    keys.new(tmp_path / "blue.key")
    private, public = key_files.private_key(tmp_path / "blue.key"), key_files.public_key(tmp_path / "blue.pub")
    (tmp_path / "id.txt").write_text(f"\ufeff# of the team blue\r\n\r\n{age_keys.identity(private)}\r\n")
    (tmp_path / "to.txt").write_text(f"# of the team blue\n{age_keys.recipient(public)}\n")
    assert key_files.private_key(tmp_path / "id.txt").private_bytes_raw() == private.private_bytes_raw()
    assert key_files.public_key(tmp_path / "to.txt").public_bytes_raw() == public.public_bytes_raw()


@pytest.mark.parametrize(("content", "public", "private"), [
    (IDENTITY, "but a private one", ""), (RECIPIENT, "", "but a public one"),
    (f"{RECIPIENT}\n{RECIPIENT}", "holds 2 keys", "no private key"),
    (f"{IDENTITY}\n{IDENTITY}", "private one", "holds 2 keys"),
    ("AGE-SECRET-KEY-PQ-1XX", "private one", "a hybrid one"), ("", "no public key", "no private key"),
    ("-----BEGIN PRIVATE KEY-----\nxyz", "private one", "no private key"), ("\x80", "no public key", "no private key"),
])  # fmt: skip
def test_the_wrong_half_or_kind_is_named_and_never_shown(
    tmp_path: Path, content: str, public: str, private: str
) -> None:
    path = tmp_path / "some.txt"
    path.write_text(content, encoding="latin-1")
    for read, problem in ((key_files.public_key, public), (key_files.private_key, private)):
        if problem:
            with pytest.raises(KeyFileError, match=problem) as refused:
                read(path)
            assert str(refused.value).startswith(f"{path}: ") and "GFPYYSJZ" not in str(refused.value)


def test_port_keys_age_prints_a_public_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys.new(tmp_path / "blue.key")
    public = key_files.public_key(tmp_path / "blue.pub")
    assert keys.main(["age", str(tmp_path / "blue.pub")]) == 0
    assert capsys.readouterr().out == f"{age_keys.recipient(public)}\n"
    assert keys.main(["age", str(tmp_path / "blue.pub"), "--out", str(tmp_path / "to.txt")]) == 0
    assert (tmp_path / "to.txt").read_text() == f"{age_keys.recipient(public)}\n"


def test_a_private_key_is_not_shown_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys.new(tmp_path / "blue.key")
    assert keys.main(["age", str(tmp_path / "blue.key")]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and "--out FILE" in captured.err and "AGE-SECRET" not in captured.err
    out = tmp_path / "blue.age"
    assert keys.main(["age", str(tmp_path / "blue.key"), "--out", str(out)]) == 0
    assert out.stat().st_mode & 0o777 == 0o600 and "AGE-SECRET" not in capsys.readouterr().out
    private = key_files.private_key(tmp_path / "blue.key")
    assert out.read_text().splitlines()[1] == age_keys.identity(private)
    assert keys.main(["age", str(tmp_path / "blue.key"), "--out", str(out)]) == 2
    assert f"{out} exists" in capsys.readouterr().err
    assert keys.main(["age", str(tmp_path / "blue.key"), "--out", "-"]) == 0
    assert age_keys.identity(private) in capsys.readouterr().out


@pytest.mark.parametrize("words", [["age", "none.key"], ["age", "."], ["age", "text.txt"]])
def test_what_is_no_key_is_told_in_one_line(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("no key at all")
    assert keys.main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("port: ") and captured.err.count("\n") == 1
