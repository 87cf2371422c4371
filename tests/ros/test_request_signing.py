"""A request that is signed, sent and taken apart: the gate sees what was signed, and nothing of it can be changed."""

from collections.abc import Callable
from typing import Any

import pytest
from port_interfaces.srv import Arm, OverrideRule, Recover, Reset
from rclpy.serialization import deserialize_message, serialize_message

from port_ros import signed_request
from port_ros.request_signing import sign_request, signed
from port_ros.signed_request import RequestCheck

KEY, NOW = bytes(range(32)), 1_800_000_000_123_456_789


def recover() -> Any:
    request = Recover.Request(event_id="t-1", by="anna")
    request.motion.linear.x, request.motion.angular.z = 0.1, -1e-300
    return request


REQUESTS: dict[str, Callable[[], Any]] = {
    signed_request.ARM: lambda: Arm.Request(epoch=2**64 - 1, by="anna"),
    signed_request.RESET: lambda: Reset.Request(event_id="t-1", by="安娜"),
    signed_request.RECOVER: recover,
    signed_request.OVERRIDE: lambda: OverrideRule.Request(rule="lane", by="a", why="一" * 100),
}


def sent(request: Any) -> Any:
    """As it arrives."""
    return deserialize_message(serialize_message(request), type(request))


@pytest.mark.parametrize("service", REQUESTS)
def test_what_was_signed_arrives_whole_every_time(service: str) -> None:
    """However the middleware encodes it: between the fields it leaves bytes as they were."""
    for number in range(200):
        request = sign_request(REQUESTS[service](), service, "t", KEY, NOW + number)
        assert RequestCheck("t", KEY).refusal(signed(sent(request), service), NOW + number) == ""


@pytest.mark.parametrize("service", REQUESTS)
def test_no_field_can_be_changed_on_the_way(service: str) -> None:
    request = sign_request(REQUESTS[service](), service, "t", KEY, NOW)
    changes: dict[str, Any] = {"by": "mallory", "epoch": 3, "event_id": "t-2", "rule": "people", "why": ""}
    for field in [name for name in changes if hasattr(request, name)]:
        changed = sent(request)
        setattr(changed, field, changes[field])
        assert "not signed" in RequestCheck("t", KEY).refusal(signed(changed, service), NOW), field


def test_motion_and_stamp_are_signed_too() -> None:
    changed = sent(sign_request(recover(), signed_request.RECOVER, "t", KEY, NOW))
    changed.motion.angular.z = 0.3
    assert "not signed" in RequestCheck("t", KEY).refusal(signed(changed, signed_request.RECOVER), NOW)
    later = sent(sign_request(recover(), signed_request.RECOVER, "t", KEY, NOW))
    later.stamp.nanosec += 1
    assert "not signed" in RequestCheck("t", KEY).refusal(signed(later, signed_request.RECOVER), NOW)
