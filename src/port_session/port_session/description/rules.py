"""The gate's rules of a session: which are in force, in which order, each with its block of parameters.

The order is the order in which reasons are told: what is missing, the zones, the people, then what the robot does.
"""

from typing import Any

from msgspec import to_builtins

from port_safety.rules.rule_type import RuleParameters
from port_session.description import robot_rules
from port_session.description.ground import Zone
from port_session.description.parts import Parts

#: Rules for every robot whose block stands in the session's file, under gate.
EVERYWHERE = (
    "pose_agreement",
    "stop_response",
    "bypass",
    "ground_publishers",
    "clock",
    "stuck_input",
    "command_following",
)

#: And the one for a robot whose own computers stand behind the session's border.
BEHIND_A_BORDER = "border"


def gate_rules(parts: Parts) -> dict[str, Any]:
    """The gate's parameter `rules` and a block for each of them.

    Of the rules for every robot those that can judge this one: an arm has no odometry to agree with the cameras.
    """
    robot = parts.robot
    site = robot_rules.site_of(robot.name, robot.kind, robot.joints, robot.by_joints, robot.base_pose)
    limits = parts.robot.limits
    blocks: dict[str, dict[str, Any]] = {
        "input_timeout": {"type": "input_timeout", **to_builtins(parts.session.gate.input_timeout)}
    }
    blocks |= {name: _zone(zone) for name, zone in parts.ground.zones.items()}
    blocks["speed_robot"] = {"type": "speed", "limit_mps": limits.speed_mps}
    blocks |= _separation(parts)
    everywhere = EVERYWHERE if parts.session.network is None else (*EVERYWHERE, BEHIND_A_BORDER)
    judged = robot_rules.judged(everywhere, site)
    blocks |= {name: {"type": name, **to_builtins(getattr(parts.session.gate, name))} for name in judged}
    blocks |= {name: {"type": name, **_block(rule)} for name, rule in robot.rules.items()}
    blocks["acceleration"] = {
        "type": "acceleration",
        "acceleration_mps2": limits.acceleration_mps2,
        "yaw_acceleration_radps2": limits.yaw_acceleration_radps2,
    }
    return {"rules": list(blocks), **blocks}


def _block(rule: RuleParameters) -> dict[str, Any]:
    """As ROS parameters hold it: lists of one kind of number."""
    tree: dict[str, Any] = to_builtins(rule)
    return {key: [float(each) for each in value] if isinstance(value, list | tuple) else value
            for key, value in tree.items()}  # fmt: skip


def _zone(zone: Zone) -> dict[str, Any]:
    """The gate's rule that holds in `zone`."""
    rule: dict[str, Any] = {"type": zone.kind, "polygon_m": flat(zone.polygon_m)}
    for key in ("margin_m", "limit_mps", "occupied_limit_mps"):
        if getattr(zone, key) is not None:
            rule[key] = getattr(zone, key)
    return rule


def _separation(parts: Parts) -> dict[str, dict[str, Any]]:
    """The rule of a ground on which people may be beside a robot; none on a ground that has none."""
    people, stop = parts.ground.people, parts.robot.stop
    if people is None:
        return {}
    block: dict[str, Any] = {"type": "separation", **to_builtins(people)}
    block |= named("zones_m", {name: zone.polygon_m for name, zone in watched(parts).items()})
    block |= named("guarded_m", block.pop("guarded"))
    if stop.measured_stop_mps:
        block["measured_stop_mps"] = list(stop.measured_stop_mps)
        block["measured_stop_m"] = list(stop.measured_stop_m)
    return {"separation": block}


def watched(parts: Parts) -> dict[str, Zone]:
    """The zones in which cameras look for people."""
    return {name: zone for name, zone in parts.ground.zones.items() if zone.occupied_limit_mps is not None}


def named(key: str, polygons: dict[str, Any]) -> dict[str, Any]:
    """{key: polygons as flat numbers by name}, or nothing if there is none."""
    return {key: {name: flat(polygon) for name, polygon in polygons.items()}} if polygons else {}


def flat(points: tuple[tuple[float, ...], ...]) -> list[float]:
    """Points one after the other, as a ROS parameter holds them."""
    return [float(number) for point in points for number in point]
