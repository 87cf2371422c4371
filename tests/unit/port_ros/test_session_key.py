"""The key of a session: made once, for one user, and refused by name where it cannot be used."""

from pathlib import Path

import pytest

from port_ros.parameters import ParameterError
from port_ros.session_key import (
    KEY_BYTES,
    MAC_BYTES,
    SESSION_KEY_FILE,
    SessionKeyError,
    given_key,
    mac_of,
    make_key_file,
    read_key,
)


def test_the_key_file_is_for_this_user_alone_and_never_made_twice(tmp_path: Path) -> None:
    path = tmp_path / SESSION_KEY_FILE
    make_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600 and len(read_key(path)) == KEY_BYTES
    with pytest.raises(FileExistsError):
        make_key_file(path)
    make_key_file(tmp_path / "other.key")
    assert read_key(path) != read_key(tmp_path / "other.key")


def test_a_key_file_that_cannot_be_used_is_named_with_its_remedy(tmp_path: Path) -> None:
    short, public = tmp_path / "short", tmp_path / "public"
    short.write_bytes(b"abc")
    make_key_file(public)
    public.chmod(0o644)
    for path, says in ((tmp_path / "none", "No such file"), (short, "3 bytes"), (public, "others may read it")):
        with pytest.raises(SessionKeyError, match=f"{path}: .*{says}.*port up"):
            read_key(path)
        with pytest.raises(ParameterError, match=f"session_key_file: {path}: .*{says}"):
            given_key(str(path))


def test_a_node_that_is_given_no_key_has_none() -> None:
    assert given_key("") is None


def test_no_code_passes_for_another_purpose_or_key() -> None:
    key = bytes(range(KEY_BYTES))
    code = mac_of(key, b"one", b"said")
    assert len(code) == MAC_BYTES
    assert (
        len({code, mac_of(key, b"other", b"said"), mac_of(key, b"one", b"say"), mac_of(bytes(32), b"one", b"said")})
        == 4
    )
    assert mac_of(key, b"on", b"e" + b"said") != code
