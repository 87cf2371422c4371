"""A recording that is sealed as it is written: opened by its readers with our tools and others', by nobody else."""

import json
import os
import random
import resource
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from mcap.reader import NonSeekingReader, make_reader
from mcap.stream_reader import StreamReader
from rosbags.highlevel import AnyReader

from port_session.cli import main
from port_session.recorder.age_writer import AgeWriter
from port_session.recorder.mcap_file import McapFile, unused_paths
from port_session.recorder.read import Recording, recordings
from port_session.recorder.recorder import Recorder
from port_session.recorder.split_recorder import RecordedFile, SplitRecorder
from port_session.report import build
from port_session.report.gather import gather
from port_session.report.summary import judge
from tests.doors.port_session import recording as session
from tests.recorder_child import message
from tests.recorder_keys import KeyPair, key_pair
from tests.waiting import wait_until

PREFIXES = tuple(Path(prefix) for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix)
TEXT = "string data\n"


@pytest.fixture
def ground(tmp_path: Path) -> KeyPair:
    return key_pair(tmp_path / "keys", "ground")


@pytest.fixture
def team(tmp_path: Path) -> KeyPair:
    return key_pair(tmp_path / "keys", "team")


def written(path: Path, *readers: KeyPair, messages: int = 500) -> Path:
    """A sealed recording, whole, of several saves."""
    file = McapFile(path, [pair.recipient for pair in readers])
    for number in range(messages):
        file.add_topic("/a", "std_msgs/msg/String", TEXT, {"offered_qos_profiles": ""})
        file.write("/a", number, message(number))
        if number % 100 == 7:
            file.save()
    file.close({"/a": 3})
    return path


def read(path: Path, *keys: KeyPair) -> tuple[Recording, list[int]]:
    recording = Recording(path, keys=[pair.key for pair in keys])
    return recording, [int(one.message.data) for one in recording.messages()]


def test_each_reader_opens_it_and_nobody_else_does(tmp_path: Path, ground: KeyPair, team: KeyPair) -> None:
    path = written(tmp_path / "a.mcap.age", ground, team)
    for pair in (ground, team):
        recording, numbers = read(path, pair)
        assert numbers == list(range(500)) and recording.complete
        assert recording.metadata["port.lost"] == {"/a": "3"}
    for keys in ((), (key_pair(tmp_path / "keys", "stranger"),)):
        recording, numbers = read(path, *keys)
        assert numbers == [] and recording.locked.startswith("is sealed to keys ") and not recording.complete


def test_age_and_pyrage_open_it_as_port_does(tmp_path: Path, ground: KeyPair, team: KeyPair) -> None:
    path = written(tmp_path / "a.mcap.age", ground, team)
    assert main(["recording", "open", str(path), "--key", str(team.private)]) == 0
    opened = (tmp_path / "a.mcap").read_bytes()
    for pair in (ground, team):
        by_age = subprocess.run(["age", "-d", "-i", str(pair.identity), str(path)], capture_output=True, check=True)
        identity = pyrage.x25519.Identity.from_str(pair.identity.read_text().splitlines()[1])
        assert by_age.stdout == pyrage.decrypt(path.read_bytes(), [identity]) == opened
    stranger = key_pair(tmp_path / "keys", "stranger")
    refused = subprocess.run(["age", "-d", "-i", str(stranger.identity), str(path)], capture_output=True)
    assert refused.returncode != 0 and refused.stdout == b""


def test_what_others_seal_is_opened(tmp_path: Path, team: KeyPair) -> None:
    plain = written(tmp_path / "a.mcap")
    recipient = pyrage.x25519.Identity.from_str(team.identity.read_text().splitlines()[1]).to_public()
    (tmp_path / "by_pyrage.mcap.age").write_bytes(pyrage.encrypt(plain.read_bytes(), [recipient]))
    subprocess.run(["age", "-r", str(recipient), "-o", str(tmp_path / "by_age.mcap.age"), str(plain)], check=True)
    for name in ("by_pyrage.mcap.age", "by_age.mcap.age"):
        recording, numbers = read(tmp_path / name, team)
        assert numbers == list(range(500)) and recording.complete
        assert read(tmp_path / name)[0].locked == "is sealed to 1 key: give --key"


def test_every_reader_of_mcap_passes_over_the_fillings(tmp_path: Path, team: KeyPair) -> None:
    path = written(tmp_path / "a.mcap.age", team)
    assert main(["recording", "open", str(path), "--key", str(team.private)]) == 0
    opened = tmp_path / "a.mcap"
    with opened.open("rb") as file:
        reader = make_reader(file, validate_crcs=True)
        assert [one.log_time for _, _, one in reader.iter_messages()] == list(range(500))
        summary = reader.get_summary()
        assert summary is not None and summary.statistics is not None and summary.statistics.message_count == 500
    with opened.open("rb") as file:
        assert sum(1 for _ in NonSeekingReader(file, validate_crcs=True).iter_messages()) == 500
    with opened.open("rb") as file:
        assert len(list(StreamReader(file, validate_crcs=True).records)) > 500
    with AnyReader([opened]) as reader_of_bags:
        assert reader_of_bags.message_count == 500


def test_cut_at_any_byte_what_age_gives_is_what_port_reads(tmp_path: Path, team: KeyPair) -> None:
    path = written(tmp_path / "a.mcap.age", team)
    data, cut = path.read_bytes(), tmp_path / "cut.mcap.age"
    chance = random.Random(3)
    for number, length in enumerate(chance.sample(range(len(data)), 12)):
        cut.write_bytes(data[:length])
        out = tmp_path / f"{number}.mcap"
        by_age = subprocess.run(["age", "-d", "-i", str(team.identity), str(cut)], capture_output=True)
        code = main(["recording", "open", str(cut), "--key", str(team.private), "--to", str(out)])
        assert by_age.returncode != 0 and code != 0, "a part is never called the whole"
        assert (out.read_bytes() if out.exists() else b"") == by_age.stdout
        recording, numbers = read(cut, team)
        assert numbers == list(range(len(numbers))) and not recording.complete


def test_everything_saved_before_a_cut_is_read(tmp_path: Path, team: KeyPair) -> None:
    path, ends = tmp_path / "a.mcap.age", []
    file = McapFile(path, [team.recipient])
    file.add_topic("/a", "std_msgs/msg/String", TEXT, {})
    for number in range(20):
        file.write("/a", number, message(number))
        file.save()
        ends.append(path.stat().st_size)
    file.close({})
    data, cut = path.read_bytes(), tmp_path / "cut.mcap.age"
    for number, end in enumerate(ends):
        for length in (end - 1, end, end + 1):
            cut.write_bytes(data[:length])
            saved = number if length < end else number + 1
            assert len(read(cut, team)[1]) == saved, length


def test_a_full_disk_loses_nothing_and_no_byte_is_written_otherwise_again(
    tmp_path: Path, team: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The save in whose midst the disk is full is tried again: the same bytes at the same place."""
    path, halves = tmp_path / "a.mcap.age", []
    truncate: Callable[[int, int], None] = os.ftruncate

    def keep_half(descriptor: int, length: int) -> None:
        halves.append(path.read_bytes())
        truncate(descriptor, length)

    monkeypatch.setattr("os.ftruncate", keep_half)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    given = 0
    try:
        one = Recorder(path, recipients=[team.recipient])
        one.add_topic("/a", "std_msgs/msg/String", TEXT, {})

        def full() -> bool:
            nonlocal given
            one.put("/a", given, message(given))
            given += 1
            return bool(one.counts().error)

        wait_until(full, what="the disk is full")
        wait_until(lambda: len(halves) > 1, what="it was tried again")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    wait_until(lambda: not one.counts().error, what="it is written again")
    one.put("/a", given, message(given))
    one.close()
    data = path.read_bytes()
    assert any(300_000 - len(half) < 65_536 + 16 for half in halves), "half of a save was on the disk"
    assert all(data.startswith(half) for half in halves)
    recording, numbers = read(path, team)
    assert numbers == list(range(given + 1)) and recording.complete and one.counts().lost == {}


def test_each_topic_goes_to_those_who_may_read_it(tmp_path: Path, ground: KeyPair, team: KeyPair) -> None:
    ours, theirs = tmp_path / "session.mcap.age", tmp_path / "session_team.mcap.age"
    one = SplitRecorder([
        RecordedFile(ours, ("/estop",), (ground.recipient,)), RecordedFile(theirs, ("/odom",), (team.recipient,)),
    ])  # fmt: skip
    for topic, count in (("/estop", 3), ("/odom", 4)):
        one.add_topic(topic, "std_msgs/msg/String", TEXT, {})
        for number in range(count):
            one.put(topic, number, message(number))
    one.lost("/odom", 2)
    one.close()
    assert one.counts().written == {"/estop": 3, "/odom": 4} and one.counts().lost == {"/odom": 2}
    assert read(ours, ground)[0].counts == {"/estop": 3} and read(theirs, team)[0].counts == {"/odom": 4}
    assert read(ours, team)[1] == [] and read(theirs, ground)[1] == []
    assert read(theirs, team)[0].metadata["port.lost"] == {"/odom": "2"}
    with pytest.raises(KeyError):
        one.put("/unknown", 0, b"")


def test_a_file_that_cannot_be_made_leaves_no_thread(tmp_path: Path) -> None:
    (tmp_path / "taken.mcap").touch()
    with pytest.raises(FileExistsError):
        SplitRecorder([RecordedFile(tmp_path / "a.mcap", ("/a",)), RecordedFile(tmp_path / "taken.mcap", ("/b",))])
    assert read(tmp_path / "a.mcap")[0].complete


def test_files_of_one_start_have_one_number_and_each_is_read_once(tmp_path: Path) -> None:
    names = ["session.mcap.age", "session_team.mcap.age"]
    paths = [tmp_path / name for name in names]
    assert unused_paths(paths) == paths
    paths[1].touch()
    assert [path.name for path in unused_paths(paths)] == ["session_1.mcap.age", "session_team_1.mcap.age"]
    (tmp_path / "session_1.mcap").touch()  # of a start before that, which sealed nothing
    assert [path.name for path in unused_paths(paths)] == ["session_2.mcap.age", "session_team_2.mcap.age"]
    assert unused_paths([tmp_path / "session.mcap"]) == [tmp_path / "session.mcap"]
    (tmp_path / "session_1.mcap").unlink()
    for name in (*names, "session_1.mcap.age", "session_team_1.mcap.age", "session_team_10.mcap.age", "session.mcap",
                 "session_recovered.mcap", "alone_recovered.mcap"):  # fmt: skip
        (tmp_path / name).touch()
    assert [path.name for path in recordings(tmp_path)] == [
        "alone_recovered.mcap", "session.mcap", "session_1.mcap.age", "session_team.mcap.age",
        "session_team_1.mcap.age", "session_team_10.mcap.age",
    ]  # fmt: skip


def seal(path: Path, *readers: KeyPair) -> Path:
    """`path` sealed, in place of itself."""
    sealed = path.with_name(f"{path.name}.age")
    with sealed.open("xb") as file:
        writer = AgeWriter(file, [pair.recipient for pair in readers])
        writer.write(path.read_bytes())
        writer.end()
    path.unlink()
    return sealed


def test_the_report_is_made_of_what_is_open_and_names_what_is_not(
    tmp_path: Path, ground: KeyPair, team: KeyPair
) -> None:
    out = session.make(tmp_path / "out", PREFIXES)
    whole = judge(gather(out))
    seal(out / "recording.mcap", ground)
    for keys in ([], [team.key]):
        [finding] = [one for one in judge(gather(out, keys=keys)).findings if one.name == "Recording"]
        assert finding.state == "not known" and "recording.mcap.age is sealed to key " in finding.text
        assert "--key" in finding.text
        assert [stop.event_id for stop in gather(out, keys=keys).stops] == [stop.event_id for stop in gather(out).stops]
    assert judge(gather(out, keys=[ground.key])) == whole
    assert "recording.mcap.age" in {file.name for file in gather(out).files}


def test_report_and_export_open_it_with_a_key(
    tmp_path: Path, ground: KeyPair, capsys: pytest.CaptureFixture[str]
) -> None:
    out = session.make(tmp_path / "out", PREFIXES)
    build(out, session.GROUND, session.EXTRAS)
    whole = json.loads((out / "summary.json").read_text())
    assert main(["export", str(out), "--csv", str(tmp_path / "open.csv")]) == 0
    seal(out / "recording.mcap", ground)
    capsys.readouterr()
    assert main(["export", str(out), "--csv", str(tmp_path / "locked.csv")]) == 2
    assert "recording.mcap.age is sealed to key " in capsys.readouterr().err
    for key in (ground.private, ground.identity):
        csv = tmp_path / f"{key.suffix}.csv"
        assert main(["export", str(out), "--csv", str(csv), "--key", str(key)]) == 0
        assert csv.read_bytes() == (tmp_path / "open.csv").read_bytes()
    assert main(["report", str(out), "--key", str(ground.private)]) == 0
    assert json.loads((out / "summary.json").read_text()) == whole
    assert main(["report", str(out), "--key", str(ground.public)]) == 2
    assert "ground.pub: no private key, but a public one" in capsys.readouterr().err


def test_a_clock_that_was_set_is_told_once_by_the_files_of_both(tmp_path: Path, ground: KeyPair, team: KeyPair) -> None:
    """Both files were recorded at the same times, over the same step of the clock."""
    for name, pair in (("session.mcap.age", ground), ("session_team.mcap.age", team)):
        file = McapFile(tmp_path / name, [pair.recipient])
        file.add_topic("/a", "std_msgs/msg/String", TEXT, {})
        for second in (*range(1000, 1020), *range(5020, 5040)):
            file.write("/a", second * 1_000_000_000, message(second))
        file.close({})
    evidence = gather(tmp_path, keys=[ground.key, team.key])
    assert [step.by_ns for step in evidence.clock.steps()] == [4_001_000_000_000]
    assert evidence.streams[0].recorded == 80


def test_an_opened_copy_beside_it_is_not_counted_twice(tmp_path: Path, ground: KeyPair) -> None:
    out = session.make(tmp_path / "out", PREFIXES)
    shutil.copy(out / "recording.mcap", tmp_path / "copy.mcap")
    seal(out / "recording.mcap", ground)
    shutil.copy(tmp_path / "copy.mcap", out / "recording.mcap")
    assert [path.name for path in recordings(out)] == ["recording.mcap"]
    assert judge(gather(out, keys=[ground.key])).ok == judge(gather(out)).ok
