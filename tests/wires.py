"""Every wire that streams wrenches, for tests that hold for all alike: its protocol, and its device as the encoder."""

import time
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from port_sensors.drivers.registry import WRENCH_PROTOCOLS, load
from port_sensors.drivers.wrench_sensor import WrenchSensor
from port_sensors.protocol.wrench_protocol import Batch, Settings, WrenchProtocol
from port_sim.devices.registry import make
from port_sim.devices.wrench_device import WrenchDevice
from port_sim.world import World
from tests.waiting import wait_until

Samples = npt.NDArray[np.float32]

#: What was sent is read within this time, or it was the line that could not take it.
QUIET_S = 5.0


@dataclass(frozen=True)
class Wire:
    """One of them. resolution: half a step of its numbers, in N or N·m, beside `relative` of float32."""

    name: str
    rate_hz: float
    resolution: float = 0.0
    relative: float = 0.0
    counts_per_unit: tuple[float, ...] = ()
    covered: tuple[int, int] = (0, 0)
    config: dict[str, Any] = field(default_factory=dict)

    def protocol(self) -> WrenchProtocol:
        return cast(WrenchProtocol, load(WRENCH_PROTOCOLS, self.name)(Settings(self.rate_hz, self.counts_per_unit)))

    def device(self, port: str = "unused", side: str = "left") -> WrenchDevice:
        """The simulated device; "udp://…" where the wire is UDP."""
        block = {"driver": self.name, "port": port, "rate_hz": self.rate_hz, "counts_per_unit": self.counts_per_unit}
        return cast(WrenchDevice, make(side, block, {}, World()))

    def frames(self, samples: Samples, first: int = 0) -> list[bytes]:
        """One frame or datagram a sample."""
        device = self.device("udp://127.0.0.1:49152" if self.name == "ati_rdt" else "unused")
        data = device.encode(samples, np.arange(first, first + len(samples)))
        return [data[at : at + device.frame_bytes] for at in range(0, len(data), device.frame_bytes)]

    def close_to(self, got: Samples, sent: Samples) -> bool:
        """Whether `got` is `sent` within what the wire can say."""
        return bool(np.all(np.abs(got - sent) <= self.resolution * 1.001 + self.relative * np.abs(sent)))


#: covered: which bytes of a frame its check guards.
WIRES = (
    Wire("sri_m8128", 2000.0, covered=(6, 31)),
    Wire("bota_rokubi", 800.0, covered=(1, 37)),
    Wire("robotiq_ft300", 100.0, resolution=0.005, relative=1e-6, covered=(0, 16)),
    Wire("kunwei_kwr75", 1000.0, relative=3e-7),
    Wire("optoforce_hex", 1000.0, 0.5 / 10.0, 1e-6, (10.0,) * 3 + (100.0,) * 3, covered=(0, 22)),
    Wire("ati_rdt", 1000.0, 0.5 / 1e3, 1e-6, (1e3,) * 3 + (1e6,) * 3),
)
STREAMS = tuple(wire for wire in WIRES if wire.name != "ati_rdt")


def samples_of(count: int, seed: int = 1, scale: float = 30.0) -> Samples:
    """Random samples within every device's range."""
    return np.random.default_rng(seed).uniform(-scale, scale, (count, 6)).astype(np.float32)


def parse(wire: Wire, chunks: list[bytes]) -> tuple[Batch, WrenchProtocol]:
    """All that came of `chunks`, as one batch."""
    protocol = wire.protocol()
    batches = [protocol.feed(chunk) for chunk in chunks]
    whole = Batch(
        numbers=np.concatenate([batch.numbers for batch in batches]),
        wrench=np.concatenate([batch.wrench for batch in batches]),
        status=np.concatenate([batch.status for batch in batches]),
        rejected_bytes=sum(batch.rejected_bytes for batch in batches),
        answers=tuple(answer for batch in batches for answer in batch.answers),
    )
    return whole, protocol


def settle(device: WrenchDevice, driver: WrenchSensor) -> None:
    """The device falls silent, and what it has sent is read.

    A driver that ends in the middle of a stream waits for its tail, but not as long as a busy machine may hold up the
    simulated device. Of what the line could not take at the very end only a later sample tells: then one is sent.
    """

    def read() -> bool:
        counts, totals = device.counts(), driver.totals
        # One may be held until the next one tells what it is.
        return bool(totals.received + totals.lost >= counts["sent"] + counts["unsent"] - 1)

    def quiet() -> bool:
        device.streaming = False
        silent_s = time.monotonic() + QUIET_S
        while not read():
            if time.monotonic() > silent_s:
                device.streaming = True
                return False
            time.sleep(0.01)
        return True

    wait_until(quiet, what="what was sent is read")
