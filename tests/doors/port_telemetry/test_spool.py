"""The spool on a real disk: durable, bounded, with one owner, and quick to open."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from port_telemetry.core.continuity import Position
from port_telemetry.core.record import Key, Numbering, Record, Stream
from port_telemetry.core.seal import Sealer
from port_telemetry.spool.database import FILE, SpoolError, open_reader
from port_telemetry.spool.spool import Limits, Spool
from port_telemetry.spool.store import Reader, Store
from tests.waiting import PATIENCE_S, wait_until

_QUOTA = 100_000_000


def records(count: int, topic: str = "s/samples", size: int = 10, stream: Stream = Stream.RECORDED) -> list[Record]:
    numbering = Numbering(epoch=1)
    return [numbering.record(topic, stream, bytes(size), "json/x/1", 0) for _ in range(count)]


def read_all(folder: Path, key: Key) -> list[Record]:
    reader = Reader(open_reader(folder))
    try:
        return reader.read(key, 0, 100_000)
    finally:
        reader.close()


def test_what_is_committed_is_there_after_a_kill(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from port_telemetry.core.record import Stream
from port_telemetry.spool.spool import Limits, Spool
from port_telemetry.core.record import Numbering
spool = Spool(Path({str(tmp_path)!r}), Limits(linger_s=0.0))
numbering = Numbering(spool.epoch)
while True:
    spool.offer(numbering.record("s/samples", Stream.RECORDED, bytes(100), "json/x/1", 0))
    for key, (lane, last, acked) in spool.durable().items():
        print(key.epoch, last, flush=True)
"""
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ.copy(), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(20):
        line = process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    epoch, said = map(int, (line + process.stdout.read()).split()[-2:])
    process.wait()
    kept = read_all(tmp_path, Key("s/samples", epoch))
    covered = [number for record in kept for number in range(record.first, record.seq + 1)]
    assert covered == list(range(1, len(covered) + 1)) and len(covered) >= said > 0


def test_how_far_a_source_had_counted_is_durable_with_its_records_and_known_at_the_next_start(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    numbering = Numbering(spool.epoch)
    assert spool.positions == {}
    for end in (20, 40):
        spool.offer(numbering.record("s/left", Stream.RECORDED, b"x", "json/x/1", 0, Position(7, end)))
    spool.offer(numbering.record("s/right", Stream.RECORDED, b"x", "json/x/1", 0))
    spool.remember("stop log", Position(1, 12))
    assert spool.flush(PATIENCE_S)
    spool.close()
    again = Spool(tmp_path)
    assert again.positions == {"s/left": Position(7, 40), "stop log": Position(1, 12)}
    again.close()


def test_a_spool_of_an_older_port_learns_to_keep_positions(tmp_path: Path) -> None:
    Spool(tmp_path).close()
    db = sqlite3.connect(tmp_path / FILE)
    db.execute("DROP TABLE position")
    db.commit()
    db.close()
    spool = Spool(tmp_path)
    spool.remember("stop log", Position(1, 12))
    assert spool.flush(PATIENCE_S)
    spool.close()
    assert Store(tmp_path, _QUOTA, 0).positions() == {"stop log": Position(1, 12)}


def test_what_is_lost_before_it_had_a_number_is_offered_and_dropped_in_the_account(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    numbering = Numbering(spool.epoch)
    spool.offer(numbering.record("s/left", Stream.RECORDED, b"x", "json/x/1", 0))
    spool.offer(numbering.gap("s/left", Stream.RECORDED, 3, 0, "lost"))
    spool.offer(numbering.record("s/left", Stream.RECORDED, b"x", "json/x/1", 0))
    assert spool.flush(PATIENCE_S)
    assert (spool.account().offered.total(), spool.account().dropped.total()) == (5, 3)
    spool.acknowledge(Key("s/left", spool.epoch), 5)
    assert spool.flush(PATIENCE_S) and spool.account().published.total() == 2
    assert [(r.first, r.seq, r.is_gap) for r in read_all(tmp_path, Key("s/left", spool.epoch))] == []
    spool.close()


def test_a_damaged_spool_is_set_aside_and_telemetry_goes_on(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all, but long enough to be looked at" * 100)
    spool = Spool(tmp_path)
    assert "damaged" in spool.fault and list(tmp_path.glob("damaged-*.sqlite"))
    spool.offer(records(1)[0])
    assert spool.flush(PATIENCE_S) and spool.stored_records == 1
    spool.close()


def test_a_folder_that_is_none_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match="choose a folder you own"):
        Spool(tmp_path / "file" / "spool")


def test_another_programs_version_is_left_alone(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / FILE)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(SpoolError, match="version 99"):
        Spool(tmp_path)


def test_a_full_queue_of_the_disk_becomes_gaps_and_keeps_the_giver_free(tmp_path: Path) -> None:
    spool = Spool(tmp_path, Limits(max_waiting_records=10, linger_s=0.0))
    with open_reader(tmp_path) as blocker:
        blocker.execute("PRAGMA query_only = OFF")
        blocker.execute("BEGIN IMMEDIATE")  # a stalled disk: the writer waits for its turn
        took_s = []
        for record in records(500):
            begin_s = time.perf_counter()
            spool.offer(record)
            took_s.append(time.perf_counter() - begin_s)
        assert spool.account().dropped.total() > 400
        blocker.execute("ROLLBACK")
    assert spool.flush(PATIENCE_S)
    covered = [n for r in read_all(tmp_path, Key("s/samples", 1)) for n in range(r.first, r.seq + 1)]
    assert covered == list(range(1, 501))
    # Who waits for the disk waits as long as it hangs; who loses the processor for a moment does so now and then.
    assert sorted(took_s)[450] < 0.1
    spool.close()


def test_the_quota_gives_up_measurements_before_events_and_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path, quota_bytes=20_000, now_ms=1)
    store.commit(records(10, "s/safety/event", 1000, Stream.EVENT))
    store.commit(records(5, "s/session/event", 500, Stream.EVENT))
    dropped = sum(store.commit([record]).dropped.total() for record in records(100, "s/samples", 1000))
    assert store.bytes <= 20_000 and dropped > 80
    store.close()
    assert len(read_all(tmp_path, Key("s/safety/event", 1))) == 10
    assert len(read_all(tmp_path, Key("s/session/event", 1))) == 5
    gap, *rest = read_all(tmp_path, Key("s/samples", 1))
    assert gap.is_gap and gap.first == 1 and [r.seq for r in rest] == list(range(gap.seq + 1, 101))


def test_the_quota_gives_up_sealed_camera_stills_before_measurements(tmp_path: Path) -> None:
    sealer, numbering = Sealer(X25519PrivateKey.generate().public_key()), Numbering(epoch=1)
    store = Store(tmp_path, quota_bytes=20_000, now_ms=1)
    store.commit(records(10, "s/samples", 1000))
    for _ in range(20):
        still = numbering.record("t/camera", Stream.RECORDED, bytes(2000), "jpeg/still/1", 0)
        store.commit([sealer.seal(still)])
    store.close()
    assert len([r for r in read_all(tmp_path, Key("s/samples", 1)) if not r.is_gap]) == 10
    assert read_all(tmp_path, Key("t/camera", 1))[0].is_gap


def test_safety_events_are_kept_beyond_the_quota(tmp_path: Path) -> None:
    store = Store(tmp_path, quota_bytes=1000, now_ms=1)
    store.commit(records(50, "s/safety/event", 1000, Stream.EVENT))
    assert store.records == 50
    store.close()


def test_a_backlog_that_was_sent_gives_its_room_back_to_the_file_system(tmp_path: Path) -> None:
    store = Store(tmp_path, _QUOTA, now_ms=1)
    store.commit(records(2000, size=10_000))
    full = (tmp_path / FILE).stat().st_size
    for up_to in (500, 1000, 1500, 1990, 2000):
        store.commit(acknowledged={Key("s/samples", 1): up_to})
        store.tidy()
    store.close()
    assert full > 15e6 and (tmp_path / FILE).stat().st_size < 1e6


def test_a_dead_letter_is_put_aside_with_its_reason(tmp_path: Path) -> None:
    store = Store(tmp_path, _QUOTA, now_ms=1)
    made = records(3)
    store.commit(made)
    assert store.commit(buried=[(made[1], "too large"), (made[1], "too large")]).rejected.total() == 1
    store.close()
    kept = read_all(tmp_path, Key("s/samples", 1))
    assert [(r.seq, r.is_gap) for r in kept] == [(1, False), (2, True), (3, False)]
    assert orjson.loads(kept[1].payload) == {"first": 2, "last": 2, "reason": "too large"}
    db = open_reader(tmp_path)
    assert db.execute("SELECT seq, reason FROM dead_letter").fetchall() == [(2, "too large")]
    db.close()


def test_a_million_waiting_records_do_not_slow_the_start(tmp_path: Path) -> None:
    store = Store(tmp_path, 10**12, now_ms=1)
    store.commit(records(1))
    store.close()
    db = sqlite3.connect(tmp_path / FILE)
    db.execute("PRAGMA synchronous = OFF")
    db.execute(
        "INSERT INTO record (stream, seq, span, stamp_ns, schema, payload)"
        " WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)"
        " SELECT 1, i, 1, 0, 'json/x/1', x'7b7d' FROM n"
    )
    db.execute("UPDATE stream SET last = 1000000, records = 1000000, bytes = 66000000")
    db.commit()
    db.close()
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    spool = Spool(tmp_path)
    # The work of a start, in steps of SQLite's machine: a handful for each sequence, not for each record.
    spool.reader._db.set_progress_handler(count, 100)
    assert spool.stored_records == 1_000_000
    assert len(spool.reader.read(Key("s/samples", 1), 999_998, 10)) == 2
    assert steps < 50
    spool.close()


def test_a_full_disk_gives_up_measurements_and_keeps_safety_events(tmp_path: Path) -> None:
    """In a process of its own, whose files may not grow beyond 1 MB: as a full disk, for SQLite."""
    code = f"""
import resource
from pathlib import Path
from port_telemetry.core.record import Numbering, Stream
from port_telemetry.spool.spool import Limits, Spool
spool = Spool(Path({str(tmp_path)!r}), Limits(linger_s=0.0, retry_s=0.02, max_waiting_bytes=500_000))
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
numbering = Numbering(1)
for number in range(4000):
    spool.offer(numbering.record("s/samples", Stream.RECORDED, bytes(1000), "json/x/1", 0))
    if number % 40 == 0:
        spool.offer(numbering.record("s/safety/event", Stream.EVENT, bytes(100), "json/x/1", 0))
    if number % 100 == 0:
        spool.flush(0.02)
assert spool.account().dropped["s/samples"] > 2000
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""
    code = code.replace("(1_000_000, 1_000_000)", f"(1_000_000, {resource.RLIM_INFINITY})")
    code += "assert spool.flush(60.0), spool.fault\nspool.close()\n"
    ended = subprocess.run([sys.executable, "-c", code], env=os.environ.copy(), capture_output=True, timeout=300)
    assert ended.returncode == 0, ended.stderr.decode()
    events = read_all(tmp_path, Key("s/safety/event", 1))
    assert [event.seq for event in events] == list(range(1, 101)) and not any(event.is_gap for event in events)
    covered = [n for r in read_all(tmp_path, Key("s/samples", 1)) for n in range(r.first, r.seq + 1)]
    assert covered == list(range(1, 4001))


def test_nothing_of_a_thread_is_left_behind(tmp_path: Path) -> None:
    import threading

    before = {thread.ident for thread in threading.enumerate()}
    spool = Spool(tmp_path)
    spool.offer(records(1)[0])
    spool.close()
    wait_until(lambda: {thread.ident for thread in threading.enumerate()} <= before)
    spool.offer(records(1)[0])
    assert spool.account().dropped.total() == 1
