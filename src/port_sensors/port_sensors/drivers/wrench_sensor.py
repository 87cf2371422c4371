"""Drives one device that streams wrenches, whatever its wire: configures, starts, accounts, reconnects, stops in order.

Hands over runs of samples through a bounded outbox and keeps nothing else. Calibrates nothing, stamps nothing.
"""

import time

from port_ros.machine_load import remedy_for_late
from port_sensors.core.accounting import Accounting, Run, Totals, UncountedAccounting
from port_sensors.drivers.link import Device
from port_sensors.drivers.outbox import Delivery, Outbox
from port_sensors.protocol.wrench_protocol import Exchange, WrenchProtocol
from port_sensors.transport.port import Port, check_path, open_port
from port_sensors.transport.serial_port import LinkLost

_READ_S = 0.05
#: Adapters hand over what they have every millisecond: after less than this much of the stream let more come together.
_GATHER_S = 0.004
_CHUNKS_MOST = 256
_ANSWER_S = 0.4
_TRIES = 3
#: A device that was streaming when its cable was pulled still is: listen this long before configuring it anew.
_LISTEN_S = 0.3
_SILENT_S = 1.0
_DEAD_S = 3.0
#: How long the rest of a stream may take to come in; a device that does not answer has ended when it is silent.
_END_S = 1.0
_END_SILENT_S = 0.3


class WrenchSensor(Device[Port]):
    """One device on `path`, speaking `protocol`. Raises ValueError for a path that can be none."""

    def __init__(self, name: str, path: str, baud: int, protocol: WrenchProtocol) -> None:
        super().__init__(name, path, baud)
        try:
            check_path(path)
        except ValueError as error:
            raise ValueError(f"port: {error}") from error
        self.rejected_bytes = 0
        self.last_data_s = float("-inf")
        self.temperature_c: float | None = None
        self._protocol = protocol
        rate_hz = protocol.settings.rate_hz
        self._gather_bytes = round(_GATHER_S * rate_hz * protocol.frame_bytes)
        self._accounting = Accounting(rate_hz, protocol.turn) if protocol.turn else UncountedAccounting(rate_hz)
        self._outbox = Outbox()
        self._counting = False

    @property
    def check(self) -> str:
        """What guards a frame on this wire, in words."""
        return self._protocol.check

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

    def _open(self) -> Port:
        return open_port(self._path, self._baud)

    def _serve(self, port: Port) -> None:
        self._begin(port)
        self._is_up()
        asked_s = time.monotonic()
        while not self._stop.is_set():
            self._take(*self._read(port))
            now_s = time.monotonic()
            if now_s - self.last_data_s > _DEAD_S:
                remedy = remedy_for_late("check the device's power and its cable")
                raise LinkLost(f"{port.path}: no data for {_DEAD_S:g} s", remedy)
            if now_s - max(self.last_data_s, asked_s) > _SILENT_S:
                asked_s = now_s
                port.write(self._protocol.start().send)
        self._end(port)

    def _read(self, port: Port) -> list[bytes]:
        """What has come: after little of it, what comes in the next few milliseconds, too."""
        chunks = [port.read(_READ_S)]
        if 0 < len(chunks[0]) < self._gather_bytes:
            time.sleep(_GATHER_S)
            while len(chunks) < _CHUNKS_MOST and (more := port.read(0.0)):
                chunks.append(more)
        return chunks

    def _begin(self, port: Port) -> None:
        """Have the device stream; raises LinkLost if it will not."""
        self.rejected_bytes += self._protocol.forget()
        if self._counting and self._hears_data(port, _LISTEN_S, time.monotonic()):
            return
        for exchange in self._protocol.configuration():
            self._carry_out(port, exchange)
        self._counting = True
        start, asked_s = self._protocol.start(), time.monotonic()
        self._carry_out(port, start)
        if not self._hears_data(port, _SILENT_S, asked_s):
            remedy = remedy_for_late("switch the device off and on again")
            raise LinkLost(f"{port.path}: no data after {start.name}", remedy)

    def _carry_out(self, port: Port, exchange: Exchange) -> None:
        """Send until it is answered; raises LinkLost if it is refused or never answered."""
        for _ in range(_TRIES):
            port.write(exchange.send)
            if exchange.judge is None:
                return
            verdict = self._await_verdict(port, exchange, _ANSWER_S)
            if verdict:
                return
            if verdict is False:
                raise LinkLost(f"{port.path}: {exchange.name} refused", "check rate_hz against the device's manual")
        remedy = remedy_for_late("check the device's power, `port` and `baud`")
        raise LinkLost(f"{port.path}: no answer to {exchange.name}", remedy)

    def _await_verdict(self, port: Port, exchange: Exchange, within_s: float) -> bool | None:
        deadline_s = time.monotonic() + within_s
        while time.monotonic() < deadline_s and not self._stop.is_set():
            if (verdict := self._verdict(exchange, self._take(port.read(_READ_S)))) is not None:
                return verdict
        return None

    def _verdict(self, exchange: Exchange, answers: tuple[bytes, ...]) -> bool | None:
        """What the answers say about `exchange`; None if none is meant for it."""
        assert exchange.judge is not None
        verdicts = [verdict for answer in answers if (verdict := exchange.judge(answer)) is not None]
        return verdicts[-1] if verdicts else None

    def _hears_data(self, port: Port, within_s: float, since_s: float) -> bool:
        """Whether samples come, or have come since `since_s`: the first may come with the answer to the start."""
        deadline_s = time.monotonic() + within_s
        while self.last_data_s < since_s and time.monotonic() < deadline_s and not self._stop.is_set():
            self._take(port.read(_READ_S))
        return self.last_data_s >= since_s

    def _end(self, port: Port) -> None:
        """Stop the stream and take what is still on the wire, so that our account closes with the device's."""
        stop = self._protocol.stop()
        port.write(stop.send)
        deadline_s = time.monotonic() + _END_S
        while time.monotonic() < deadline_s:
            data = port.read(_END_SILENT_S)
            answers = self._take(data)
            ended = not data if stop.judge is None else self._verdict(stop, answers) is not None
            if ended:
                break
        self._deliver(self._accounting.flush(), time.monotonic())

    def _take(self, *chunks: bytes) -> tuple[bytes, ...]:
        """Parse, account and hand over; returns the answers among the bytes.

        Samples from before our own start belong to somebody else's stream and are not counted.
        """
        if not any(chunks):
            return ()
        now_s = time.monotonic()
        batch = self._protocol.feed_all(chunks)
        self.rejected_bytes += batch.rejected_bytes if self._counting else 0
        if batch.temperature_c is not None:
            self.temperature_c = batch.temperature_c
        if self._counting and len(batch.numbers):
            elapsed_s = now_s - self.last_data_s if self.last_data_s > 0 else 0.0
            self.last_data_s = now_s
            self._deliver(self._accounting.take(batch.numbers, batch.wrench, elapsed_s, batch.status), now_s)
        return batch.answers

    def _deliver(self, runs: list[Run], arrival_s: float) -> None:
        for run in runs:
            self._outbox.put(Delivery(run, arrival_s))
