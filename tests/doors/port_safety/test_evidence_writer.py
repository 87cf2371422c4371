"""The writer against real files: killed, cut off, refused, hanging. Nothing is lost without the log saying so."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from port_safety.evidence import hash_chain as chain
from port_safety.evidence.log import Evidence
from port_safety.evidence.log_file import ChainFile
from port_safety.evidence.log_writer import Writer
from port_safety.evidence.stop_log import account
from tests.gate_bench import PRESSED, Bench
from tests.waiting import PATIENCE_S, wait_until

#: Writes numbered records until it is killed, and says on stdout which one it has handed over.
_ENDLESS = """
import sys
from pathlib import Path
from port_safety.evidence.log_file import ChainFile
file = ChainFile(Path(sys.argv[1]))
number = 0
while True:
    file.append({"kind": "stop", "number": number, "reason": "x" * 300})
    print(number, flush=True)
    number += 1
"""

#: Runs into a full disk (a limit on the file's size leaves half a line behind), is given room, and ends in order.
_FULL = """
import resource, signal, sys, time
from pathlib import Path
from port_safety.evidence.log_writer import Writer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
writer = Writer(Path(sys.argv[1]))
for number in range(20):
    writer.offer({"kind": "stop", "number": number})
while not writer.trouble:
    time.sleep(0.01)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(writer.trouble)
sys.exit(0 if writer.close(20.0) else 1)
"""


def numbers(verification: chain.Verification) -> list[int]:
    return [record["number"] for record in verification.records if "number" in record]


def offer_s(writer: Writer, number: int) -> float:
    """Hand over a record; how long it took."""
    began_s = time.monotonic()
    writer.offer({"number": number})
    return time.monotonic() - began_s


def write(path: Path, *found: int) -> None:
    file = ChainFile(path)
    for number in found:
        file.append({"kind": "stop", "number": number})
    file.close()


def test_a_file_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "out" / "stops.jsonl"
    write(path, 0, 1)
    write(path, 2)
    verification = chain.verify(path.read_bytes())
    assert verification.ok and numbers(verification) == [0, 1, 2]


@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.2])
def test_killed_in_the_middle(tmp_path: Path, after_s: float) -> None:
    path = tmp_path / "stops.jsonl"
    process = subprocess.Popen([sys.executable, "-c", _ENDLESS, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"0\n"
    time.sleep(after_s)
    process.kill()
    said = [0, *map(int, process.stdout.read().split())]
    assert process.wait() == -signal.SIGKILL
    write(path, -1)
    verification = chain.verify(path.read_bytes())
    assert verification.ok, verification.problem
    assert numbers(verification)[: len(said)] == said and numbers(verification)[-1] == -1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lost=st.integers(1, 400), garbage=st.binary(max_size=30))
def test_a_torn_end_is_kept_aside_and_the_chain_says_so(tmp_path: Path, lost: int, garbage: bytes) -> None:
    path = tmp_path / f"{lost}-{garbage.hex()}" / "stops.jsonl"
    write(path, 0, 1)
    torn = path.read_bytes()[:-lost] + garbage
    path.write_bytes(torn)
    sound = chain.sound_length(torn)
    write(path, 2)
    verification = chain.verify(path.read_bytes())
    assert verification.ok and numbers(verification)[-1] == 2
    aside = [file.read_bytes() for file in path.parent.glob("stops.torn-*.jsonl")]
    assert aside == ([torn[sound:]] if torn[sound:] else [])
    assert account(verification.records).set_aside == len(aside)


def test_a_full_disk_delays_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "stops.jsonl"
    done = subprocess.run([sys.executable, "-c", _FULL, str(path)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "File too large" in done.stdout
    verification = chain.verify(path.read_bytes())
    assert verification.ok and numbers(verification) == list(range(20))
    assert account(verification.records).set_aside == 1, "the half line is kept too"


def test_a_line_whose_sync_failed_is_there_once(tmp_path: Path) -> None:
    path, refusals = tmp_path / "stops.jsonl", [True, True]

    def sync(fd: int) -> None:
        if refusals and refusals.pop():
            raise OSError("input/output error")
        os.fsync(fd)

    file = ChainFile(path, sync)
    record = {"kind": "stop", "number": 0}
    for _ in range(2):
        with pytest.raises(OSError, match="input/output"):
            file.append(record)
    file.append(record)
    file.append(dict(record))
    assert numbers(chain.verify(path.read_bytes())) == [0, 0], "the second one is another record"


def test_two_writers_never_share_a_file(tmp_path: Path) -> None:
    first, second = ChainFile(tmp_path / "stops.jsonl"), ChainFile(tmp_path / "stops.jsonl")
    first.append({"number": 0})
    with pytest.raises(OSError, match="belongs to another gate"):
        second.append({"number": 1})
    first.close()
    second.append({"number": 1})
    assert numbers(chain.verify((tmp_path / "stops.jsonl").read_bytes())) == [0, 1]


def test_a_file_that_was_taken_away_is_begun_again_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "stops.jsonl"
    file = ChainFile(path)
    file.append({"number": 0})
    before = file.head
    path.rename(tmp_path / "elsewhere.jsonl")
    file.append({"number": 1})
    verification = chain.verify(path.read_bytes())
    assert verification.ok and numbers(verification) == [1]
    assert verification.records[0]["kind"] == "moved" and verification.records[0]["expected_head"] == before


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("/dev/full"), os.mkfifo])
def test_a_path_that_is_no_file_is_told_and_never_waited_for(tmp_path: Path, make: Any) -> None:
    path = tmp_path / "stops.jsonl"
    make(path)
    writer = Writer(path, depth=4)
    took_s = [offer_s(writer, number) for number in range(1000)]
    assert sorted(took_s)[900] < 0.1
    wait_until(lambda: writer.trouble, what="the disk's word")
    assert str(path) in writer.trouble and writer.given_up >= 990
    assert not writer.close(0.1)


def test_a_disk_that_hangs_holds_up_nobody_and_the_chain_admits_what_was_given_up(tmp_path: Path) -> None:
    path, go_on = tmp_path / "stops.jsonl", threading.Event()

    def sync(fd: int) -> None:
        assert go_on.wait(PATIENCE_S)

    writer = Writer(path, depth=10, open_file=lambda path: ChainFile(path, sync))
    took_s = [offer_s(writer, number) for number in range(200)]
    # Who waits for the disk waits as long as it hangs; who loses the processor for a moment does so now and then.
    assert sorted(took_s)[180] < 0.1 and writer.given_up in (189, 190)
    wait_until(lambda: writer.busy_s() > 0.0, what="the thread waits for the disk")
    go_on.set()
    wait_until(lambda: not writer.waiting)
    writer.offer({"number": 200})
    assert not writer.close(PATIENCE_S), "something was lost"
    verification = chain.verify(path.read_bytes())
    assert verification.ok and numbers(verification)[-1] == 200
    assert account(verification.records).not_kept == writer.given_up == 201 - len(numbers(verification))


def test_a_record_that_json_has_no_word_for_ends_nothing(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "stops.jsonl")
    writer.offer({"number": object()})
    writer.offer({"number": 1})
    assert not writer.close(PATIENCE_S)
    assert numbers(chain.verify((tmp_path / "stops.jsonl").read_bytes())) == [1]


def test_the_thread_ends(tmp_path: Path) -> None:
    before = threading.active_count()
    assert Writer(tmp_path / "stops.jsonl").close(5.0)
    assert threading.active_count() == before


def test_the_door_from_opening_to_end(tmp_path: Path) -> None:
    path, bench = tmp_path / "stops.jsonl", Bench()
    evidence = Evidence(bench.gate, str(path))
    evidence.open(1, 500.0, ["SCHED_FIFO granted"])
    bench.drive()
    evidence.take(bench.gate.take_events(), 0)
    bench.estop = PRESSED
    for _ in range(100):
        bench.turn()
        evidence.take(bench.gate.take_events(), 0)
    evidence.tick_late.add(1000)
    wait_until(lambda: evidence.values()["evidence_lines"] == 4)
    assert evidence.trouble() == ("", "") and evidence.values()["stop_latency_count"] == 1
    assert evidence.close("asked to end", bench.now_ns, 0, 7) == ""
    records = chain.verify(path.read_bytes()).records
    assert [record["kind"] for record in records] == ["opened", "armed", "stop_began", "stop", "closed"]
    assert records[0]["envelope"] == bench.gate.envelope.digest and records[0]["software"]["port_safety"]
    assert records[-1]["missed_deadlines"] == 7 and records[-1]["loop"]["tick_late"]["count"] == 1


def test_the_door_says_what_is_wrong(tmp_path: Path) -> None:
    evidence = Evidence(Bench().gate, str(tmp_path))
    evidence.open(1, 500.0, [])
    wait_until(lambda: evidence.trouble()[0])
    level, text = evidence.trouble()
    assert level == "error" and "cannot be written" in text and "Is a directory" in text
    assert "2 records of evidence are lost" in evidence.close("asked to end", 1, 0, 0)


def test_without_a_path_latencies_are_counted_all_the_same() -> None:
    evidence = Evidence(Bench().gate, "")
    evidence.open(1, 500.0, [])
    evidence.command.add(5)
    assert evidence.values() == {
        "tick_late_count": 0, "command_to_published_count": 1, "command_to_published_p50_ms": 0.0,
        "command_to_published_p99_ms": 0.0, "command_to_published_p999_ms": 0.0, "command_to_published_max_ms": 0.0,
        "stop_latency_count": 0,
    }  # fmt: skip
    assert evidence.trouble() == ("", "") and evidence.close("asked to end", 1, 0, 0) == ""
