"""Fixtures of telemetry's far end: a real broker, a reader beside it, and a facility behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import Broker, Reader
from tests.facility import Facility


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path / "broker")
    yield broker
    broker.stop()


@pytest.fixture
def reader(broker: Broker) -> Iterator[Reader]:
    reader = Reader(broker.port)
    yield reader
    reader.close()


@pytest.fixture
def facility(broker: Broker, tmp_path: Path) -> Iterator[Facility]:
    facility = Facility(tmp_path / "facility", broker.folder, broker.port)
    yield facility
    facility.kill()
