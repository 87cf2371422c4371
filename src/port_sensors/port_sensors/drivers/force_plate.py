"""Drives one SRI M8128/M8123 box with a force plate: configures it, streams, accounts, reconnects, stops in order.

Hands over runs of samples through a bounded outbox and keeps nothing else. Calibrates nothing, stamps nothing.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass, replace

from port_sensors.core.accounting import Accounting, Run, Totals
from port_sensors.drivers.link import SerialDevice
from port_sensors.protocol import sri_m8128
from port_sensors.transport.serial_port import LinkLost, SerialPort

_READ_S = 0.05
_ANSWER_S = 0.4
_TRIES = 3
#: A box that was streaming when its cable was pulled still is: listen this long before configuring it anew.
_LISTEN_S = 0.3
_SILENT_S = 1.0
_DEAD_S = 3.0
_OUTBOX_SAMPLES = 20_000


@dataclass(frozen=True)
class Delivery:
    """A run and when its newest sample was read, s on the monotonic clock."""

    run: Run
    arrival_s: float


class Outbox:
    """Runs on their way to the node, bounded: what the node does not fetch in time becomes a reported loss."""

    def __init__(self, samples_max: int = _OUTBOX_SAMPLES) -> None:
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


class SriForcePlate(SerialDevice):
    """One box on `path`, streaming at `rate_hz`."""

    def __init__(self, name: str, path: str, baud: int, rate_hz: float) -> None:
        super().__init__(name, path, baud)
        self.rejected_bytes = 0
        self.last_data_s = float("-inf")
        self._rate_hz = rate_hz
        self._parser = sri_m8128.Parser()
        self._accounting = Accounting(rate_hz)
        self._outbox = Outbox()
        self._counting = False

    @property
    def totals(self) -> Totals:
        """The account of samples so far."""
        return self._accounting.totals

    @property
    def overflowed_samples(self) -> int:
        """Samples received that the node did not fetch in time; reported as lost."""
        return self._outbox.overflowed_samples

    def drain(self) -> list[Delivery]:
        """The runs since the last call."""
        return self._outbox.drain()

    def _serve(self, port: SerialPort) -> None:
        self._begin(port)
        self._is_up()
        asked_s = time.monotonic()
        while not self._stop.is_set():
            self._take(port.read(_READ_S))
            now_s = time.monotonic()
            if now_s - self.last_data_s > _DEAD_S:
                raise LinkLost(f"{port.path}: no data for {_DEAD_S:g} s", "check the box's power and its cable")
            if now_s - max(self.last_data_s, asked_s) > _SILENT_S:
                asked_s = now_s
                port.write(sri_m8128.START)
        self._end(port)

    def _begin(self, port: SerialPort) -> None:
        """Have the box stream; raises LinkLost if it will not."""
        if self._counting and self._hears_data(port, _LISTEN_S):
            return
        for command in (sri_m8128.STOP, *sri_m8128.configuration(self._rate_hz)):
            self._command(port, command)
        self._counting = True
        port.write(sri_m8128.START)
        if not self._hears_data(port, _SILENT_S):
            raise LinkLost(f"{port.path}: no data after AT+GSD", "switch the box off and on again")

    def _command(self, port: SerialPort, command: bytes) -> None:
        """Send a command until it is answered; raises LinkLost if it is refused or never answered."""
        text = command.decode("ascii").strip()
        for _ in range(_TRIES):
            port.write(command)
            answer = self._await_answer(port, command)
            if answer and sri_m8128.accepted(answer):
                return
            if answer:
                raise LinkLost(f"{port.path}: {text} refused ({answer})", "check rate_hz against the box's manual")
        raise LinkLost(f"{port.path}: no answer to {text}", "check the box's power, `port` and `baud`")

    def _await_answer(self, port: SerialPort, command: bytes) -> str | None:
        deadline_s = time.monotonic() + _ANSWER_S
        while time.monotonic() < deadline_s and not self._stop.is_set():
            for answer in self._take(port.read(_READ_S)):
                if sri_m8128.answers_to(command, answer):
                    return answer
        return None

    def _hears_data(self, port: SerialPort, within_s: float) -> bool:
        began_s = time.monotonic()
        while time.monotonic() < began_s + within_s and not self._stop.is_set():
            self._take(port.read(_READ_S))
            if self.last_data_s > began_s:
                return True
        return False

    def _end(self, port: SerialPort) -> None:
        """Stop the stream and take what is still on the wire, so that our account closes with the box's."""
        port.write(sri_m8128.STOP)
        self._await_answer_for_end(port)
        self._deliver(self._accounting.flush(), time.monotonic())

    def _await_answer_for_end(self, port: SerialPort) -> None:
        deadline_s = time.monotonic() + 1.0
        while time.monotonic() < deadline_s:
            data = port.read(0.3)
            if not data or any(sri_m8128.answers_to(sri_m8128.STOP, answer) for answer in self._take(data)):
                return

    def _take(self, data: bytes) -> tuple[str, ...]:
        """Parse, account and hand over; returns the answers among the bytes.

        Samples from before our own start belong to somebody else's stream and are not counted.
        """
        if not data:
            return ()
        now_s = time.monotonic()
        batch = self._parser.feed(data)
        self.rejected_bytes += batch.rejected_bytes if self._counting else 0
        if self._counting and len(batch.numbers):
            elapsed_s = now_s - self.last_data_s if self.last_data_s > 0 else 0.0
            self.last_data_s = now_s
            self._deliver(self._accounting.take(batch.numbers, batch.wrench, elapsed_s), now_s)
        return batch.answers

    def _deliver(self, runs: list[Run], arrival_s: float) -> None:
        for run in runs:
            self._outbox.put(Delivery(run, arrival_s))
