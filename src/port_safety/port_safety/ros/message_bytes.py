"""What arrives as bytes: how many a message may have, its fields, and the count of what was no message.

The bounds in .msg files bind nobody: the middleware takes in a string or a list of any length. So the door looks at the
size before anything is read of a message.
"""

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any

from rclpy.impl.implementation_singleton import rclpy_implementation as _rclpy
from rclpy.serialization import deserialize_message

from port_ros.free_text import NAME_BYTES
from port_safety.ros.cdr import CodecError

#: Items of a list to which its type gives no bound (the joints of a JointState): far beyond any robot.
ITEMS = 128
#: Bytes of a message's encapsulation, of a length or count, and of what comes before a field to align it, at most.
_HEAD, _COUNT, _ALIGNMENT = 4, 4, 7
#: Bytes of a number by the end of its type's name; of any other (boolean, uint8, octet) it is one.
_NUMBERS = {"double": 8, "64": 8, "float": 4, "32": 4, "16": 2}


@cache
def most_bytes(kind: Any) -> int:
    """The most that a message of this type may have. What it does not bound: strings NAME_BYTES, lists ITEMS."""
    return _HEAD + _fields_bytes(kind)


def _fields_bytes(kind: Any) -> int:
    return sum(_ALIGNMENT + _field_bytes(text) for text in kind.get_fields_and_field_types().values())


def _field_bytes(text: str) -> int:
    """`text`: as rosidl writes a type, e.g. "sequence<string<256>, 32>", "double[36]", "std_msgs/Header"."""
    if text.startswith("sequence<"):
        item, _, bound = text[len("sequence<") : -1].partition(", ")
        return _COUNT + _ALIGNMENT + int(bound or ITEMS) * _field_bytes(item)
    if text.endswith("]"):
        item, _, count = text[:-1].rpartition("[")
        return int(count) * _field_bytes(item)
    if text.startswith("string"):
        return _COUNT + _ALIGNMENT + int(text[len("string<") : -1] or NAME_BYTES)
    if "/" in text:
        package, name = text.split("/")
        return _fields_bytes(getattr(importlib.import_module(f"{package}.msg"), name))
    return next((size for end, size in _NUMBERS.items() if text.endswith(end)), 1)


def check_size(data: bytes, most: int) -> None:
    """Raises CodecError for more bytes than a message may have."""
    if len(data) > most:
        raise CodecError(f"{len(data)} bytes, at most {most} are read")


def reader_of(kind: Any) -> Callable[[bytes], Any]:
    """What makes a message object of its bytes, or raises CodecError."""

    def read(data: bytes) -> Any:
        try:
            return deserialize_message(data, kind)
        except (_rclpy.RMWError, SystemError):  # the latter where fields are checked (ROS_PYTHON_CHECK_FIELDS)
            raise CodecError(f"{len(data)} bytes that are no {kind.__name__}") from None

    return read


class MalformedMessages:
    """Counts by topic what arrived and was no message. tell: writes a line to the log, once for each topic."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._counts: dict[str, int] = {}

    def note(self, topic: str, error: Exception) -> None:
        if topic not in self._counts:
            self._tell(
                f"{topic}: malformed message: {error}; from now on counted in /diagnostics; see who publishes it"
            )
        self._counts[topic] = self._counts.get(topic, 0) + 1

    def values(self) -> dict[str, object]:
        """For /diagnostics; empty while nothing was malformed."""
        return {f"malformed {topic}": count for topic, count in self._counts.items()}
