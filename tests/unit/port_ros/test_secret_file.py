"""Password files as people make them: on any system, by any editor."""

from pathlib import Path

import pytest

from port_ros.secret_file import SecretFileError, exposure, read_secret


@pytest.mark.parametrize(
    "content",
    [
        b"p\xc3\xa4ss word", b"p\xc3\xa4ss word\n", b"p\xc3\xa4ss word\r\n", b"\xef\xbb\xbfp\xc3\xa4ss word\r\n",
        "päss word\r\n".encode("utf-16"), "\ufeffpäss word\n".encode("utf-16-be"), b"\n p\xc3\xa4ss word \n\n",
    ],
    ids=["bare", "line end", "CRLF", "byte order mark", "UTF-16", "UTF-16 big-endian", "blank around"],
)  # fmt: skip
def test_the_password_is_what_was_written_whatever_wrote_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    assert read_secret(file) == "päss word"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n", "is empty"),
        (b"s3cret\nuser\n", "holds more than one line"),
        (b"s3cret\0", "holds more than one line"),
        (b"s3cret" * 1000, "holds more than one line"),
        (b"s3cret\xff\xfe", "is no text; write the password into it as UTF-8"),
    ],
)
def test_what_is_no_password_is_refused_by_name_and_not_shown(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(SecretFileError) as refused:
        read_secret(file)
    assert words in str(refused.value) and str(file) in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_a_missing_file_or_a_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(OSError, match=str(path)):
            read_secret(path)


def test_a_file_that_others_may_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("x")
    file.chmod(0o640)
    assert exposure(file) == f"{file} is open to other users (mode 0640); chmod 600 {file}"
    file.chmod(0o600)
    assert exposure(file) == exposure(tmp_path / "none") == ""
