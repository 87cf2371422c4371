"""Two force plates at 2 kHz, wire → topic: share of a core and what stays unaccounted, beside the obvious node.

The share is the processor time of each sample that came out, times the 4,000 a second that there are: a machine too
busy to let either node keep up must not make it look cheap.
"""

import abc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from geometry_msgs.msg import WrenchStamped
from port_interfaces.msg import WrenchBlock
from rclpy.serialization import deserialize_message

from port_ros.qos import MEASUREMENT
from tests.bench import domains
from tests.bench.stand import cpu_s, end
from tests.ros_peer import Peer, start_node
from tests.sim_ground import PLATES, SimGround
from tests.waiting import wait_until

SECONDS = 10.0
SAMPLES_HZ = 4000.0
_SETTLED = 8000


def measure(rounds: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Figures by key, and every round's values."""
    ours, obvious = [], []
    for number in range(rounds):
        print(f"sensors: round {number + 1} of {rounds}", file=sys.stderr)
        obvious.append(_round(Obvious))
        ours.append(_round(Ours))
    figures = {
        "sensors.plate_2khz_cpu_pct": float(np.median([one["cpu_pct"] for one in ours])),
        "sensors.plate_2khz_cpu_pct_obvious": float(np.median([one["cpu_pct"] for one in obvious])),
        "sensors.plate_unreported": float(sum(one["unreported"] for one in ours)),
    }
    figures["sensors.plate_2khz_cpu_ratio"] = (
        figures["sensors.plate_2khz_cpu_pct"] / figures["sensors.plate_2khz_cpu_pct_obvious"]
    )
    return figures, {"ours": ours, "obvious": obvious}


def _round(kind: "type[Node]") -> dict[str, float]:
    """One process on a ground of its own, measured once it runs; then ended in order, and its account compared."""
    os.environ["ROS_DOMAIN_ID"] = str(domains.some_domain())
    with tempfile.TemporaryDirectory() as folder, _ground(Path(folder)) as ground:
        node = kind(ground, Path(folder))
        try:
            wait_until(lambda: node.counted() > _SETTLED, timeout_s=60.0, what="samples")
            before_s, counted, began_s = cpu_s(node.process.pid), node.counted(), time.monotonic()
            time.sleep(SECONDS)
            used_s, samples = cpu_s(node.process.pid) - before_s, node.counted() - counted
            found = {
                "cpu_pct": 100.0 * used_s / samples * SAMPLES_HZ,
                "samples_hz": samples / (time.monotonic() - began_s),
            }
            node.process.send_signal(signal.SIGINT)
            node.process.wait(10)
            return {**found, **_account(ground, Path(folder))}
        finally:
            node.close()


@contextmanager
def _ground(folder: Path) -> Iterator[SimGround]:
    ground = SimGround(folder)
    try:
        yield ground
    finally:
        ground.close()


class Node(abc.ABC):
    """A process under test, and how many samples it has published of both plates."""

    kind: type
    topic: str

    def __init__(self, ground: SimGround, folder: Path) -> None:
        self._peer = Peer()
        self._heard = [self._peer.keep(self.kind, self.topic.format(name), MEASUREMENT, raw=True) for name in PLATES]
        self.process = self.start(ground, folder)

    @abc.abstractmethod
    def start(self, ground: SimGround, folder: Path) -> subprocess.Popen[bytes]:
        """Start the process."""

    @abc.abstractmethod
    def count_of(self, message: Any) -> int:
        """How many samples it had published with `message`."""

    def counted(self) -> int:
        newest = [heard[-1] for heard in self._heard if heard]
        return sum(self.count_of(deserialize_message(one, self.kind)) for one in newest)

    def close(self) -> None:
        end(self.process)
        self._peer.close()


class Ours(Node):
    kind, topic = WrenchBlock, "force_plates/{}/samples"

    def start(self, ground: SimGround, folder: Path) -> subprocess.Popen[bytes]:
        parameters = {**ground.plate_parameters(), "account_path": str(folder / "account.json")}
        return start_node("port_sensors", "force_plate_node", "force_plates", parameters, folder)

    def count_of(self, message: Any) -> int:
        return int(message.received_total)


class Obvious(Node):
    kind, topic = WrenchStamped, "{}_plate/samples"

    def start(self, ground: SimGround, folder: Path) -> subprocess.Popen[bytes]:
        ports = [str(ground.dev / f"{name}_plate") for name in PLATES]
        return subprocess.Popen(
            [sys.executable, "-m", "tests.bench.plate_obvious", *ports, "--ros-args", "-r", "__ns:=/t"]
        )

    def count_of(self, message: Any) -> int:
        return int(message.header.frame_id)


def _sent(ground: SimGround) -> int:
    return sum(ground.sent(name) for name in PLATES)


def _account(ground: SimGround, folder: Path) -> dict[str, float]:
    """Samples sent, received and reported lost; the obvious node keeps no account."""
    file = folder / "account.json"
    if not file.exists():
        return {}
    counts = json.loads(file.read_text())
    received, lost = (sum(counts[name][key] for name in PLATES) for key in ("received", "reported_lost"))
    sent = _sent(ground)
    return {"sent": sent, "received": received, "lost": lost, "unreported": sent - received - lost}
