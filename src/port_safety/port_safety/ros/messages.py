"""Between messages and the core's values. No decisions here."""

import math

from geometry_msgs.msg import PoseStamped, Twist, WrenchStamped
from nav_msgs.msg import Odometry as OdometryMsg
from port_interfaces.msg import (
    BorderState,
    Cause,
    EstopState,
    InputAge,
    SafetyEvent,
    SessionState,
    WrenchBlock,
    ZoneOccupancy,
)
from port_interfaces.msg import RuleOverride as RuleOverrideMessage
from sensor_msgs.msg import Imu

from port_ros import stamps
from port_ros.constants import SESSION_STATES
from port_ros.free_text import NAME_BYTES, at_most
from port_ros.session_states import ENDED, LIVE
from port_safety.commands.twist import Motion
from port_safety.gate.events import GateEvent
from port_safety.gate.rule_override import RuleOverride
from port_safety.gate.stop import MAX_CAUSES
from port_safety.model.readings import (
    Attitude,
    Body,
    Border,
    Estop,
    Force,
    Freshness,
    Occupancy,
    PlateForce,
    ToolPoint,
)
from port_safety.model.verdict import Verdict
from port_safety.monitoring.session_watch import SessionWord
from port_safety.ros.codecs import planar_motion


def body(message: OdometryMsg) -> Body:
    """How high the body is: the z of a legged robot's odometry, which counts from the floor."""
    return Body(message.pose.pose.position.z)


def attitude(message: Imu) -> Attitude:
    """A first covariance of −1 says that the sensor gives no orientation (sensor_msgs/Imu)."""
    q = message.orientation
    return Attitude(q.x, q.y, q.z, q.w, known=message.orientation_covariance[0] != -1.0)


def tool_point(message: PoseStamped) -> ToolPoint:
    at = message.pose.position
    return ToolPoint(at.x, at.y, at.z)


def force(message: WrenchStamped) -> Force:
    return Force(message.wrench.force.x, message.wrench.force.y, message.wrench.force.z)


def plate_force(message: WrenchBlock) -> PlateForce:
    """The extremes of a block; a sample that the plate marks as saturated or invalid is a fault."""
    if any(status & (WrenchBlock.SATURATED | WrenchBlock.INVALID) for status in message.status):
        return PlateForce(math.nan, math.nan, math.nan, "it says that it is saturated or invalid")
    if not message.wrench:
        return PlateForce(math.nan, math.nan, math.nan, "a block without samples")
    sideways = map(math.hypot, message.wrench[0::6], message.wrench[1::6])
    vertical = message.wrench[2::6]
    return PlateForce(float(min(vertical)), float(max(vertical)), max(sideways))


def estop(message: EstopState) -> Estop:
    return Estop(
        message.channel_a_closed,
        message.channel_b_closed,
        message.reset_pressed,
        message.relay_closed,
        message.link == EstopState.LINK_OK,
        message.link_reason,
    )


def border(message: BorderState) -> Border:
    return Border(message.up, message.reason, tuple(message.foreign))


def occupancy(message: ZoneOccupancy) -> Occupancy:
    """A zone that the message does not name is one that this source does not look at."""
    if len(message.zones) != len(message.occupied):
        reason = f"{len(message.zones)} zones and {len(message.occupied)} words on them"
        return Occupancy(frozenset(), False, reason)
    occupied = frozenset(zone for zone, taken in zip(message.zones, message.occupied, strict=True) if taken)
    positions_m = tuple((spot.x, spot.y) for spot in message.positions)
    return Occupancy(occupied, message.valid, message.reason, positions_m, watched=frozenset(message.zones))


def session_word(message: SessionState) -> SessionWord:
    name = SESSION_STATES.get(message.state, f"state {message.state}")
    return SessionWord(name, message.state in LIVE, message.state in ENDED)


def twist(motion: Motion | None) -> Twist:
    """All zero for a command that is about joints."""
    message = Twist()
    if motion is None:
        return message
    message.linear.x, message.linear.y, message.angular.z = motion.vx, motion.vy, motion.wz
    return message


def motion(message: Twist) -> Motion:
    linear, angular = message.linear, message.angular
    return planar_motion(linear.x, linear.y, linear.z, angular.x, angular.y, angular.z)


def rule_override(overridden: RuleOverride, left_s: float) -> RuleOverrideMessage:
    return RuleOverrideMessage(
        rule=at_most(overridden.rule, NAME_BYTES), by=at_most(overridden.by), why=at_most(overridden.why), left_s=left_s
    )


def cause(verdict: Verdict, stamp_ns: int, healthy: bool) -> Cause:
    """`stamp_ns`: system clock."""
    return Cause(
        stamp=stamps.to_msg(stamp_ns),
        severity=int(verdict.severity),
        rule=at_most(verdict.rule, NAME_BYTES),
        source=at_most(verdict.source, NAME_BYTES),
        reason=at_most(verdict.reason),
        value=verdict.value,
        limit=verdict.limit,
        unit=verdict.unit,
        healthy=healthy,
    )


def event(event: GateEvent, to_system_ns: int) -> SafetyEvent:
    """`to_system_ns` is added to monotonic times to make them system time."""

    def at(monotonic_ns: int) -> int:
        return monotonic_ns + to_system_ns

    return SafetyEvent(
        stamp=stamps.to_msg(at(event.at_ns)),
        kind=event.kind.value,
        event_id=at_most(event.event_id, NAME_BYTES),
        state_before=event.before.value,
        state_after=event.after.value,
        epoch=event.epoch,
        reason=at_most(event.reason),
        by=at_most(event.by),
        causes=[cause(verdict, at(verdict.stamp_ns or event.at_ns), False) for verdict in event.causes[:MAX_CAUSES]],
        latency_ms=event.cost.latency_ms,
        distance_m=event.cost.distance_m,
        travel_after_zero_m=event.cost.travel_after_zero_m,
        duration_s=event.cost.duration_s,
    )


#: Freshness of an input → status of the message.
_STATUS = {each: getattr(InputAge, each.name) for each in Freshness}


def input_age(name: str, freshness: Freshness, age_s: float, limit_s: float) -> InputAge:
    """age_s: NaN if never received."""
    return InputAge(name=at_most(name, NAME_BYTES), age_s=age_s, limit_s=limit_s, status=_STATUS[freshness])
