"""A /dev/shm without room is refused before any process starts: every ROS node maps pages there and dies of SIGBUS."""

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from port_session.admission.shared_memory import shared_memory
from port_session.cli import main

PAGE = 4096
SetFree = Callable[[int], None]
OWN = {"FASTDDS_BUILTIN_TRANSPORTS": "DEFAULT"}


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> SetFree:
    """Sets how much of 64 MiB is free."""

    def set_free(kib: int) -> None:
        found = SimpleNamespace(f_bavail=kib * 1024 // PAGE, f_frsize=PAGE, f_blocks=64 * 1024 * 1024 // PAGE)
        monkeypatch.setattr(os, "statvfs", lambda folder: found)

    return set_free


@pytest.mark.parametrize(("kib", "environment", "enough"), [
    (0, {}, False), (60, {}, False), (64, {}, True), (13 * 1024, {}, True),
    (13 * 1024, OWN, False), (13 * 1024 + 64, OWN, True), (1024, {"RMW_IMPLEMENTATION": "rmw_other_cpp"}, False),
])  # fmt: skip
def test_room_for_what_the_nodes_map(free: SetFree, kib: int, environment: dict[str, str], enough: bool) -> None:
    free(kib)
    finding = shared_memory(13, environment)
    assert finding.ok == enough
    told = f"{kib:,} KiB of 65,536 KiB free"
    assert told in (finding.detail if enough else finding.problem)


def test_a_full_one_is_refused_with_figures_and_remedy(
    free: SetFree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], runtime_root: object
) -> None:
    free(0)
    for name in ("RMW_IMPLEMENTATION", "FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_BUILTIN_TRANSPORTS"):
        monkeypatch.delenv(name, raising=False)
    assert main(["up", "demo"]) == 2
    said = capsys.readouterr().err
    assert "shared memory: /dev/shm is full: 0 KiB of 65,536 KiB free, 64 KiB needed" in said
    assert "SIGBUS" in said and "mount -o remount,size=64M /dev/shm" in said


def test_where_there_is_none_nobody_maps_anything(tmp_path: Path) -> None:
    assert shared_memory(13, {}, str(tmp_path / "none")).ok
    assert shared_memory(13, {}, "/dev/shm").detail, "the real one is looked at"  # noqa: S108
