"""A disk without room under the recorder: what waits is kept, what is lost is told, and the recording goes on."""

import json
import os
import random
import resource
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from port_session.recorder.read import Recording
from port_session.recorder.recorder import Recorder
from port_session.session.log import EventLog
from tests.waiting import PATIENCE_S, wait_until

TEXT = "string data\n"
ROOM_BYTES = 1 << 20


@dataclass
class Disk:
    """A folder with little room; `more()` makes room."""

    folder: Path
    more: Callable[[], None]


@contextmanager
def limited(tmp_path: Path) -> Iterator[Disk]:
    """A file may grow to a limit: where nobody may mount anything."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM_BYTES, hard))
    try:
        yield Disk(tmp_path, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def mounted(tmp_path: Path) -> Iterator[Disk]:
    """A file system of its own, with a file beside the recording that takes most of its room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)], capture_output=True)
    if made.returncode:
        pytest.skip("a file system can be mounted here by nobody; the limited file stands for it")
    hog = folder / "hog"
    with hog.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, (64 << 20) - ROOM_BYTES)
    try:
        yield Disk(folder, hog.unlink)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(params=[limited, mounted], ids=["limited file", "small file system"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    with request.param(tmp_path) as made:
        yield made


def message(number: int) -> bytes:
    """20 kB that do not get smaller by compression."""
    text = random.Random(number).randbytes(10_000).hex().encode()
    return b"\x00\x01\x00\x00" + (len(text) + 1).to_bytes(4, "little") + text + b"\x00"


def fill(path: Path, max_bytes: int = 64 << 20) -> tuple[Recorder, int]:
    """A recorder that was given messages until its disk was full, and how many."""
    one = Recorder(path, max_bytes)
    one.add_topic("/a", "std_msgs/msg/String", TEXT, {})
    given = 0

    def full() -> bool:
        nonlocal given
        one.put("/a", given, message(given))
        given += 1
        return bool(one.counts().error)

    wait_until(full, what="the disk is full")
    return one, given


def read(path: Path) -> tuple[Recording, list[int]]:
    recording = Recording(path)
    return recording, [one.log_ns for one in recording.messages()]


def test_the_recording_goes_on_when_there_is_room_again_and_nothing_that_waited_is_lost(disk: Disk) -> None:
    path = disk.folder / "a.mcap"
    one, given = fill(path)
    assert "cannot write a.mcap: " in one.counts().error and one.counts().lost == {}
    disk.more()
    wait_until(lambda: not one.counts().error, what="it is written again")
    one.put("/a", given, message(given))
    one.close()
    recording, numbers = read(path)
    assert numbers == list(range(given + 1)), "no torn chunk in the middle"
    assert recording.complete and one.counts().written == {"/a": given + 1} and one.counts().lost == {}


def test_what_does_not_fit_while_the_disk_is_full_is_told_by_topic_in_the_file(disk: Disk) -> None:
    path = disk.folder / "a.mcap"
    one, given = fill(path, max_bytes=1 << 20)
    for number in range(given, given + 100):
        one.put("/a", number, message(number))
    lost = one.counts().lost["/a"]
    assert lost > 0
    disk.more()
    wait_until(lambda: not one.counts().error)
    one.close()
    recording, numbers = read(path)
    assert recording.complete and recording.metadata["port.lost"] == {"/a": str(one.counts().lost["/a"])}
    assert len(numbers) + one.counts().lost["/a"] == given + 100 and numbers == sorted(numbers)


def test_a_recorder_that_ends_on_a_full_disk_leaves_whole_chunks_and_counts_the_rest(disk: Disk) -> None:
    path = disk.folder / "a.mcap"
    one, given = fill(path)
    one.close()
    counts = one.counts()
    recording, numbers = read(path)
    assert numbers == list(range(counts.written["/a"])) and not recording.complete
    assert counts.written["/a"] + counts.lost["/a"] == given and counts.error


def test_a_killed_recorder_on_a_full_disk_leaves_no_torn_chunk(disk: Disk) -> None:
    path = disk.folder / "a.mcap"
    one, _ = fill(path)
    before = path.read_bytes()
    copy = path.with_name("killed.mcap")
    disk.more()
    copy.write_bytes(before)
    _, numbers = read(copy)
    assert numbers == list(range(len(numbers))) and numbers
    one.close()


def test_the_sessions_events_wait_for_room_and_none_is_lost(disk: Disk) -> None:
    path = disk.folder / "events.jsonl"
    log = EventLog(path)
    given = 0

    def full() -> bool:
        nonlocal given
        given += 1
        log.append("safety", given, reason=random.Random(given).randbytes(10_000).hex())
        return bool(log.problem)

    wait_until(full, what="the disk is full")
    assert log.problem.startswith("cannot write events.jsonl: ")
    # While it is tried again half of a line may be there for a moment; it does not stay.
    wait_until(lambda: path.read_bytes().endswith(b"\n"), what="no half of a line")
    disk.more()
    wait_until(lambda: not log.problem, what="it is written again")
    log.close()
    assert [json.loads(line)["stamp_ns"] for line in path.read_text().splitlines()] == list(range(1, given + 1))


def test_a_disk_that_hangs_does_not_hold_up_who_logs_an_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, release = threading.Event(), threading.Event()

    def hang(descriptor: int) -> None:
        synced.set()
        assert release.wait(PATIENCE_S)

    monkeypatch.setattr("os.fdatasync", hang)
    log = EventLog(tmp_path / "events.jsonl")
    log.append("session", 1)
    assert synced.wait(PATIENCE_S)
    log.append("session", 2)
    release.set()
    log.close()
    assert len((tmp_path / "events.jsonl").read_text().splitlines()) == 2 and not log.problem
