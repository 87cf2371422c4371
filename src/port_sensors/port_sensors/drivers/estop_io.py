"""Drives an e-stop station behind a Waveshare Modbus RTU IO 8CH: polls its contacts, writes its watchdog output.

What is written to the watchdog is decided by core.watchdog from the gate's heartbeats; this thread carries it out and
never feeds it on its own account. Knows no ROS and no wiring.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from port_sensors.core.watchdog import Action, Watchdog
from port_sensors.drivers.link import SerialDevice
from port_sensors.protocol import waveshare_8ch
from port_sensors.transport.serial_port import LinkLost, SerialPort

#: On top of the time the bytes take: the module's turn-round, the adapter's latency, a busy processor.
_TURN_ROUND_S = 0.03
#: No valid answer for this long: close the port and begin anew.
_DEAD_S = 0.5
_BITS_A_BYTE = 10


@dataclass(frozen=True)
class Module:
    """Where the module is and how it is used. hold_s: how long the watchdog output stays on unrenewed."""

    path: str
    baud: int
    unit_id: int
    poll_hz: float
    output: int
    hold_s: float

    def __post_init__(self) -> None:
        if not 1 <= self.unit_id <= 247:
            raise ValueError(f"unit_id: {self.unit_id} is outside 1…247")
        if not 50 <= self.poll_hz <= 1000:
            raise ValueError(f"poll_hz: {self.poll_hz} is outside 50…1000")
        waveshare_8ch.hold_output(self.unit_id, self.output, self.hold_s)


class WaveshareStation(SerialDevice):
    """One station. `on_answer(inputs, monotonic_s, system_ns)` is called from the driver's thread: keep it short."""

    def __init__(self, name: str, module: Module, on_answer: Callable[[tuple[bool, ...], float, int], None]) -> None:
        super().__init__(name, module.path, module.baud)
        self.answered = self.unanswered = self.rejected_bytes = 0
        self._module = module
        self._on_answer = on_answer
        self._read = waveshare_8ch.read_inputs(module.unit_id)
        self._writes = {
            Action.RENEW: waveshare_8ch.hold_output(module.unit_id, module.output, module.hold_s),
            Action.RELEASE: waveshare_8ch.release_output(module.unit_id, module.output),
        }
        self._watchdog = Watchdog(module.hold_s)
        self._lock = threading.Lock()
        self._wake = threading.Event()

    def heartbeat(self, sequence: int, enable: bool, age_s: float) -> None:
        """The gate's heartbeat, stamped `age_s` ago. Called from any thread."""
        with self._lock:
            urgent = self._watchdog.heartbeat(sequence, enable, age_s, time.monotonic())
        if urgent:
            self._wake.set()

    def account(self) -> dict[str, int]:
        """Answers received, requests that got none in time, bytes that were no answer."""
        return {"received": self.answered, "reported_lost": self.unanswered, "rejected": self.rejected_bytes}

    def stop(self) -> None:
        """Have the thread switch the watchdog output off and end; returns at once."""
        super().stop()
        self._wake.set()

    def _serve(self, port: SerialPort) -> None:
        port.discard_input()
        next_s = answered_s = time.monotonic()
        while not self._stop.is_set():
            self._write_if_due(port)
            if self._poll(port):
                answered_s = time.monotonic()
            elif time.monotonic() - answered_s > _DEAD_S:
                raise LinkLost(f"{port.path}: no valid answer", "check power, A/B wires, `baud` and `unit_id`")
            next_s = max(next_s + 1 / self._module.poll_hz, time.monotonic())
            self._wake.wait(next_s - time.monotonic())
            self._wake.clear()
        self._exchange(port, self._writes[Action.RELEASE])

    def _poll(self, port: SerialPort) -> bool:
        answer = self._exchange(port, self._read)
        if answer is None:
            return False
        now_s, stamp_ns = time.monotonic(), time.time_ns()
        self._is_up()
        self._on_answer(waveshare_8ch.contacts(answer), now_s, stamp_ns)
        return True

    def _write_if_due(self, port: SerialPort) -> None:
        now_s = time.monotonic()
        with self._lock:
            action = self._watchdog.due(now_s)
        if action is Action.NOTHING or self._exchange(port, self._writes[action]) is None:
            return
        with self._lock:
            self._watchdog.written(action, now_s)

    def _exchange(self, port: SerialPort, request: waveshare_8ch.Request) -> bytes | None:
        """Send and wait for the answer; None if none comes in time. Raises LinkLost, also if the module refuses."""
        port.discard_input()
        port.write(request.frame)
        wire_s = (len(request.frame) + request.answer_bytes) * _BITS_A_BYTE / self._baud
        deadline_s = time.monotonic() + wire_s + _TURN_ROUND_S
        received = b""
        while (left_s := deadline_s - time.monotonic()) > 0:
            received = (received + port.read(left_s))[-256:]
            try:
                answer = waveshare_8ch.find_answer(received, request)
            except waveshare_8ch.Refused as error:
                remedy = "check that a Modbus RTU IO 8CH is on this port"
                raise LinkLost(f"{port.path}: request refused ({error})", remedy) from error
            if answer is not None:
                self.answered += 1
                return answer
        self.unanswered += 1
        self.rejected_bytes += len(received)
        return None
