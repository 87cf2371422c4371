"""The ground that an edge watches: two plates and a gate, which count what they send and are never killed.

python -m tests.chaos.source STOP_LOG COUNTS RATE_HZ

On SIGTERM it sends what is due, waits until whoever listens has it, and writes its counts. Of the gate's events every
fifth goes to the stop log alone, as if the way through the middleware had lost it.
"""

import json
import signal
import sys
import threading
import time
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import rclpy
from port_interfaces.msg import SafetyEvent, SessionEvent, WrenchBlock
from rclpy.duration import Duration
from rclpy.node import Node

from port_ros import qos, stamps
from port_safety.evidence import hash_chain as chain

PLATES = ("left", "right")
SAMPLES = 20
#: Blocks of each plate for one event of the gate.
_EVENT_BLOCKS = 20
_ONLY_LOGGED = 5
#: Where the plates' counts begin: a device does not start with 0.
_BASE = 4711


def wrench(first_index: int) -> "np.ndarray[Any, Any]":
    """What a block says; told from its first sample, so that the end can check each value."""
    return (np.arange(SAMPLES * 6, dtype="<f4") + first_index % 10_000).reshape(SAMPLES, 6)


class Ground:
    """Publishers, counts, and the gate's log."""

    def __init__(self, node: Node, stop_log: Path) -> None:
        self._blocks = {p: node.create_publisher(WrenchBlock, f"force_plates/{p}/samples", qos.MEASUREMENT)
                        for p in PLATES}  # fmt: skip
        self._safety = node.create_publisher(SafetyEvent, "safety/event", qos.EVENT)
        self._session = node.create_publisher(SessionEvent, "session/event", qos.EVENT)
        self._log, self._head, self._lines = stop_log, "", 0
        self.blocks = self.events = 0

    def step(self) -> None:
        """One block of each plate, and now and then an event."""
        for plate, publisher in self._blocks.items():
            publisher.publish(self._block(plate))
        self.blocks += 1
        if self.blocks % _EVENT_BLOCKS == 0:
            self._happen()

    def counts(self) -> dict[str, int]:
        """Samples of each plate, and events of the gate."""
        return {"samples": self.blocks * SAMPLES, "events": self.events}

    def finish(self) -> None:
        """Return once whoever listens has everything."""
        for publisher in (*self._blocks.values(), self._safety, self._session):
            publisher.wait_for_all_acked(Duration(seconds=30))

    def _block(self, plate: str) -> WrenchBlock:
        first = _BASE + self.blocks * SAMPLES
        message = WrenchBlock(
            device_id=plate, first_index=first, period_s=0.0005, received_total=(self.blocks + 1) * SAMPLES,
            status=array("B", bytes(SAMPLES)), wrench=array("f", wrench(first).tobytes()),
        )  # fmt: skip
        message.header.stamp = stamps.to_msg(time.time_ns())
        return message

    def _happen(self) -> None:
        stamp_ns = time.time_ns()
        self.events += 1
        line = chain.encode(
            {"kind": "armed", "stamp_ns": stamp_ns, "epoch": self.events, "by": "chaos"}, self._lines + 1, self._head
        )
        self._head, self._lines = chain.digest(line), self._lines + 1
        with self._log.open("ab") as file:
            file.write(line + b"\n")
        if self.events % _ONLY_LOGGED:
            stamp = stamps.to_msg(stamp_ns)
            self._safety.publish(SafetyEvent(stamp=stamp, sequence=self.events, kind=SafetyEvent.ARMED))
        self._session.publish(SessionEvent(stamp=stamps.to_msg(stamp_ns), sequence=self.events))


def main() -> int:
    stop_log, counts, rate_hz = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    stop = threading.Event()
    rclpy.init(signal_handler_options=rclpy.SignalHandlerOptions.NO)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    node = Node("ground", namespace="/chaos")
    ground = Ground(node, stop_log)
    begin_s = time.monotonic()
    while not stop.is_set():
        ground.step()
        # Steady as a device: what a busy machine held up comes afterwards.
        stop.wait(max(0.0, begin_s + ground.blocks * len(PLATES) / rate_hz - time.monotonic()))
    ground.finish()
    counts.write_text(json.dumps(ground.counts()))
    node.destroy_node()
    rclpy.try_shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
