"""ROS messages as the plain values that `core.encode` takes: field by field, constants named, stamps marked.

It copies what a message says; it judges nothing and leaves nothing out but what proves a sender to the session's own
nodes. Fields of a message that is extended later appear by themselves.
"""

from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import PoseWithCovarianceStamped
from port_interfaces.msg import (
    Cause,
    EstopState,
    InputAge,
    SafetyEvent,
    SafetyState,
    SessionEvent,
    SessionState,
    WrenchBlock,
)

from port_ros import stamps
from port_ros.constants import (
    ESTOP_LINK,
    INPUT_STATUS,
    SAFETY_EVENTS,
    SAFETY_STATES,
    SESSION_STATES,
    SEVERITIES,
)
from port_telemetry.core.encode import Named, Stamp

_WRENCH_COLUMNS = 6
#: By these the session's nodes know each other (port_ros/signed_stream.py); to others they say nothing.
_AUTHENTICATION = ("mac", "instance")

#: Which fields of which message hold constants.
NAMED_FIELDS: dict[type, dict[str, dict[int, str]]] = {
    Cause: {"severity": SEVERITIES},
    EstopState: {"link": ESTOP_LINK},
    InputAge: {"status": INPUT_STATUS},
    SafetyEvent: {"kind": SAFETY_EVENTS, "state_before": SAFETY_STATES, "state_after": SAFETY_STATES},
    SafetyState: {"state": SAFETY_STATES, "severity": SEVERITIES},
    SessionEvent: {"state_before": SESSION_STATES, "state_after": SESSION_STATES},
    SessionState: {"state": SESSION_STATES},
}


def to_values(message: Any) -> dict[str, Any]:
    """All fields of `message` by name, nested messages as mappings, arrays as lists."""
    named = NAMED_FIELDS.get(type(message), {})
    values = {}
    for field in message.get_fields_and_field_types():
        if field in _AUTHENTICATION:
            continue
        value = getattr(message, field)
        values[field] = Named(value, named[field]) if field in named else _plain(value)
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, Time):
        return Stamp(stamps.to_ns(value))
    if hasattr(value, "get_fields_and_field_types"):
        return to_values(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def pose_values(message: PoseWithCovarianceStamped) -> dict[str, Any]:
    """A pose in the plane as people read it: x, y in m, yaw in rad, their standard deviations, and the frame."""
    pose, covariance = message.pose.pose, np.asarray(message.pose.covariance)
    q = pose.orientation
    yaw = np.arctan2(2.0 * (q.w * q.z + q.x * q.y), 1.0 - 2.0 * (q.y * q.y + q.z * q.z))
    deviations = np.sqrt(np.maximum(covariance[[0, 7, 35]], 0.0))
    return {
        "stamp": Stamp(stamps.to_ns(message.header.stamp)),
        "frame_id": message.header.frame_id,
        "x_m": pose.position.x, "y_m": pose.position.y, "z_m": pose.position.z, "yaw_rad": float(yaw),
        "std_x_m": float(deviations[0]), "std_y_m": float(deviations[1]), "std_yaw_rad": float(deviations[2]),
    }  # fmt: skip


def block_values(message: WrenchBlock) -> dict[str, Any]:
    """A block of samples: counters as they are, status as uint8[n], wrench as float32[n × 6] in N and N·m.

    Raises ValueError if the wrench is not one row a status.
    """
    status = np.asarray(message.status, np.uint8)
    wrench = np.asarray(message.wrench, "<f4").reshape(len(status), _WRENCH_COLUMNS)
    values = {name: getattr(message, name) for name in _BLOCK_FIELDS}
    return {
        "stamp_ns": stamps.to_ns(message.header.stamp), "frame_id": message.header.frame_id, **values,
        "status": status, "wrench": wrench,
    }  # fmt: skip


_BLOCK_FIELDS = (
    "device_id", "first_index", "period_s", "lost_before", "received_total", "lost_total", "rejected_total",
)  # fmt: skip
