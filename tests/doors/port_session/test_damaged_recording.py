"""A damaged recording: what is sound before and behind the damage is read, and what is missing is told."""

import os
import shutil
from pathlib import Path

import pytest

from port_session.cli import main
from port_session.recorder.condition import problem
from port_session.recorder.mcap_file import McapFile
from port_session.recorder.read import Recording
from port_session.report.gather import gather
from port_session.report.summary import judge
from tests.doors.port_session import recording as session

PREFIXES = tuple(Path(prefix) for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix)
HELLO = b"\x00\x01\x00\x00\x06\x00\x00\x00hello\x00"
CHUNKS, A_CHUNK = 5, 2
SECONDS_NS = 100_000_000_000


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """Five chunks, 100 s apart, each with a message of a topic of its own and one of a topic of all."""
    file = McapFile(tmp_path / "whole.mcap")
    for chunk in range(CHUNKS):
        for topic in ("/a", f"/b{chunk}"):
            file.add_topic(topic, "std_msgs/msg/String", "string data\n", {})
            file.write(topic, chunk * SECONDS_NS, HELLO)
        file.save()
    file.close({})
    return file.path


def chunks(data: bytes) -> list[int]:
    """Where each chunk's compression is named: 37 bytes behind the chunk's begin."""
    found, at = [], data.find(b"\x04\x00\x00\x00zstd")
    while at >= 0:
        found.append(at - 37)
        at = data.find(b"\x04\x00\x00\x00zstd", at + 1)
    return found


def read(path: Path) -> tuple[Recording, int]:
    recording = Recording(path)
    return recording, len(list(recording.messages()))


def told(path: Path) -> str:
    return problem(read(path)[0], lambda stamp_ns: stamp_ns / 1e9)


def flip(path: Path, *places: int, mask: int = 0xFF) -> Path:
    data = bytearray(path.read_bytes())
    for place in places:
        data[place] ^= mask
    damaged = path.with_name("damaged.mcap")
    damaged.write_bytes(data)
    return damaged


@pytest.mark.parametrize("mask", [0xFF, 0x01, 0x80])
def test_whichever_byte_is_damaged_at_most_its_chunk_is_missing_and_no_loss_is_called_whole(
    whole: Path, mask: int
) -> None:
    ends = len(whole.read_bytes()) - 37
    for place in range(len(whole.read_bytes())):
        recording, count = read(flip(whole, place, mask=mask))
        assert count >= (CHUNKS - 1) * A_CHUNK, place
        assert count == CHUNKS * A_CHUNK or recording.damaged, place
        assert recording.index is not None or place >= ends, f"{place}: not cut off"


def test_chunks_behind_the_damage_are_read_and_the_missing_time_and_count_told(whole: Path) -> None:
    damaged = flip(whole, chunks(whole.read_bytes())[2] + 60)
    assert told(damaged) == ("is damaged at 100.0 s: 100.0 to 300.0 s missing (200.0 of 400.0 s; 2 of 10 messages)")
    assert read(damaged)[0].counts == {"/a": 4, "/b0": 1, "/b1": 1, "/b2": 0, "/b3": 1, "/b4": 1}


@pytest.mark.parametrize(
    ("chunk", "span"), [(0, "at 0.0 s: 0.0 to 100.0 s"), (4, "at 300.0 s: 300.0 to 400.0 s")], ids=["first", "last"]
)
def test_a_damage_at_either_end_is_no_cut(whole: Path, chunk: int, span: str) -> None:
    damaged = flip(whole, chunks(whole.read_bytes())[chunk] + 60)
    assert told(damaged) == f"is damaged {span} missing (100.0 of 400.0 s; 2 of 10 messages)"
    assert read(damaged)[1] == 8


def test_a_damaged_length_does_not_swallow_the_next_chunk(whole: Path) -> None:
    starts = chunks(whole.read_bytes())
    for byte in range(1, 9):
        assert read(flip(whole, starts[1] + byte))[1] == 8


def test_a_long_hole_is_no_set_clock(whole: Path) -> None:
    recording, _ = read(flip(whole, *(at + 60 for at in chunks(whole.read_bytes())[1:4])))
    assert recording.clock.steps() == () and recording.clock.time_ns(4 * SECONDS_NS) == 4 * SECONDS_NS


def test_damaged_and_cut_is_told_as_both(whole: Path) -> None:
    starts = chunks(whole.read_bytes())
    damaged = flip(whole, starts[1] + 60)
    damaged.write_bytes(damaged.read_bytes()[: starts[3] + 50])
    assert told(damaged) == "is damaged at 0.0 s: 0.0 to 200.0 s missing (200.0 of 200.0 s); cut off at its end, too"


def test_cut_is_not_damaged(whole: Path) -> None:
    whole.write_bytes(whole.read_bytes()[: chunks(whole.read_bytes())[3] + 50])
    assert told(whole) == "was cut off; readable up to its last chunk, at 200.0 s"
    whole.write_bytes(b"")
    assert told(whole) == "holds no message that can be read"


def test_a_pipe_and_a_device_are_no_recording_and_nobody_waits_for_them(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "session.mcap")
    for path in (tmp_path / "session.mcap", Path("/dev/zero"), tmp_path):
        assert told(path) == "is no file"
    assert told(tmp_path / "none.mcap") == "cannot be read: No such file or directory"


def test_export_and_report_say_what_a_damaged_recording_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = session.make(tmp_path / "out", PREFIXES)
    assert main(["export", str(out), "--csv", str(tmp_path / "whole.csv")]) == 0
    shutil.move(flip(out / "recording.mcap", chunks((out / "recording.mcap").read_bytes())[3] + 1000),
                out / "recording.mcap")  # fmt: skip
    capsys.readouterr()
    assert main(["export", str(out), "--csv", str(tmp_path / "damaged.csv")]) == 1
    captured = capsys.readouterr()
    assert "recording.mcap is damaged at" in captured.err and "of them lost" in captured.out
    lines = [len((tmp_path / name).read_text().splitlines()) for name in ("whole.csv", "damaged.csv")]
    assert lines[0] == lines[1], "what is behind the damage keeps its place"
    [finding] = [one for one in judge(gather(out)).findings if one.name == "Recording"]
    assert not finding.ok and "recording.mcap is damaged at" in finding.text and "cut off" not in finding.text
