"""How large a message may be, for every type that the gate takes in; and the count of what was none."""

import importlib
from typing import Any

import pytest
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped, WrenchStamped
from nav_msgs.msg import Odometry
from port_interfaces.msg import EstopState, SessionState, WrenchBlock, ZoneOccupancy
from rclpy.serialization import serialize_message
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import Bool

from port_safety.ros.cdr import CodecError
from port_safety.ros.message_bytes import ITEMS, MalformedMessages, check_size, most_bytes, reader_of

KINDS = [
    EstopState, ZoneOccupancy, WrenchBlock, SessionState, Odometry, PoseWithCovarianceStamped, PoseStamped,
    WrenchStamped, Imu, JointState, Bool,
]  # fmt: skip


def largest(kind: Any) -> Any:
    """A message with every string and list as long as it may be."""
    message = kind()
    for name, text in kind.get_fields_and_field_types().items():
        setattr(message, name, _largest(text, getattr(message, name)))
    return message


def _largest(text: str, default: Any) -> Any:
    if text.startswith("sequence<"):
        item, _, bound = text[len("sequence<") : -1].partition(", ")
        return [_largest(item, _default(item))] * int(bound or ITEMS)
    if text.startswith("string"):
        return "x" * (int(text[len("string<") : -1] or 256) - 1)
    return largest(type(default)) if "/" in text and not text.endswith("]") else default


def _default(text: str) -> Any:
    if "/" in text:
        package, name = text.split("/")
        return getattr(importlib.import_module(f"{package}.msg"), name)()
    return {"double": 0.0, "float": 0.0, "boolean": False, "uint8": 0}.get(text, "")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_largest_message_fits_and_little_more_does(kind: Any) -> None:
    data = serialize_message(largest(kind))
    check_size(data, most_bytes(kind))
    assert most_bytes(kind) < 2 * len(data) + 200
    assert reader_of(kind)(data) == largest(kind)


def test_one_byte_more_is_not_read() -> None:
    check_size(b"x" * 20, 20)
    with pytest.raises(CodecError, match="21 bytes, at most 20 are read"):
        check_size(b"x" * 21, 20)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x01\x00\x00"])
def test_bytes_that_are_no_message_are_told_apart(kind: Any, data: bytes) -> None:
    with pytest.raises(CodecError, match=f"{len(data)} bytes that are no {kind.__name__}"):
        reader_of(kind)(data)


def test_malformed_messages_are_told_once_and_counted_by_topic() -> None:
    lines: list[str] = []
    malformed = MalformedMessages(lines.append)
    assert malformed.values() == {}
    for topic in ("odom", "odom", "imu"):
        malformed.note(topic, CodecError("3 bytes that are no message"))
    assert malformed.values() == {"malformed odom": 2, "malformed imu": 1}
    assert [line.partition(":")[0] for line in lines] == ["odom", "imu"]
    assert "3 bytes that are no message" in lines[0]
