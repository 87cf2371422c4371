"""A recording that was cut off anywhere, or damaged: what was saved before is read, and the reader never fails."""

import random
import tracemalloc
from pathlib import Path

import pytest

from port_session.recorder.mcap_file import McapFile
from port_session.recorder.read import Recording, recordings

TEXT = "string data\n"
HELLO = b"\x00\x01\x00\x00\x06\x00\x00\x00hello\x00"


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, list[tuple[int, int]]]:
    """A recording, and for each of its saves how long the file was and how many messages it held."""
    path = tmp_path / "whole.mcap"
    file = McapFile(path)
    ends = []
    for chunk in range(5):
        for topic in ("/a", f"/b{chunk}"):
            file.add_topic(topic, "std_msgs/msg/String", TEXT, {"offered_qos_profiles": ""})
            file.write(topic, chunk, HELLO)
        file.save()
        ends.append((path.stat().st_size, 2 * chunk + 2))
    file.close({"/a": 123})
    return path, ends


def read(path: Path) -> tuple[Recording, int]:
    recording = Recording(path)
    return recording, len(list(recording.messages()))


def test_killed_at_any_byte_everything_saved_before_is_read(
    saved: tuple[Path, list[tuple[int, int]]], tmp_path: Path
) -> None:
    path, ends = saved
    data, cut = path.read_bytes(), tmp_path / "cut.mcap"
    for length in range(len(data)):
        cut.write_bytes(data[:length])
        recording, count = read(cut)
        assert count >= max((messages for end, messages in ends if end <= length), default=0), length
        assert not recording.complete or length >= len(data) - 8, length
        assert recording.metadata.get("port.lost") in (None, {"/a": "123"}), "never half of a number"


@pytest.mark.parametrize("tail", [bytes(5000), b"\xff" * 5000, b"\x06" + b"\xff" * 7 + b"\x7f" * 100])
def test_what_a_power_cut_left_behind_the_last_chunk_is_no_message(
    saved: tuple[Path, list[tuple[int, int]]], tmp_path: Path, tail: bytes
) -> None:
    path, ends = saved
    end, messages = ends[2]
    torn = tmp_path / "torn.mcap"
    torn.write_bytes(path.read_bytes()[:end] + tail)
    recording, count = read(torn)
    assert count == messages and not recording.complete


def test_damaged_bytes_never_make_the_reader_fail_or_ask_for_more_memory_than_the_file_is_long(
    saved: tuple[Path, list[tuple[int, int]]], tmp_path: Path
) -> None:
    data, damaged = saved[0].read_bytes(), tmp_path / "damaged.mcap"
    chance = random.Random(4)
    tracemalloc.start()
    damaged.write_bytes(data[:200] + b"\x06" + (3 << 30).to_bytes(8, "little") + data)
    read(damaged)
    for _ in range(2000):
        changed = bytearray(data)
        for _ in range(chance.choice((1, 1, 8))):
            changed[chance.randrange(len(changed))] = chance.choice((0, 0xFF, chance.randrange(256)))
        damaged.write_bytes(changed)
        _, count = read(damaged)
        assert count <= 10
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 64 << 20


def test_files_of_one_session_are_read_in_the_order_in_which_they_were_written(tmp_path: Path) -> None:
    names = ["session.mcap", "session_1.mcap", "session_2.mcap", "session_10.mcap"]
    for name in reversed(names):
        (tmp_path / name).touch()
    assert [path.name for path in recordings(tmp_path)] == names
