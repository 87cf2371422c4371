"""A real disk without room, under the edge's spool and under the facility's database: what is lost is on record."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from port_telemetry.core.record import Stream
from port_telemetry.spool.spool import Limits
from tests.broker import Broker
from tests.edge import Edge
from tests.facility import Facility
from tests.waiting import PATIENCE_S, wait_until

_LIMITS = Limits(linger_s=0.0, retry_s=0.05)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], capture_output=True)
    if made.returncode:
        pytest.skip("a file system can be mounted here by nobody")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all room that is left."""
    hog = folder / "hog"
    with hog.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 1)
        size = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
        os.posix_fallocate(file.fileno(), 0, size)
    return hog


def test_an_edges_full_disk_costs_measurements_that_are_named_and_no_safety_event(
    small_disk: Path, broker: Broker, facility: Facility
) -> None:
    edge = Edge(small_disk / "spool", broker, facility=True, port=1, limits=_LIMITS)
    for number in range(1500):
        edge.give(payload=bytes(20_000))
        if number % 50 == 0:
            edge.give("safety/event", Stream.EVENT, b'{"kind":"STOP"}')
            edge.spool.flush(PATIENCE_S)
    assert edge.spool.flush(PATIENCE_S), edge.spool.fault
    dropped = edge.spool.account().dropped
    assert dropped["port/v1/hall/edge-1/demo/samples"] > 700 and dropped.total() == dropped.most_common(1)[0][1]
    edge.close(0.0)
    edge = Edge(small_disk / "spool", broker, facility=True, limits=_LIMITS)
    wait_until(edge.idle)
    edge.close()
    assert facility.numbers("/safety/event") == list(range(1, 31))
    said = [number for first, last in facility.gaps() for number in range(first, last + 1)]
    assert sorted([*said, *facility.numbers("/samples")]) == list(range(1, 1501))


def test_a_facilitys_full_disk_loses_nothing_and_goes_on_when_there_is_room(
    small_disk: Path, broker: Broker, tmp_path: Path
) -> None:
    facility = Facility(small_disk, broker.folder, broker.port)
    edge = Edge(tmp_path / "spool", broker, facility=True)
    try:
        edge.give()
        facility.has("/samples", 1)
        hog = fill(small_disk)
        for _ in range(100):
            edge.give(payload=bytes(50_000))
        wait_until(lambda: edge.sender.status().silence_s > 1.0 and edge.spool.stored_records > 0)
        assert facility.process.poll() is None
        hog.unlink()
        facility.has("/samples", 101)
        wait_until(edge.idle)
        assert facility.numbers("/samples") == list(range(1, 102)) and facility.gaps() == []
    finally:
        edge.close(0.1)
        facility.kill()
