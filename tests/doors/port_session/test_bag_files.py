"""Reading and listing for a bag: no link is followed, nothing is waited for, and errors name the file as text."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from port_session.bag import files
from port_session.bag.progress import ReadProgress

QUIET = ReadProgress("", 0)
READERS: dict[str, Callable[[Path], object]] = {
    "read": lambda root: files.read(root, "x", 100),
    "digest": lambda root: files.digest(files.located(root, "x"), QUIET),
    "copy": lambda root: files.copy(files.located(root, "x"), files.located(root, "y"), QUIET),
}


@pytest.mark.parametrize("reader", READERS)
def test_a_name_that_became_a_link_or_a_pipe_after_it_was_listed_is_not_read(tmp_path: Path, reader: str) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "x").symlink_to("secret")
    with pytest.raises(OSError, match="x"):
        READERS[reader](tmp_path)
    (tmp_path / "x").unlink()
    (tmp_path / "y").unlink(missing_ok=True)
    os.mkfifo(tmp_path / "x")
    with pytest.raises(OSError, match="is no file") as error:
        READERS[reader](tmp_path)
    assert error.value.filename == str(tmp_path / "x")


def test_what_lies_below_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "left.json").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("a")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / os.fsdecode(b"\xff")).touch()
    found = files.listing(tmp_path)
    assert sorted(found.files) == ["a/left.json", "\udcff"] and found.total_bytes == 5
    assert found.others == {"link": "is a symbolic link", "pipe": "is a named pipe, no file"}
    assert found.folders == ["a/b"]
    with pytest.raises(FileNotFoundError) as error:
        files.listing(tmp_path / "nosuch")
    assert error.value.filename == str(tmp_path / "nosuch")


def test_a_copy_is_opened_to_nobody_else_and_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"secret" * 1_000_000)
    (tmp_path / "x").chmod(0o640)
    sha = files.copy(files.located(tmp_path, "x"), files.located(tmp_path, "y"), QUIET)
    assert (tmp_path / "y").read_bytes() == (tmp_path / "x").read_bytes()
    assert (tmp_path / "y").stat().st_mode & 0o777 == 0o440
    assert sha == files.digest(files.located(tmp_path, "x"), QUIET)
    with pytest.raises(FileExistsError):
        files.copy(files.located(tmp_path, "x"), files.located(tmp_path, "y"), QUIET)
