"""Live state of an edge that hangs is not there any more for a latecomer, and shows its age to who had it before."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import Broker, Reader, properties
from tests.waiting import wait_until

_STATE = "port/v1/hall/edge-1/demo/safety/state"
#: An edge that says its state ten times a second.
_CODE = """
import sys, time
from pathlib import Path
from port_telemetry.core.record import Numbering, Stream
from port_telemetry.mqtt.client import Sender
from port_telemetry.mqtt.target import Target
from port_telemetry.spool.spool import Spool
folder, port, password_file = sys.argv[1:]
target = Target("127.0.0.1", int(port), "hall", "edge-1", "demo", "edge", password_file)
spool = Spool(Path(folder))
sender, numbering = Sender(target, spool), Numbering(spool.epoch)
while True:
    sender.offer(numbering.record(target.topic("safety/state"), Stream.LIVE, b"{}", "json/x/1", time.time_ns()))
    time.sleep(0.1)
"""


@pytest.fixture
def process(broker: Broker, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    words = [str(tmp_path / "spool"), str(broker.port), str(broker.password_file)]
    process = subprocess.Popen([sys.executable, "-c", _CODE, *words], env=os.environ.copy())
    yield process
    process.kill()
    process.wait()


def retained(broker: Broker) -> list[int]:
    """The stamps of the state that somebody gets who comes now."""
    late = Reader(broker.port, _STATE).settle()
    late.close()
    return [int(properties(message)["stamp_ns"]) for message in late.messages if message.retain]


def test_a_frozen_edges_state_is_gone_for_latecomers_within_seconds_and_says_its_age_to_readers(
    broker: Broker, reader: Reader, process: subprocess.Popen[bytes]
) -> None:
    wait_until(lambda: retained(broker), what="a latecomer gets the state of a living edge")
    process.send_signal(signal.SIGSTOP)
    wait_until(lambda: not retained(broker), what="a latecomer gets no state of a frozen one")
    stamps = [int(properties(message)["stamp_ns"]) for message in reader.on(_STATE)]
    assert stamps == sorted(stamps) and {m.properties.MessageExpiryInterval for m in reader.on(_STATE)} <= {1, 2}
    process.send_signal(signal.SIGCONT)
    # What was frozen with it is thrown away: the next that comes is new.
    fresh = wait_until(lambda: retained(broker))
    assert min(fresh) > stamps[-1]
