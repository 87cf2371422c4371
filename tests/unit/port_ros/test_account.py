"""A node's account at its end: written whole, or told why not; the node ends in order either way."""

import json
from pathlib import Path

import pytest

from port_ros import account


def test_it_is_written_whole(tmp_path: Path) -> None:
    account.write(str(tmp_path / "devices" / "left.json"), {"left": {"received": 5}})
    assert json.loads((tmp_path / "devices" / "left.json").read_text()) == {"left": {"received": 5}}
    assert [path.name for path in (tmp_path / "devices").iterdir()] == ["left.json"]
    account.write("", {})


def test_a_disk_that_does_not_take_it_keeps_no_node_from_its_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".left.json.part").symlink_to("/dev/full")
    account.write(str(tmp_path / "left.json"), {"left": {}})
    assert capsys.readouterr().err == f"error: {tmp_path / 'left.json'} is not kept: No space left on device\n"
    assert not (tmp_path / "left.json").exists()
