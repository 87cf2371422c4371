"""The recorder without ROS: what does not fit or cannot be written is counted, and closing ends the thread."""

import threading
from pathlib import Path

import pytest

from port_session.recorder.mcap_file import McapFile, unused_path
from port_session.recorder.read import Recording
from port_session.recorder.recorder import Recorder
from port_session.session.log import EventLog
from tests.waiting import PATIENCE_S, wait_until

TEXT = "string data\n"
HELLO = b"\x00\x01\x00\x00\x06\x00\x00\x00hello\x00"


def recorder(path: Path, max_bytes: int = 1 << 20) -> Recorder:
    one = Recorder(path, max_bytes)
    one.add_topic("/a", "std_msgs/msg/String", TEXT, {})
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


def test_losses_are_counted_while_others_are_lost(tmp_path: Path) -> None:
    """Diagnostics look once a second while every topic loses its first message: a full disk, say."""
    one = recorder(tmp_path / "a.mcap")
    done = threading.Event()

    def lose() -> None:
        for number in range(100_000):
            one.lost(f"/topic_{number}", 1)
        done.set()

    thread = threading.Thread(target=lose)
    thread.start()
    while not done.is_set():
        one.counts()
    thread.join()
    assert sum(one.counts().lost.values()) == 100_000
    one.close()


def test_a_disk_that_hangs_holds_up_no_callback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, release = threading.Event(), threading.Event()

    def hang(descriptor: int) -> None:
        synced.set()
        assert release.wait(PATIENCE_S)

    monkeypatch.setattr("os.fdatasync", hang)
    one = recorder(tmp_path / "a.mcap")
    one.put("/a", 1, HELLO)
    assert synced.wait(PATIENCE_S)
    one.add_topic("/b", "std_msgs/msg/String", TEXT, {})
    one.put("/b", 2, HELLO)
    one.lost("/b", 1)
    assert one.counts().lost == {"/b": 1}, "all of it while the disk hangs"
    release.set()
    one.close()
    assert one.counts().written == {"/a": 1, "/b": 1}


def test_a_disk_that_does_not_answer_is_told_for_as_long_as_it_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("port_session.recorder.recorder.STUCK_S", 0.5)
    goes_on = threading.Event()
    monkeypatch.setattr("os.fdatasync", lambda _: goes_on.wait(PATIENCE_S))
    one = recorder(tmp_path / "a.mcap")
    one.put("/a", 1, HELLO)
    wait_until(lambda: one.counts().stuck_s > 1.0, what="the write that does not come back is told")
    goes_on.set()
    wait_until(lambda: one.counts().stuck_s == 0.0, what="it is written again")
    one.close()
    assert one.counts().written == {"/a": 1} and one.stuck_s == 0.0


def test_a_message_that_cannot_be_written_ends_the_recorder_with_its_name(tmp_path: Path) -> None:
    one = recorder(tmp_path / "a.mcap")
    one.put("/a", 1, HELLO)
    one.put("/unknown", 1, HELLO)
    one.put("/a", 2, HELLO)
    failure = wait_until(lambda: one.counts().failure)
    assert "a.mcap: recording ended by itself: KeyError('/unknown')" in failure
    one.put("/a", 3, HELLO)
    one.close()
    counts = one.counts()
    assert counts.written.get("/a", 0) + counts.lost["/a"] == 3 and counts.lost["/unknown"] == 1


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
