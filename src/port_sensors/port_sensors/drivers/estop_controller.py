"""Drives an e-stop station with a microcontroller over the e-stop link: takes what it pushes, sends it heartbeats.

Whether its word counts is decided by core.estop_link. A heartbeat that holds the relay is sent for each of the gate's
own and for nothing else: what this thread sends by itself keeps the link alive and renews nothing. Knows no ROS.
"""

import secrets
import threading
import time
from typing import Any

import msgspec

from port_ros.machine_load import remedy_for_late
from port_sensors.core.estop import LOST_AFTER_S, Contacts
from port_sensors.core.estop_link import EstopLink, Terms
from port_sensors.core.frame_count import FrameCount
from port_sensors.core.serial_line import check_capacity, check_serial
from port_sensors.core.watchdog import FRESH_S, Beats
from port_sensors.drivers.estop_station import EstopStation, Listener
from port_sensors.protocol.estop_link import STATE_BYTES, Frame, Parser, State, Word, encode
from port_sensors.transport.serial_port import LinkLost, SerialPort

#: A heartbeat leaves at least this often, whether the gate speaks or not: the station echoes its challenge.
_BEAT_S = 0.025
#: No valid frame for this long: close the port and begin anew.
_DEAD_S = 0.5
#: How often a station says what it sees (docs/estop_link.md).
_STATES_HZ = 100.0


class ControllerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The station's block of the ground's file. watchdog_s: how long the station holds its relay unrenewed.

    answer_s: within it the station must have answered a challenge.
    """

    port: str
    baud: int
    station_id: int
    watchdog_s: float
    lost_after_s: float = LOST_AFTER_S
    answer_s: float = LOST_AFTER_S

    def __post_init__(self) -> None:
        self.terms()
        check_serial(self.port, "estop_link")
        check_capacity(self.baud, STATE_BYTES, _STATES_HZ)

    def terms(self) -> Terms:
        return Terms(self.station_id, self.watchdog_s, self.lost_after_s, self.answer_s)


class ControllerStation(EstopStation):
    """One station; `listener` is called from the driver's thread."""

    settings_kind = ControllerSettings
    slow_remedy = "check the line, and that the station says what it sees as often as docs/estop_link.md has it"
    late_doubts = "no valid frame for", "loss:", "unacceptable delay:"
    rate_hz = _STATES_HZ

    def __init__(self, name: str, settings: ControllerSettings, listener: Listener) -> None:
        super().__init__(name, settings.port, settings.baud)
        self._terms = settings.terms()
        self._listener = listener
        self._lock = threading.Lock()
        self._beats = Beats()
        self._word, self._word_s = Word.NONE, float("-inf")
        self._spoke_s = float("-inf")
        self._port: SerialPort | None = None
        self._parser = Parser()
        self._estop_link = EstopLink(self._terms, _session())
        self._frames = FrameCount()
        self._earlier = {"faults": 0, "rejected": 0}
        self._relay = "not known yet"

    def heartbeat(self, sequence: int, enable: bool, age_s: float) -> None:
        """The gate's heartbeat, stamped `age_s` ago. Called from any thread."""
        now_s = time.monotonic()
        with self._lock:
            said = self._beats.take(sequence, enable, age_s, now_s)
            if said is not None:
                self._word, self._word_s = Word.HOLD if said else Word.RELEASE, now_s
                if self._port is not None:
                    self._port.wake()

    def doubt(self, now_s: float) -> str:
        """Why the station's word does not count now, with what mends it; empty if it counts."""
        closed = super().doubt(now_s)
        with self._lock:
            return closed or self._estop_link.trust(now_s).reason

    def account(self) -> dict[str, int | None]:
        """Frames received and missing by their sequence, those that said what they must not, bytes of no frame."""
        with self._lock:
            others = {key: count + self._earlier[key] for key, count in self._counts().items()}
            return {**self._frames.account(), **others}

    def values(self) -> dict[str, Any]:
        """What diagnostics show of the link. delay_ms: at most this long from the sampling to us."""
        account = self.account()
        with self._lock:
            return {
                "lost_frames": account["reported_lost"], "faults": account["faults"], "relay": self._relay,
                "rejected_bytes": account["rejected"], "delay_ms": f"{self._estop_link.delay_s * 1e3:.1f}",
            }  # fmt: skip

    def stop(self) -> None:
        """Have the thread open the relay and end; returns at once."""
        super().stop()
        with self._lock:
            if self._port is not None:
                self._port.wake()

    def _serve(self, port: SerialPort) -> None:
        port.discard_input()
        self._begin(port)
        try:
            heard_s = time.monotonic()
            while not self._stop.is_set():
                self._speak(port)
                if self._hear(port.read(max(0.0, self._spoke_s + _BEAT_S - time.monotonic()))):
                    heard_s = time.monotonic()
                elif time.monotonic() - heard_s > _DEAD_S:
                    remedy = remedy_for_late("check power, RX/TX wires, `baud` and the station")
                    raise LinkLost(f"{port.path}: no valid frame", remedy)
            self._send(port, Word.RELEASE)
        finally:
            with self._lock:
                self._port = None

    def _begin(self, port: SerialPort) -> None:
        """A new opening is a new session: nothing of an earlier one is to be taken for this one's."""
        with self._lock:
            for key, count in self._counts().items():
                self._earlier[key] += count
            self._parser, self._estop_link, self._port = Parser(), EstopLink(self._terms, _session()), port

    def _counts(self) -> dict[str, int]:
        return {"faults": self._estop_link.faults, "rejected": self._parser.rejected_bytes}

    def _speak(self, port: SerialPort) -> None:
        """Pass the gate's word on at once; without one keep the link alive."""
        now_s = time.monotonic()
        with self._lock:
            word, self._word = self._word, Word.NONE
            if word is Word.HOLD and now_s - self._word_s > FRESH_S:
                word = Word.NONE
        if word is not Word.NONE or now_s - self._spoke_s >= _BEAT_S:
            self._send(port, word)

    def _send(self, port: SerialPort, word: Word) -> None:
        now_s = time.monotonic()
        with self._lock:
            beat = self._estop_link.beat(word, _session(), now_s)
        port.write(encode(beat))
        self._spoke_s = now_s

    def _hear(self, data: bytes) -> bool:
        """Whether there was a frame in `data`."""
        frames = self._parser.feed(data) if data else []
        for frame in frames:
            self._take(frame, time.monotonic())
        return bool(frames)

    def _take(self, frame: Frame, now_s: float) -> None:
        with self._lock:
            if isinstance(frame, State) and frame.station == self._terms.station:
                self._frames.take(frame.session, frame.sequence)
            trusted = self._estop_link.trust(now_s).ok
            counts = self._estop_link.take(frame, now_s)
            delay_s = self._estop_link.delay_s
        self._is_up()
        if counts and isinstance(frame, State):
            self._relay = frame.relay.name.lower()
            contacts = Contacts(frame.channel_a_closed, frame.channel_b_closed, frame.reset_pressed, frame.relay_closed)
            self._listener(contacts, now_s, time.time_ns() - round(delay_s * 1e9))
        elif trusted:
            self._listener(None, now_s, time.time_ns())


def _session() -> int:
    """32 random bits, not 0: a session or a challenge."""
    return 1 + secrets.randbelow((1 << 32) - 1)
