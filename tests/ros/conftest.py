"""What tests of telemetry share: the far end, the node, and the session around it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import Broker
from tests.far_end import broker, facility, reader
from tests.telemetry_stage import Ground, Telemetry
from tests.waiting import wait_until

__all__ = ["broker", "facility", "reader"]


@pytest.fixture
def ground(ros_domain: int) -> Iterator[Ground]:
    ground = Ground(ros_domain)
    yield ground
    ground.close()


@pytest.fixture
def telemetry(broker: Broker, ground: Ground, tmp_path: Path) -> Iterator[Telemetry]:
    telemetry = Telemetry(tmp_path, broker)
    wait_until(ground.heard, what="telemetry subscribes")
    ground.mqtt_says("connected to")
    yield telemetry
    telemetry.kill()
