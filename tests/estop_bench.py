"""Both ends of an e-stop link and the wire between them on the bench, with a clock that the test turns by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from port_sensors.core.estop_link import EstopLink, Terms, Trust
from port_sensors.protocol.estop_link import Frame, Heartbeat, Parser, State, Word, encode
from port_sim.devices.heartbeat_watch import HeartbeatWatch

STATION, SESSION, HOST = 3, 0x51A7, 0x4057
TERMS = Terms(STATION, hold_s=0.15, lost_after_s=0.06, answer_s=0.08)
STEP_S, BEAT_S = 0.01, 0.02
Bytes = Callable[[bytes], bytes]


def unharmed(data: bytes) -> bytes:
    return data


@dataclass
class LinkBench:
    """A frame each 10 ms, a heartbeat each 20 ms. `to_host`, `to_station`: what the wire does to each frame's bytes."""

    link: EstopLink = field(default_factory=lambda: EstopLink(TERMS, HOST))
    watch: HeartbeatWatch = field(default_factory=lambda: HeartbeatWatch(STATION, SESSION, TERMS.hold_s))
    session: int = SESSION
    now_s: float = 100.0
    word: Word = Word.HOLD
    to_host: Bytes = unharmed
    to_station: Bytes = unharmed
    sequence: int = 0
    beats: bool = True
    closed: bool = True
    sample_age_s: float = 0.0005
    reasons: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    _beat_s: float = 0.0
    _challenge: int = 1000
    _host_parser: Parser = field(default_factory=Parser)
    _station_parser: Parser = field(default_factory=Parser)

    def state(self) -> State:
        """The station's next frame."""
        self.sequence = (self.sequence + 1) % 2**32
        self.watch.sent(self.sequence, self.now_s)
        watch, now_s = self.watch, self.now_s
        return State(
            STATION, self.session, self.sequence, watch.host, watch.echo, watch.echo_age_s(now_s), self.sample_age_s,
            self.closed, self.closed, False, watch.held(now_s), watch.why(now_s), TERMS.hold_s,
        )  # fmt: skip

    def beat(self) -> Heartbeat:
        self._challenge += 1
        return self.link.beat(self.word, self._challenge, self.now_s)

    def arrive(self, *frames: Frame) -> None:
        """Frames reach the host as they are, now."""
        self.hear(b"".join(map(encode, frames)))

    def hear(self, data: bytes) -> None:
        """Bytes reach the host now."""
        for frame in self._host_parser.feed(data):
            self.link.take(frame, self.now_s)
            self._note()

    def turn(self, seconds: float) -> "LinkBench":
        """Let time pass in steps of 10 ms."""
        for _ in range(round(seconds / STEP_S)):
            self.now_s += STEP_S
            if self.beats and self.now_s - self._beat_s >= BEAT_S - 1e-6:
                self._beat_s = self.now_s
                for frame in self._station_parser.feed(self.to_station(encode(self.beat()))):
                    assert isinstance(frame, Heartbeat)
                    self.watch.take(frame, self.now_s)
            self.sent.append(encode(self.state()))
            self.hear(self.to_host(self.sent[-1]))
            self._note()
        return self

    def _note(self) -> None:
        trust = self.link.trust(self.now_s)
        if trust.reason and (not self.reasons or self.reasons[-1] != trust.reason):
            self.reasons.append(trust.reason)

    @property
    def trust(self) -> Trust:
        return self.link.trust(self.now_s)

    @property
    def held(self) -> bool:
        return self.watch.held(self.now_s)

    def up(self) -> "LinkBench":
        """Bring the link to trust and forget the reasons on the way."""
        self.turn(0.5)
        assert self.trust.ok, self.trust.reason
        self.reasons.clear()
        return self


def altered(frame: State, **changes: object) -> State:
    return replace(frame, **changes)  # type: ignore[arg-type]
