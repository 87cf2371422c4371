"""Who speaks on a topic of port's own: each message carries the instance of its sender, its number, and a code.

The code is over the bytes of the message, so that a field that is added later is covered, too. It stands first, as
`uint8[16] mac`, right behind the four bytes that say how a message is encoded. Middleware may pad a message to a
multiple of four bytes on its way: both ends see it padded. A sender that is started again has another instance; what an
earlier one said does not count any more, and nothing counts twice. Both ends are here, so that they cannot differ.
Knows no ROS.
"""

import hmac
import secrets

from port_ros.session_key import MAC_BYTES, mac_of

_MAC_AT = 4
_SAID_FROM = _MAC_AT + MAC_BYTES
#: A node that is started again more often than this is not to be relied on.
INSTANCES = 1000

_PURPOSE = b"port topic 1 "


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


class StreamSigner:
    """The sender's side; `instance` belongs into each message. Without a key nothing is signed.

    topic: relative to the session's namespace. A message of one topic proves nothing on another.
    """

    def __init__(self, key: bytes | None, topic: str) -> None:
        self.instance = secrets.randbits(64)
        self._key, self._purpose = key, _PURPOSE + topic.encode()

    def signed(self, data: bytes) -> bytes:
        """An encoded message whose mac is empty, with its code."""
        if self._key is None:
            return data
        padded = _padded(data)
        mac = mac_of(self._key, self._purpose, padded[_SAID_FROM:])
        return padded[:_MAC_AT] + mac + padded[_SAID_FROM:]


class StreamCheck:
    """The receiver's side of `topic`, on which several sources may speak. Without a key it believes nobody."""

    def __init__(self, key: bytes | None, topic: str) -> None:
        self._key, self._purpose = key, _PURPOSE + topic.encode()
        self._sources: dict[str, _Source] = {}

    def refusal(self, data: bytes, source: str, instance: int, sequence: int) -> str:
        """Why the encoded message `data`, which holds the rest, does not count; empty if it does."""
        if self._key is None:
            return "there is no session_key_file to know who says it"
        mac = mac_of(self._key, self._purpose, _padded(data)[_SAID_FROM:])
        if not hmac.compare_digest(mac, data[_MAC_AT:_SAID_FROM]):
            return "it is not signed by this session; end whoever else publishes it"
        return self._sources.setdefault(source, _Source()).refusal(instance, sequence)


class _Source:
    """What one source has said, all of it proven."""

    def __init__(self) -> None:
        self._instance: int | None = None
        self._sequence = 0
        self._retired: set[int] = set()

    def refusal(self, instance: int, sequence: int) -> str:
        """Why this is not its newest word; empty if it is."""
        if instance != self._instance:
            return self._begin(instance, sequence)
        if sequence <= self._sequence:
            return f"number {sequence} of it came before; end whoever repeats it"
        self._sequence = sequence
        return ""

    def _begin(self, instance: int, sequence: int) -> str:
        """Another instance speaks: from now on it alone does."""
        if instance in self._retired:
            return "it is of a sender that was started again since; end whoever repeats it"
        if len(self._retired) >= INSTANCES:
            return f"its sender was started again more than {INSTANCES} times; start the session again"
        if self._instance is not None:
            self._retired.add(self._instance)
        self._instance, self._sequence = instance, sequence
        return ""
