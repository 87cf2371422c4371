"""Runs of samples on their way from a driver's thread to its node, bounded. Knows no device."""

import threading
from collections import deque
from dataclasses import dataclass, replace

from port_sensors.core.accounting import Run

_SAMPLES_MAX = 20_000


@dataclass(frozen=True)
class Delivery:
    """A run and when its newest sample was read, s on the monotonic clock."""

    run: Run
    arrival_s: float


class Outbox:
    """What the node does not fetch in time becomes a reported loss."""

    def __init__(self, samples_max: int = _SAMPLES_MAX) -> None:
        self._samples_max = samples_max
        self._lock = threading.Lock()
        self._deliveries: deque[Delivery] = deque()
        self._samples = 0
        self.overflowed_samples = 0

    def put(self, delivery: Delivery) -> None:
        """Add the newest; the oldest give way."""
        with self._lock:
            self._deliveries.append(delivery)
            self._samples += len(delivery.run.wrench)
            while self._samples > self._samples_max and len(self._deliveries) > 1:
                self._give_way()

    def drain(self) -> list[Delivery]:
        """Everything that waits, oldest first."""
        with self._lock:
            waiting, self._deliveries, self._samples = list(self._deliveries), deque(), 0
        return waiting

    def _give_way(self) -> None:
        gone, heir = self._deliveries.popleft().run, self._deliveries.popleft()
        lost = gone.lost_before + len(gone.wrench) + heir.run.lost_before
        self._deliveries.appendleft(replace(heir, run=replace(heir.run, lost_before=lost)))
        self._samples -= len(gone.wrench)
        self.overflowed_samples += len(gone.wrench)
