"""What of the frames that arrive counts: in order, young enough, within what the table grants their topic.

The other side is somebody else's computer: what it may send is checked here, whatever it says of itself. Runs on
Python 3.8: it goes to the robot.
"""

from __future__ import annotations

from collections.abc import Iterable

from port_session.border.channels import Channel
from port_session.border.echo import Echoes
from port_session.border.frames import Frame, FrameError

#: Above the agreed rate by this share is bad timing; what is more is left, and told.
RATE_MARGIN = 1.2
#: So many messages may come at once after a pause of the network.
BURST = 20.0
#: A message is at least its encapsulation (DDSI-RTPS 2.5, 10.2).
CDR_BYTES = 4
#: More than so many of one topic beyond its rate within a second is a flood: the connection ends.
FLOOD, FLOOD_NS = 1000, 1_000_000_000


class Arrivals:
    """Of one connection, from the other side. Counts by topic: taken, old, too many, too large; strange: no channel."""

    def __init__(self, channels: Iterable[Channel], echoes: Echoes) -> None:
        self._channels = {channel.number: channel for channel in channels}
        self._echoes = echoes
        self._sequence = -1
        self._granted: dict[int, tuple[float, int]] = {}
        self.taken: dict[str, int] = {}
        self.old: dict[str, int] = {}
        self.too_many: dict[str, int] = {}
        self.too_large: dict[str, int] = {}
        self.strange = 0
        self._excess: dict[int, tuple[int, int]] = {}

    @property
    def channels(self) -> list[Channel]:
        return list(self._channels.values())

    def take(self, frame: Frame, now_ns: int) -> Channel | None:
        """The channel of a message that counts; None for one that does not. Raises FrameError for a flood."""
        channel = self._channels.get(frame.channel)
        if channel is None or frame.sequence <= self._sequence or len(frame.payload) < CDR_BYTES:
            self.strange += 1
            return None
        self._sequence = frame.sequence
        if len(frame.payload) > channel.max_bytes:
            return self._leave(self.too_large, channel)
        if self._is_old(channel, frame, now_ns):
            return self._leave(self.old, channel)
        if not self._grant(channel, now_ns):
            self._refuse_flood(channel, now_ns)
            return self._leave(self.too_many, channel)
        self.taken[channel.topic] = self.taken.get(channel.topic, 0) + 1
        return channel

    def _is_old(self, channel: Channel, frame: Frame, now_ns: int) -> bool:
        """Before the first echo nobody knows: then nothing counts whose age matters."""
        if not channel.old_s:
            return False
        age_ns = self._echoes.age_ns(frame.sent_ns, now_ns)
        return age_ns is None or age_ns > channel.old_s * 1e9

    def _grant(self, channel: Channel, now_ns: int) -> bool:
        """A bucket of tokens: it fills at the agreed rate."""
        tokens, since_ns = self._granted.get(channel.number, (BURST, now_ns))
        tokens = min(BURST, tokens + (now_ns - since_ns) * 1e-9 * channel.max_hz * RATE_MARGIN)
        granted = tokens >= 1.0
        self._granted[channel.number] = (tokens - granted, now_ns)
        return granted

    def _refuse_flood(self, channel: Channel, now_ns: int) -> None:
        count, since_ns = self._excess.get(channel.number, (0, now_ns))
        if now_ns - since_ns > FLOOD_NS:
            count, since_ns = 0, now_ns
        self._excess[channel.number] = (count + 1, since_ns)
        if count >= FLOOD:
            raise FrameError(f"it floods {channel.topic}: {channel.max_hz:g} messages a second are agreed")

    @staticmethod
    def _leave(counts: dict[str, int], channel: Channel) -> None:
        counts[channel.topic] = counts.get(channel.topic, 0) + 1
