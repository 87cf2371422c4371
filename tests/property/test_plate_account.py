"""Wire → protocol → account → blocks under faults: received + reported lost = sent, exactly, and no sample is altered.

PORT_PLATE_SECONDS=600 runs the long mode: ten minutes of data, as fast as it goes.
"""

import os

import numpy as np
import pytest

from port_sensors.core.accounting import Accounting
from port_sensors.core.blocks import Block, BlockCutter
from port_sim.devices.wrench_device import recorded
from port_sim.faults import Faults
from tests.wires import WIRES, Wire

SECONDS = float(os.environ.get("PORT_PLATE_SECONDS", "2"))
#: As the driver reads: some milliseconds at a time, and never frame by frame.
_READ_S = 0.02

SCRIPTS = ("lose 0.01", "duplicate 0.01", "truncate 0.01", "drop 3e-4", "garbage 3e-4", "flip 4e-5",
           "lose 0.004 + duplicate 0.004 + flip 1e-5")  # fmt: skip


def through(wire: Wire, script: str) -> tuple[int, Accounting, list[Block]]:
    """Send `SECONDS` of the recording over a wire with faults; the last frames are sound, as after every session."""
    device, protocol, faults = wire.device(), wire.protocol(), Faults(seed=5)
    accounting, cutter = Accounting(wire.rate_hz, protocol.turn), BlockCutter(20)
    faults.run(script)
    count, step, blocks = int(SECONDS * wire.rate_hz), int(_READ_S * wire.rate_hz), []
    rest = b""
    for first in range(0, count, step):
        numbers = np.arange(first, min(count, first + step))
        if first == 0 or first + 5 * step >= count:
            faults.run("off")
        data = rest + faults.apply(device.encode(recorded("left", numbers, wire.rate_hz), numbers), device.frame_bytes)
        if first == 0:
            faults.run(script)
        cut = len(data) - first // step % 17
        data, rest = data[:cut], data[cut:]
        batch = protocol.feed(data)
        for run in accounting.take(batch.numbers, batch.wrench, _READ_S, batch.status):
            blocks += cutter.take(run)
    batch = protocol.feed(rest)
    for run in accounting.take(batch.numbers, batch.wrench, 0.0, batch.status) + accounting.flush():
        blocks += cutter.take(run)
    return count, accounting, blocks + cutter.flush()


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize(
    "wire", [w for w in WIRES if w.protocol().turn and not w.protocol().datagrams], ids=lambda wire: wire.name
)
def test_received_and_reported_lost_are_sent_exactly(wire: Wire, script: str) -> None:
    sent, accounting, blocks = through(wire, script)
    totals = accounting.totals
    assert (totals.received + totals.lost, totals.restarts) == (sent, 0)
    assert (blocks[-1].received_total, blocks[-1].lost_total) == (totals.received, totals.lost)
    assert sum(len(block.wrench) for block in blocks) == totals.received
    assert totals.lost > 0 or "duplicate 0.01" in script
    # What the check lets through by its own odds, of the frames that were hit at all.
    assert altered(wire, blocks) <= 3 + 4 * totals.lost * wire.protocol().undetected


def altered(wire: Wire, blocks: list[Block]) -> int:
    """How many samples are not the recording's, within what the wire can say."""
    count = 0
    for block in blocks:
        numbers = np.arange(block.first_index, block.first_index + len(block.wrench))
        expected = recorded("left", numbers, wire.rate_hz)
        inside = np.abs(expected).max(axis=1) < (300 if wire.resolution else np.inf)
        same = np.isclose(block.wrench, expected, atol=wire.resolution * 1.01, rtol=1e-6).all(axis=1)
        count += int(np.count_nonzero(inside & ~same))
    return count
