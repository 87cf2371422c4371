"""What an e-stop station makes of the host's heartbeats: whether it holds its watchdog relay, and what it echoes.

The station's end of the e-stop link (docs/estop_link.md), as its firmware would have it: no heap, no clock but the one
it is given. Times are seconds since power-up. Knows no wire.
"""

from collections import deque

from port_sensors.protocol.estop_link import Heartbeat, Relay, Word

#: State frames whose departure is remembered: more than are sent within the longest hold time.
_DEPARTURES = 512
_HALF, _MODULUS = 1 << 31, 1 << 32


class HeartbeatWatch:
    """Of station number `station`, alive under `session` since power-up; its relay is held at most `hold_s`."""

    def __init__(self, station: int, session: int, hold_s: float) -> None:
        self.host = self.echo = 0
        self.ignored = 0
        self._station = station
        self._session = session
        self._hold_s = hold_s
        self._departures: deque[tuple[int, float]] = deque(maxlen=_DEPARTURES)
        self._beats = 0
        self._heard_s = float("-inf")
        self._until_s = float("-inf")
        self._why = Relay.NOBODY

    def sent(self, sequence: int, now_s: float) -> None:
        """A state frame with this sequence leaves now."""
        self._departures.append((sequence, now_s))

    def take(self, beat: Heartbeat, now_s: float) -> None:
        """A heartbeat with a good CRC arrived."""
        if beat.station != self._station or not beat.session:
            self.ignored += 1
            return
        if beat.session != self.host:
            self._begin(beat.session)
        elif not 0 < (beat.sequence - self._beats) % _MODULUS < _HALF:
            self.ignored, self._why = self.ignored + 1, Relay.REPEATED
            return
        self._beats, self.echo, self._heard_s = beat.sequence, beat.challenge, now_s
        self._obey(beat, now_s)

    def held(self, now_s: float) -> bool:
        """Whether the relay is closed now."""
        if self._until_s > float("-inf") and now_s >= self._until_s:
            self._until_s = float("-inf")
            self._why = Relay.LATE if self._why is Relay.HELD else self._why
        return now_s < self._until_s

    def why(self, now_s: float) -> Relay:
        """HELD, or why not."""
        return Relay.HELD if self.held(now_s) else self._why

    def echo_age_s(self, now_s: float) -> float:
        """How long ago the echoed challenge was heard; 0 if there is none."""
        return now_s - self._heard_s if self.host else 0.0

    def _begin(self, host: int) -> None:
        """Another host: nothing that the last one said holds any longer."""
        self.host, self._until_s, self._why = host, float("-inf"), Relay.NOBODY

    def _obey(self, beat: Heartbeat, now_s: float) -> None:
        if beat.word is Word.RELEASE:
            self._until_s, self._why = float("-inf"), Relay.RELEASED
        elif beat.word is Word.HOLD:
            self._hold(beat, now_s)

    def _hold(self, beat: Heartbeat, now_s: float) -> None:
        """The time counts from when the frame left that the host had seen: what is held up on the way counts too."""
        if beat.to_session != self._session:
            self._why = Relay.OTHER_SESSION
            return
        left_s = next((at_s for sequence, at_s in reversed(self._departures) if sequence == beat.seen), float("-inf"))
        until_s = left_s + self._hold_s
        if until_s <= now_s:
            self._why = Relay.LATE
            return
        self._until_s, self._why = max(until_s, self._until_s), Relay.HELD
