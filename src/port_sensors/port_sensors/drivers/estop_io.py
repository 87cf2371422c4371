"""Drives an e-stop station behind a Waveshare Modbus RTU IO 8CH: polls its contacts, writes its watchdog output.

What is written to the watchdog is decided by core.watchdog from the gate's heartbeats; this thread carries it out and
never feeds it on its own account. Knows no ROS.

Modbus does not number its questions, so that an answer which comes late, or which nobody asked for, looks like a fresh
one. So now and then, when nobody can foresee it, something else is asked, whose answer looks different: whoever answers
late, or without listening, soon gives the answer to another question, and the link is not trusted any more
(unacceptable delay and insertion, IEC 61784-3).
"""

import random
import threading
import time
from typing import Any

import msgspec

from port_ros.machine_load import remedy_for_late
from port_sensors.core.estop import LOST_AFTER_S, Station, Wiring
from port_sensors.core.serial_line import check_capacity, check_serial
from port_sensors.core.watchdog import Action, Watchdog
from port_sensors.drivers.estop_station import EstopStation, Listener
from port_sensors.protocol import waveshare_8ch
from port_sensors.transport.serial_port import LinkLost, SerialPort

#: On top of the time the bytes take: the module's turn-round, the adapter's latency, a busy processor.
_TURN_ROUND_S = 0.05
#: No valid answer for this long: close the port and begin anew.
_DEAD_S = 0.5
_BITS_A_BYTE = 10
#: So often a poll has another question before it; so many questions of either kind are asked before a link is trusted.
_OTHER_SHARE = 0.25
_OPENING = 8
_LATE_REMEDY = "nothing that stores bytes, and no second master, may be between this machine and the module"
#: At the end the output is released so often before it is left to run out by itself.
_LAST_TRIES = 3
_ECHO_REMEDY = "the RS-485 adapter sends back what is sent: switch its local echo off"


class Inputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which input of the module carries what, 0…7."""

    channel_a: int
    channel_b: int
    reset: int
    relay: int

    def __post_init__(self) -> None:
        self.wiring()

    def wiring(self) -> Wiring:
        return Wiring(self.channel_a, self.channel_b, self.reset, self.relay)


class WaveshareSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The station's block of the ground's file. watchdog_s: how long the watchdog output stays on unrenewed."""

    port: str
    baud: int
    unit_id: int
    inputs: Inputs
    watchdog_output: int
    watchdog_s: float
    poll_hz: float
    lost_after_s: float = LOST_AFTER_S

    def __post_init__(self) -> None:
        if not 1 <= self.unit_id <= 247:
            raise ValueError(f"unit_id: {self.unit_id} is outside 1…247")
        if not 50 <= self.poll_hz <= 1000:
            raise ValueError(f"poll_hz: {self.poll_hz} is outside 50…1000")
        Station(self.lost_after_s)
        renew = waveshare_8ch.hold_output(self.unit_id, self.watchdog_output, self.watchdog_s)
        read = waveshare_8ch.read_inputs(self.unit_id)
        check_serial(self.port, "waveshare_8ch")
        check_capacity(self.baud, len(read.frame) + read.answer_bytes, self.poll_hz, "poll_hz")
        self._check_silence(2 * (len(read.frame) + len(renew.frame)) * _BITS_A_BYTE / self.baud)

    def _check_silence(self, exchanges_s: float) -> None:
        """A sound station must be able to answer before it is called lost, also where the output is renewed first."""
        least_s = 1.0 / self.poll_hz + exchanges_s
        if self.lost_after_s < least_s:
            problem = f"lost_after_s: {self.lost_after_s} is less than a poll takes ({least_s:.3f} s)"
            raise ValueError(f"{problem}; write more, or poll faster")


class WaveshareStation(EstopStation):
    """One station; `listener` is called from the driver's thread."""

    settings_kind = WaveshareSettings
    slow_remedy = "look for what slows the line or the module down, or set poll_hz to what it can do"

    def __init__(self, name: str, settings: WaveshareSettings, listener: Listener) -> None:
        super().__init__(name, settings.port, settings.baud)
        self.answered = self.unanswered = self.rejected_bytes = 0
        self.rate_hz = settings.poll_hz
        self._listener = listener
        self._wiring = settings.inputs.wiring()
        self._read = waveshare_8ch.read_inputs(settings.unit_id)
        self._read_back = waveshare_8ch.read_outputs(settings.unit_id)
        self._output = settings.watchdog_output
        self._writes = {
            Action.RENEW: waveshare_8ch.hold_output(settings.unit_id, settings.watchdog_output, settings.watchdog_s),
            Action.RELEASE: waveshare_8ch.release_output(settings.unit_id, settings.watchdog_output),
        }
        self._watchdog = Watchdog(settings.watchdog_s)
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._echoes: bool | None = None
        self._dice = random.SystemRandom()
        self._timed_out = False

    def heartbeat(self, sequence: int, enable: bool, age_s: float) -> None:
        """The gate's heartbeat, stamped `age_s` ago. Called from any thread."""
        with self._lock:
            urgent = self._watchdog.heartbeat(sequence, enable, age_s, time.monotonic())
        if urgent:
            self._wake.set()

    def account(self) -> dict[str, int | None]:
        """Answers received, requests that got none in time, bytes that were no answer."""
        return {"received": self.answered, "unanswered": self.unanswered, "rejected": self.rejected_bytes}

    def values(self) -> dict[str, Any]:
        """What diagnostics show of the link."""
        return {"unanswered": self.unanswered}

    def advice(self) -> str:
        """What should be mended though everything works; empty if nothing."""
        return _ECHO_REMEDY if self._echoes else ""

    def stop(self) -> None:
        """Have the thread switch the watchdog output off and end; returns at once."""
        super().stop()
        self._wake.set()

    def _serve(self, port: SerialPort) -> None:
        port.discard_input()
        self._echoes = None
        self._open_up(port)
        next_s = answered_s = time.monotonic()
        while not self._stop.is_set():
            self._write_if_due(port)
            if self._dice.random() < _OTHER_SHARE:
                self._ask(port, self._read_back)
            if self._poll(port):
                answered_s = time.monotonic()
            elif time.monotonic() - answered_s > _DEAD_S:
                raise _no_answer(port)
            next_s = max(next_s + 1 / self.rate_hz, time.monotonic())
            self._wake.wait(next_s - time.monotonic())
            self._wake.clear()
        for _ in range(_LAST_TRIES):
            if self._write(port, Action.RELEASE):
                break

    def _open_up(self, port: SerialPort) -> None:
        """Nothing is believed before answers have fitted their questions; tells whether there is an echo, too."""
        begun_s, fitting = time.monotonic(), 0
        while fitting < _OPENING and not self._stop.is_set():
            if self._ask(port, self._dice.choice((self._read, self._read_back))) is not None:
                fitting += 1
            elif time.monotonic() - begun_s > _DEAD_S:
                raise _no_answer(port)

    def _ask(self, port: SerialPort, request: waveshare_8ch.Request) -> waveshare_8ch.Answer | None:
        """The answer to a question, and whether the line echoes."""
        answer = self._exchange(port, request)
        if answer is not None and answer.echoed is not None:
            self._echoes = answer.echoed
        return answer

    def _poll(self, port: SerialPort) -> bool:
        answer = self._ask(port, self._read)
        if answer is None:
            return False
        now_s, stamp_ns = time.monotonic(), time.time_ns()
        self._is_up()
        self._listener(self._wiring.contacts(waveshare_8ch.states(answer)), now_s, stamp_ns)
        return True

    def _write_if_due(self, port: SerialPort) -> None:
        now_s = time.monotonic()
        with self._lock:
            action = self._watchdog.due(now_s)
        if action is not Action.NOTHING and self._write(port, action):
            with self._lock:
                self._watchdog.written(action, now_s)

    def _write(self, port: SerialPort, action: Action) -> bool:
        """Whether the module has done it. A release counts when the output is read back as off, and not before.

        A renewal that is taken for done though it was lost lets the output open early, which is safe: no reading back.
        """
        answer = self._exchange(port, self._writes[action])
        if action is Action.RENEW:
            return answer is not None
        outputs = self._exchange(port, self._read_back)
        return outputs is not None and not waveshare_8ch.states(outputs)[self._output]

    def _exchange(self, port: SerialPort, request: waveshare_8ch.Request) -> waveshare_8ch.Answer | None:
        """Send and wait for the answer; None if none comes in time.

        Raises LinkLost, also if the module refuses, or if the answer is one to another question. Right after a question
        that nobody answered in time such an answer is only that one, late: on a busy machine that happens.
        """
        after_time_out, self._timed_out = self._timed_out, False
        port.discard_input()
        port.write(request.frame)
        wire_s = (len(request.frame) + request.answer_bytes) * _BITS_A_BYTE / self._baud
        deadline_s = time.monotonic() + wire_s + _TURN_ROUND_S
        received = b""
        while (left_s := deadline_s - time.monotonic()) > 0:
            received = (received + port.read(left_s))[-256:]
            if (answer := self._answer_among(received, request, port.path, after_time_out)) is not None:
                self.answered += 1
                return answer
        self.unanswered += 1
        self._timed_out = True
        self.rejected_bytes += len(received.replace(request.frame, b"", 1) if self._echoes else received)
        return None

    def _answer_among(
        self, received: bytes, request: waveshare_8ch.Request, path: str, after_time_out: bool
    ) -> waveshare_8ch.Answer | None:
        """The answer to `request`, if it is there; raises LinkLost for a refusal or for an answer to something else."""
        try:
            # An echo that is not ruled out is expected: a copy of our own must never pass for an answer.
            answer = waveshare_8ch.find_answer(received, request, self._echoes is not False)
            others = [one for one in (self._read, self._read_back) if one is not request]
            other = answer is None and any(waveshare_8ch.find_answer(received, one) for one in others)
        except waveshare_8ch.Refused as error:
            remedy = "check that a Modbus RTU IO 8CH is on this port"
            raise LinkLost(f"{path}: request refused ({error})", remedy) from error
        if other and not after_time_out:
            raise LinkLost(f"{path}: answers come late, or to what nobody asked", remedy_for_late(_LATE_REMEDY))
        return answer


def _no_answer(port: SerialPort) -> LinkLost:
    remedy = remedy_for_late("check power, A/B wires, `baud` and `unit_id`")
    return LinkLost(f"{port.path}: no valid answer", remedy)
