"""The recorder without ROS: what does not fit or cannot be written is counted, and closing ends the thread."""

import errno
import threading
from pathlib import Path

import pytest

from port_session.recorder.mcap_file import McapFile, unused_path
from port_session.recorder.read import Recording
from port_session.recorder.recorder import Recorder
from port_session.session.log import EventLog

TEXT = "string data\n"
HELLO = b"\x00\x01\x00\x00\x06\x00\x00\x00hello\x00"


def recorder(path: Path, max_bytes: int = 1 << 20) -> Recorder:
    one = Recorder(path, max_bytes)
    one.add_topic("/a", "std_msgs/msg/String", TEXT)
    return one


def test_what_was_put_is_in_the_file_and_the_thread_is_gone(tmp_path: Path) -> None:
    one = recorder(tmp_path / "a.mcap")
    for number in range(50):
        one.put("/a", number, HELLO)
    one.close()
    recording = Recording(tmp_path / "a.mcap")
    messages = list(recording.messages())
    assert [message.log_ns for message in messages] == list(range(50))
    assert {message.message.data for message in messages} == {"hello"}
    assert recording.complete and recording.counts == {"/a": 50}
    assert "recorder" not in {thread.name for thread in threading.enumerate()}


def test_a_full_queue_loses_with_a_count_and_says_so_in_the_file(tmp_path: Path) -> None:
    one = recorder(tmp_path / "a.mcap", max_bytes=3 * len(HELLO))
    for number in range(1000):
        one.put("/a", number, HELLO)
    one.lost("/a", 2)
    one.close()
    counts = one.counts()
    assert counts.written["/a"] + counts.lost["/a"] == 1002 and counts.lost["/a"] > 2
    recording = Recording(tmp_path / "a.mcap")
    assert len(list(recording.messages())) == counts.written["/a"]
    assert recording.metadata["port.lost"] == {"/a": str(counts.lost["/a"])}


def test_a_close_on_a_slow_disk_says_what_is_left_and_writes_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    heard = threading.Event()
    write = McapFile.write

    def slow(file: McapFile, topic: str, log_ns: int, data: bytes) -> None:
        heard.wait(60.0)  # until somebody was told that it takes long
        write(file, topic, log_ns, data)

    def tell(waiting_bytes: int) -> None:
        told.append(waiting_bytes)
        heard.set()

    monkeypatch.setattr(McapFile, "write", slow)
    one = recorder(tmp_path / "a.mcap")
    for number in range(10):
        one.put("/a", number, HELLO)
    one.close(tell)
    assert 0 < told[0] <= 10 * len(HELLO)
    recording = Recording(tmp_path / "a.mcap")
    assert len(list(recording.messages())) == 10 and recording.complete


def test_a_full_disk_is_an_error_with_counts_and_closing_still_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(McapFile, "write", full)
    one = recorder(tmp_path / "a.mcap")
    for number in range(10):
        one.put("/a", number, HELLO)
    one.close()
    assert one.counts().lost == {"/a": 10}
    assert one.counts().error == "cannot write a.mcap: No space left on device"


def test_evidence_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    assert unused_path(path) == path
    path.touch()
    (tmp_path / "a_1.mcap").touch()
    assert unused_path(path) == tmp_path / "a_2.mcap"
    with pytest.raises(FileExistsError):
        McapFile(path)


def test_a_torn_line_of_a_killed_log_does_not_swallow_the_next_event(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"stream": "session", "stamp')
    log = EventLog(path)
    log.append("session", 5, value=float("nan"))
    log.close()
    assert path.read_text().splitlines()[1] == '{"stream": "session", "stamp_ns": 5, "value": null}'
