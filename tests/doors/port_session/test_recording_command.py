"""`port recording`: tells what recordings hold and what is wrong with them, opens sealed ones, recovers cut ones."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from mcap.reader import make_reader
from rosbags.highlevel import AnyReader

from port_session.cli import main
from port_session.recorder.mcap_file import McapFile
from port_session.recorder.read import Recording
from tests.interrupting import HEEDS_CTRL_C
from tests.recorder_child import message
from tests.recorder_keys import KeyPair, key_pair
from tests.waiting import wait_until

START_NS = 1_800_000_000_000_000_000
MESSAGES = 50


@pytest.fixture
def team(tmp_path: Path) -> KeyPair:
    return key_pair(tmp_path / "keys", "team")


def written(path: Path, *readers: KeyPair) -> Path:
    """Ten messages a second of /a, and one of /b; saved once a second."""
    file = McapFile(path, [pair.recipient for pair in readers])
    for number in range(MESSAGES):
        for topic in ("/a", "/b") if number % 10 == 0 else ("/a",):
            file.add_topic(topic, "std_msgs/msg/String", "string data\n", {"offered_qos_profiles": ""})
            file.write(topic, START_NS + number * 100_000_000, message(number))
        if number % 10 == 9:
            file.save()
    file.close({"/b": 2})
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main(["recording", *map(str, words)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_info_tells_what_is_in_it(tmp_path: Path, team: KeyPair, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "session.mcap")
    code, out, _ = run(capsys, "info", path)
    assert code == 0 and out.splitlines() == [
        f"{path}: whole",
        "  2027-01-15 08:00:00.000 UTC, 4.9 s, 55 messages of 2 topics; 2 lost on the way into it",
        "  50  /a  std_msgs/msg/String",
        "   5  /b  std_msgs/msg/String, 2 lost",
    ]
    sealed = written(tmp_path / "other.mcap.age", team)
    code, out, _ = run(capsys, "info", tmp_path, "--key", team.private, "--json")
    first, second = json.loads(out)
    assert code == 0 and (first["file"], first["sealed"]) == (str(sealed), True) and len(first["sealed_to"]) == 1
    assert first["whole"] and second["whole"] and first["topics"] == second["topics"]
    assert second["lost"] == {"/b": "2"} and second["last_ns"] - second["first_ns"] == 4_900_000_000


def test_info_of_a_sealed_one_without_its_key(
    tmp_path: Path, team: KeyPair, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "session.mcap.age", team)
    code, out, _ = run(capsys, "info", path)
    assert code == 0 and out.startswith(f"{path}: is sealed to key ") and out.endswith(": give --key\n")
    assert json.loads(run(capsys, "info", path, "--json")[1])[0]["whole"] is None


@pytest.mark.parametrize("sealed", [False, True], ids=["open", "sealed"])
def test_cut_and_damaged_ones_are_told_and_recovered(
    tmp_path: Path, team: KeyPair, capsys: pytest.CaptureFixture[str], sealed: bool
) -> None:
    path = written(tmp_path / ("a.mcap.age" if sealed else "a.mcap"), *([team] if sealed else []))
    keys = ["--key", team.private] if sealed else []
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 5])
    code, out, _ = run(capsys, "info", path, *keys)
    assert code == 1 and "was cut off" in out
    code, out, _ = run(capsys, "recover", path, *keys)
    recovered = tmp_path / "a_recovered.mcap"
    assert code == 0 and "was cut off" in out and f"{recovered}: " in out
    there = [one.log_ns for one in Recording(path, keys=[team.key]).messages()]
    assert 0 < len(there) < 55 and [one.log_ns for one in Recording(recovered).messages()] == there
    with recovered.open("rb") as file:
        summary = make_reader(file, validate_crcs=True).get_summary()
    assert summary is not None and summary.statistics is not None
    assert summary.statistics.message_count == len(there)
    with AnyReader([recovered]) as reader:
        assert reader.message_count == len(there)
    again = Recording(recovered)
    assert len(list(again.messages())) == len(there) and again.complete
    assert again.metadata["port.recovered"]["from"] == path.name
    assert "was cut off" in again.metadata["port.recovered"]["problem"]


def test_a_damaged_sealed_one_is_named_by_its_byte_and_recovered_up_to_there(
    tmp_path: Path, team: KeyPair, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "a.mcap.age", team)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    code, out, _ = run(capsys, "info", path, "--key", team.private)
    assert code == 1 and "is damaged at its byte " in out and "what is behind that is not trusted" in out
    code, _, err = run(capsys, "open", path, "--key", team.private)
    assert code == 1 and "a.mcap.age is damaged at its byte " in err
    code, out, _ = run(capsys, "recover", path, "--key", team.private)
    assert code == 0 and "is damaged at its byte " in out
    by_age = subprocess.run(["age", "-d", "-i", str(team.identity), str(path)], capture_output=True)
    assert (tmp_path / "a.mcap").read_bytes() == by_age.stdout


def test_of_a_whole_one_nothing_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "a.mcap")
    code, out, _ = run(capsys, "recover", path, "--to", tmp_path / "b.mcap")
    assert code == 0 and out.splitlines() == [
        f"{path} is whole: nothing was lost", f"{tmp_path / 'b.mcap'}: 55 messages of 2 topics",
    ]  # fmt: skip
    assert Recording(tmp_path / "b.mcap").metadata == {} and list(Recording(tmp_path / "b.mcap").messages())


def test_what_was_opened_is_for_its_reader_alone(
    tmp_path: Path, team: KeyPair, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "a.mcap.age", team)
    code, out, _ = run(capsys, "open", path, "--key", team.identity)
    opened = tmp_path / "a.mcap"
    assert code == 0 and out == f"{opened}: {opened.stat().st_size} bytes\n"
    assert opened.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("words", "told"), [
    (["open", "a.mcap.age", "--key", "none.key"], "none.key: No such file or directory"),
    (["open", "a.mcap.age", "--key", "keys/team.pub"], "no private key, but a public one"),
    (["open", "a.mcap.age", "--key", "keys/other.key"], "a.mcap.age is sealed to key "),
    (["open", "none.mcap.age", "--key", "keys/team.key"], "none.mcap.age: No such file or directory"),
    (["open", "b.mcap", "--key", "keys/team.key"], "say where to write, --to OUT"),
    (["open", "b.mcap", "--key", "keys/team.key", "--to", "c"], "b.mcap is not sealed"),
    (["open", "a.mcap.age", "--key", "keys/team.key", "--to", "b.mcap"], "b.mcap: is there already"),
    (["recover", "a.mcap.age"], "a.mcap.age is sealed to key "),
    (["recover", "b.mcap", "--to", "b.mcap"], "b.mcap: is there already"),
    (["recover", "none.mcap"], "none.mcap cannot be read: No such file or directory"),
    (["info", "empty"], "no recording in empty"),
    (["info", "b.mcap", "--key", "none.key"], "none.key: No such file or directory"),
])  # fmt: skip
def test_what_cannot_be_is_told_with_its_file_in_one_line_and_nothing_is_written(
    tmp_path: Path, team: KeyPair, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    words: list[str], told: str,
) -> None:  # fmt: skip
    key_pair(tmp_path / "keys", "other")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    written(Path("a.mcap.age"), team)
    written(Path("b.mcap"))
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    code, out, err = run(capsys, *words)
    assert code == 2 and out == "" and told in err and err.count("\n") == 1
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_long_work_tells_how_far_it_is(
    tmp_path: Path, team: KeyPair, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("port_session.commands.progress._LOG_S", 0.0)
    path = written(tmp_path / "a.mcap.age", team)
    _, _, err = run(capsys, "open", path, "--key", team.private)
    shares = [int(line.removeprefix("port: a.mcap.age: ").removesuffix(" %")) for line in err.splitlines()]
    assert len(shares) > 3 and shares == sorted(shares) and 80 < shares[-1] <= 100


def test_ctrl_c_leaves_nothing_half(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    file = McapFile(path)
    file.add_topic("/a", "std_msgs/msg/String", "string data\n", {})
    for number in range(300_000):
        file.write("/a", START_NS + number, message(number))
    file.close({})
    command = [*HEEDS_CTRL_C, sys.executable, "-m", "port_session.cli", "recording", "recover", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        part = tmp_path / ".a_recovered.mcap.part"
        wait_until(lambda: part.exists() or process.poll() is not None, what="it writes")
        process.send_signal(signal.SIGINT)
        assert process.wait(180) == 130 and list(tmp_path.iterdir()) == [path]
    finally:
        process.kill()
        process.communicate()
