"""A cable pulled and plugged in at random moments: data comes again each time, and nothing is left behind.

PORT_REPLUGS=100 runs the long mode.
"""

import os
import random
import statistics
import threading
import time
from pathlib import Path

import pytest

from port_sensors.drivers.wrench_sensor import WrenchSensor
from tests.waiting import wait_until
from tests.wires import WIRES, Wire

REPLUGS = int(os.environ.get("PORT_REPLUGS", "4"))


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("wire", WIRES[:3], ids=lambda wire: wire.name)
def test_data_comes_again_however_often_the_cable_is_pulled(wire: Wire, tmp_path: Path) -> None:
    rng, threads, files = random.Random(3), threading.active_count(), open_files()
    device = wire.device(str(tmp_path / "line"))
    driver = WrenchSensor("left", str(tmp_path / "line"), 921600, wire.protocol())
    device.start()
    driver.start()
    again_s: list[float] = []
    received = 0
    try:
        wait_until(lambda: driver.totals.received > 10, what="the first data")
        for number in range(REPLUGS):
            time.sleep(rng.uniform(0.0, 0.15))  # any moment will do
            device.unplug()
            time.sleep(rng.uniform(0.0, 0.4))
            received, began_s = driver.totals.received, time.monotonic()
            device.replug()
            wait_until(lambda: driver.totals.received > received, what=f"data after replug {number}; {driver.link}")  # noqa: B023
            again_s.append(time.monotonic() - began_s)
            driver.drain()
    finally:
        driver.close()
        device.close()
    print(f"{wire.name}: {REPLUGS} times, data again in {statistics.median(again_s):.2f} s, ≤ {max(again_s):.2f} s")
    assert (threading.active_count(), open_files()) == (threads, files)
    totals = driver.totals
    if wire.protocol().turn:
        # A driver that heard nothing on the new line sets the device up anew: what it took meanwhile is lost, too.
        counts = device.counts()
        assert totals.received + totals.lost == counts["sent"] + counts["unsent"]
