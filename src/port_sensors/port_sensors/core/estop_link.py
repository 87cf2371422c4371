"""Whether the word of an e-stop station is to be trusted now, and if not, why: the host's end of the e-stop link.

Against each communication error of IEC 61784-3 stands a check here or in the codec (docs/estop_link.md has the table):
a frame that passed its CRC and still says what it must not takes the trust away at once; noise counts as loss, and
silence takes it after `lost_after_s`. Trust comes back after `CLEAN_S` without a fault. Times are seconds on one
monotonic clock and are arguments; knows no port, no thread and no ROS.
"""

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum

from port_sensors.protocol.estop_link import HOLD_STEP_S, STATION_MAX, Frame, Heartbeat, State, Word

#: How long the link must be without a fault before it is trusted.
CLEAN_S = 0.2
#: Inputs that were sampled longer ago than this are no news: the station's sampling hangs.
SAMPLE_AGE_S = 0.02
#: More frames than this missing in a row are a fault even if what follows them is in time.
GAP_FRAMES = 8
#: Challenges remembered: more than a serial adapter's buffers can hold back.
_CHALLENGES = 1024
_MODULUS = 1 << 32


class Phase(Enum):
    """Where the link stands."""

    NEVER = "no frame yet"
    JOINING = "frames come, not long enough without a fault"
    TRUSTED = "what the station says counts"
    FAULTED = "a frame said what it must not"
    LOST = "silence"


@dataclass(frozen=True)
class Terms:
    """What host and station have agreed on. hold_s: how long the station's relay stays closed unrenewed.

    lost_after_s: the silence that ends the trust. answer_s: within it a challenge must have come back.
    """

    station: int
    hold_s: float
    lost_after_s: float
    answer_s: float

    def __post_init__(self) -> None:
        if not 1 <= self.station <= STATION_MAX:
            raise ValueError(f"station_id: {self.station} is outside 1…{STATION_MAX}")
        if (
            not HOLD_STEP_S <= self.hold_s <= 2.0
            or abs(self.hold_s / HOLD_STEP_S - round(self.hold_s / HOLD_STEP_S)) > 1e-6
        ):
            near = min(2.0, max(HOLD_STEP_S, round(self.hold_s / HOLD_STEP_S) * HOLD_STEP_S))
            raise ValueError(f"watchdog_s: {self.hold_s} is no multiple of {HOLD_STEP_S} s up to 2 s; write {near:.2f}")
        for key in ("lost_after_s", "answer_s"):
            if not 0.0 < getattr(self, key) <= 1.0:
                raise ValueError(f"{key}: {getattr(self, key)} is outside 0…1 s")


@dataclass(frozen=True)
class Trust:
    """ok: the newest frame counts. reason: else why not, in one line with its remedy."""

    phase: Phase
    reason: str

    @property
    def ok(self) -> bool:
        return self.phase is Phase.TRUSTED


class EstopLink:
    """The host's end, for one opening of the port. session: chosen anew by the caller each time, not 0."""

    def __init__(self, terms: Terms, session: int) -> None:
        self.frames = self.lost_frames = self.faults = 0
        #: No longer ago than this the newest frame was sampled when it arrived: measured by challenge and echo.
        self.delay_s = float("nan")
        self._terms = terms
        self._session = session
        self._phase, self._reason = Phase.NEVER, "no frame from the station: check its power, its cable and `baud`"
        self._station_session = 0
        self._sequence = 0
        self._beats = 0
        self._challenges: OrderedDict[int, float] = OrderedDict()
        self._heard_s = float("-inf")
        self._clean_since_s = float("inf")

    def beat(self, word: Word, challenge: int, now_s: float) -> Heartbeat:
        """The next heartbeat to send. challenge: 32 random bits, not 0."""
        self._beats = (self._beats + 1) % _MODULUS
        self._challenges[challenge] = now_s
        if len(self._challenges) > _CHALLENGES:
            self._challenges.popitem(last=False)
        terms = self._terms
        return Heartbeat(
            terms.station, self._session, self._beats, self._station_session, self._sequence, challenge, word
        )

    def take(self, frame: Frame, now_s: float) -> bool:
        """A frame with a good CRC arrived; returns whether what it says counts."""
        fault = self._fault(frame, now_s)
        self._heard_s = now_s
        if fault:
            self.faults += 1
            self._enter(Phase.FAULTED, fault)
            return False
        assert isinstance(frame, State)
        self._accept(frame, now_s)
        return self._phase is Phase.TRUSTED

    def trust(self, now_s: float) -> Trust:
        """What is true now."""
        silent_s = now_s - self._heard_s
        if self._phase is not Phase.NEVER and silent_s > self._terms.lost_after_s:
            self._enter(Phase.LOST, f"no valid frame for {silent_s:.2f} s: check the cable and the station's power")
        return Trust(self._phase, self._reason)

    def _accept(self, state: State, now_s: float) -> None:
        if self._station_session:
            self.lost_frames += (state.sequence - self._sequence - 1) % _MODULUS
        self.frames += 1
        self._station_session, self._sequence = state.session, state.sequence
        self._join(state, now_s)

    def _join(self, state: State, now_s: float) -> None:
        """Trust grows while frames come that answer us."""
        if state.host != self._session:
            self._clean_since_s = float("inf")
            other = f"answers another host ({state.host:08x})" if state.host else "has heard no host yet"
            self._enter(Phase.JOINING, f"the station {other}: check the wire to it, end any second host")
            return
        self._clean_since_s = min(self._clean_since_s, now_s)
        if now_s - self._clean_since_s >= CLEAN_S:
            self._phase, self._reason = Phase.TRUSTED, ""
        elif self._phase is not Phase.FAULTED:
            self._phase, self._reason = Phase.JOINING, "the link is coming up: wait a moment"

    def _enter(self, phase: Phase, reason: str) -> None:
        """Leave trust, or say better why there is none."""
        self._phase, self._reason, self._clean_since_s = phase, reason, float("inf")

    def _fault(self, frame: Frame, now_s: float) -> str:
        """Why this frame must not be, in words that begin with the error's name in IEC 61784-3; empty if it may be."""
        if isinstance(frame, Heartbeat):
            return "masquerade: a host's own frame came back: switch the adapter's echo off, look for a second host"
        if frame.station != self._terms.station:
            return f"addressing: a frame of station {frame.station}, expected {self._terms.station}: check the cabling"
        return self._wrong_session(frame) or self._wrong_sequence(frame) or self._wrong_time(frame, now_s)

    def _wrong_session(self, state: State) -> str:
        if not self._station_session:
            return "" if state.session else "insertion: a frame without a session: check the station's firmware"
        if state.session != self._station_session:
            known, self._station_session = self._station_session, 0  # whoever stays alone is joined anew
            what = f"insertion: session {state.session:08x} after {known:08x}"
            return f"{what}: wait if the station restarted, else find the second"
        if state.host != self._session and self._phase is Phase.TRUSTED:
            return f"masquerade: the station answers another host ({state.host:08x}): end that one"
        return ""

    def _wrong_sequence(self, state: State) -> str:
        if not self._station_session:
            return ""
        step = (state.sequence - self._sequence + _MODULUS // 2) % _MODULUS - _MODULUS // 2
        if step == 0:
            return f"unintended repetition: frame {state.sequence} came again: look for an echo or a second sender"
        if step < 0:
            return f"incorrect sequence: frame {state.sequence} after {self._sequence}: look for a second sender"
        if step > 1 + GAP_FRAMES:
            self.lost_frames += step - 1
            self._sequence = state.sequence
            return f"loss: {step - 1} frames are missing before {state.sequence}: check cable and shield"
        return ""

    def _wrong_time(self, state: State, now_s: float) -> str:
        if state.sample_age_s > SAMPLE_AGE_S:
            return (
                f"unacceptable delay: inputs sampled {state.sample_age_s:.3f} s before the frame: restart the station"
            )
        agreed_s = self._terms.hold_s
        if abs(state.hold_s - agreed_s) > HOLD_STEP_S / 2:
            return f"the station holds its relay for {state.hold_s:g} s, not {agreed_s:g} s: correct `watchdog_s`"
        return self._wrong_answer(state, now_s) if state.host == self._session else ""

    def _wrong_answer(self, state: State, now_s: float) -> str:
        sent_s = self._challenges.get(state.echo)
        if sent_s is None:
            return f"masquerade: {state.echo:08x} answers no challenge of this host: look for a second host or station"
        answered_s, self.delay_s = now_s - sent_s, max(0.0, now_s - sent_s - state.echo_age_s) + state.sample_age_s
        if answered_s <= self._terms.answer_s:
            return ""
        if state.echo_age_s > answered_s / 2:
            return f"loss: the station has heard nothing for {state.echo_age_s:.2f} s: check the wire to it"
        what = f"unacceptable delay: a frame answers what was asked {answered_s:.2f} s ago"
        return f"{what}: shorten what the line passes through"
