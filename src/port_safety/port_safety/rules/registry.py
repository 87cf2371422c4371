"""Which rules there are, and how each is made from its block of parameters.

A new rule is one new file, one line in RULES, one block of parameters, one section in docs/safety.md.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from port_safety.model.geometry import Polygon
from port_safety.model.joints import Joints
from port_safety.model.robot_model import RobotModel
from port_safety.model.verdict import Severity
from port_safety.rules.acceleration import AccelerationRule
from port_safety.rules.blocks import (
    AccelerationBlock,
    BodyHeightBlock,
    BypassBlock,
    ClockBlock,
    ContactForceBlock,
    GroundReactionBlock,
    InputTimeoutBlock,
    JointLimitsBlock,
    JointRunawayBlock,
    PoseAgreementBlock,
    RuleBlock,
    SeparationBlock,
    SpeedBlock,
    StopResponseBlock,
    StuckInputBlock,
    TiltBlock,
    ToolWorkspaceBlock,
    ZoneBlock,
)
from port_safety.rules.body_height import BodyHeightRule
from port_safety.rules.bypass import BypassRule
from port_safety.rules.clock import ClockRule
from port_safety.rules.contact_force import ContactForceRule
from port_safety.rules.envelope import Envelope, LastRule, Rule, digest
from port_safety.rules.estop import EstopRule
from port_safety.rules.ground_reaction import GroundReactionRule
from port_safety.rules.input_timeout import InputTimeoutRule, TimedInput
from port_safety.rules.joint_limits import JointLimitsRule
from port_safety.rules.joint_runaway import JointRunawayRule
from port_safety.rules.keep_in import KeepInRule
from port_safety.rules.keep_out import KeepOutRule
from port_safety.rules.pose_agreement import PoseAgreementRule
from port_safety.rules.separation import People, SeparationRule, measured_deceleration_mps2
from port_safety.rules.speed import SpeedRule
from port_safety.rules.stop_response import StopResponseRule
from port_safety.rules.stuck_input import StuckInputRule
from port_safety.rules.tilt import TiltRule
from port_safety.rules.tool_workspace import ToolWorkspaceRule


class EnvelopeError(ValueError):
    """The description of a rule does not fit; the message names the rule and the key."""


class Site(msgspec.Struct, frozen=True):
    """What the rules are made for: the robot, and the names of stations, plates and lookouts that must be alive."""

    robot: RobotModel
    estops: tuple[str, ...]
    plates: tuple[str, ...]
    lookouts: tuple[str, ...] = ()


def _fresh(name: str, block: InputTimeoutBlock, site: Site) -> Rule:
    inputs = [TimedInput(f"estop {station}", block.estop_s, Severity.EMERGENCY_STOP) for station in site.estops]
    own = "joints" if site.robot.measured_by_joints else "odometry"
    inputs.append(TimedInput(own, block.odometry_s, Severity.PROTECTIVE_STOP))
    if not site.robot.measured_by_joints:  # an arm stands where it was bolted down
        inputs.append(TimedInput("ground_pose", block.ground_pose_s, Severity.PROTECTIVE_STOP))
    inputs += [
        TimedInput(f"force_plate {plate}", block.force_plate_s, Severity.PROTECTIVE_STOP) for plate in site.plates
    ]
    return InputTimeoutRule(tuple(inputs), block.command_s)


def _keep_in(name: str, block: ZoneBlock, site: Site) -> Rule:
    return KeepInRule(name, Polygon.from_flat(block.polygon_m), block.margin_m, site.robot)


def _keep_out(name: str, block: ZoneBlock, site: Site) -> Rule:
    return KeepOutRule(name, Polygon.from_flat(block.polygon_m), block.margin_m, site.robot)


def _speed(name: str, block: SpeedBlock, site: Site) -> Rule:
    polygon = Polygon.from_flat(block.polygon_m) if block.polygon_m else None
    return SpeedRule(name, block.limit_mps, site.robot, polygon, block.occupied_limit_mps, block.stale_s)


def _acceleration(name: str, block: AccelerationBlock, site: Site) -> LastRule:
    return AccelerationRule(block.acceleration_mps2, block.yaw_acceleration_radps2)


def _pose_agreement(name: str, block: PoseAgreementBlock, site: Site) -> Rule:
    return PoseAgreementRule(block.window_s, block.distance_m, block.heading_rad, block.fresh_s)


def _separation(name: str, block: SeparationBlock, site: Site) -> Rule:
    people = People(**{field: getattr(block, field) for field in People.__dataclass_fields__})
    if len(block.measured_stop_mps) != len(block.measured_stop_m):
        raise ValueError("measured_stop_m: a way for each speed of measured_stop_mps is needed")
    stops = list(zip(block.measured_stop_mps, block.measured_stop_m, strict=True))
    zones, guarded = _polygons("zones_m", block.zones_m), _polygons("guarded_m", block.guarded_m)
    return SeparationRule(site.robot, people, measured_deceleration_mps2(site.robot, stops), zones, guarded)


def _polygons(key: str, flat: Mapping[str, list[float]]) -> dict[str, Polygon]:
    """Polygons by name; ValueError says which."""
    made = {}
    for name, values in flat.items():
        try:
            made[name] = Polygon.from_flat(values)
        except ValueError as error:
            raise ValueError(f"{key}.{name}: {str(error).removeprefix('polygon_m: ')}") from error
    return made


def _stop_response(name: str, block: StopResponseBlock, site: Site) -> Rule:
    return StopResponseRule(site.robot, block.rest_mps, block.rest_radps)


def _bypass(name: str, block: BypassBlock, site: Site) -> Rule:
    return BypassRule(block.stale_s)


def _clock(name: str, block: ClockBlock, site: Site) -> Rule:
    sources = [f"estop {station}" for station in site.estops] + ["odometry", "ground_pose"]
    sources += [f"occupancy {source}" for source in site.lookouts]
    sources += [f"force_plate {plate}" for plate in site.plates]
    return ClockRule(tuple(sources), block.ahead_s, block.behind_s, block.step_s, block.readings)


def _frozen(name: str, block: StuckInputBlock, site: Site) -> Rule:
    return StuckInputRule(block.after_s, block.readings)


def _tilt(name: str, block: TiltBlock, site: Site) -> Rule:
    return TiltRule(block.limit_rad, block.fall_rad, block.stale_s)


def _body_height(name: str, block: BodyHeightBlock, site: Site) -> Rule:
    return BodyHeightRule(block.low_m, block.high_m, block.stale_s)


def _joint_flail(name: str, block: JointRunawayBlock, site: Site) -> Rule:
    return JointRunawayRule(
        _joints(site).names, block.velocity_radps, block.acceleration_radps2, block.readings, block.stale_s
    )


def _ground_reaction(name: str, block: GroundReactionBlock, site: Site) -> Rule:
    terms = (block.mass_kg, block.peak_bodyweights, block.pull_n, block.friction, block.stale_s)
    return GroundReactionRule(site.plates, *terms)


def _joint_limits(name: str, block: JointLimitsBlock, site: Site) -> Rule:
    joints, bounds = _joints(site), (block.lower_rad, block.upper_rad, block.velocity_radps)
    lower, upper, fastest = (tuple(each) for each in bounds)
    return JointLimitsRule(
        joints.names, site.robot.braking.reaction_s, lower, upper, fastest, joints.deceleration_radps2,
        block.margin_rad, block.stale_s,
    )  # fmt: skip


def _joints(site: Site) -> Joints:
    if site.robot.joints is None:
        raise ValueError("joints: the robot's profile names none")
    return site.robot.joints


def _tool_box(name: str, block: ToolWorkspaceBlock, site: Site) -> Rule:
    return ToolWorkspaceRule(
        site.robot, tuple(block.low_m), tuple(block.high_m), block.deceleration_mps2, block.stale_s
    )


def _contact_force(name: str, block: ContactForceBlock, site: Site) -> Rule:
    return ContactForceRule(block.limit_n, block.blow_n, block.readings, block.stale_s)


#: type → (what its block looks like, how the rule is made)
RULES: dict[str, tuple[type[RuleBlock], Callable[[str, Any, Site], Rule | LastRule]]] = {
    "fresh": (InputTimeoutBlock, _fresh),
    "keep_in": (ZoneBlock, _keep_in),
    "keep_out": (ZoneBlock, _keep_out),
    "speed": (SpeedBlock, _speed),
    "acceleration": (AccelerationBlock, _acceleration),
    "pose_agreement": (PoseAgreementBlock, _pose_agreement),
    "separation": (SeparationBlock, _separation),
    "stop_response": (StopResponseBlock, _stop_response),
    "bypass": (BypassBlock, _bypass),
    "clock": (ClockBlock, _clock),
    "frozen": (StuckInputBlock, _frozen),
    "tilt": (TiltBlock, _tilt),
    "body_height": (BodyHeightBlock, _body_height),
    "joint_flail": (JointRunawayBlock, _joint_flail),
    "ground_reaction": (GroundReactionBlock, _ground_reaction),
    "joint_limits": (JointLimitsBlock, _joint_limits),
    "tool_box": (ToolWorkspaceBlock, _tool_box),
    "contact_force": (ContactForceBlock, _contact_force),
}


#: Types of rules that a named person may hold off for a while (core/permits.py): none of those on which it depends that
#: the robot can be stopped at all.
OVERRIDABLE = frozenset({"keep_out", "separation", "pose_agreement"})


def make_rule(name: str, description: Any, site: Site) -> Rule | LastRule:
    """One rule from its block; EnvelopeError names what does not fit."""
    kind = description.get("type") if isinstance(description, Mapping) else None
    if kind not in RULES:
        raise EnvelopeError(f"{name}.type: {kind!r} is none of {', '.join(RULES)}")
    block, make = RULES[kind]
    try:
        return make(name, msgspec.convert(description, block), site)
    except (msgspec.ValidationError, ValueError) as error:
        raise EnvelopeError(f"{name}: {error}") from error


def make_envelope(names: list[str], blocks: Mapping[str, Any], site: Site) -> Envelope:
    """The rules named, in order, behind `estop`, which cannot be left out. `fresh` must be among them."""
    if not any(isinstance(blocks.get(name), Mapping) and blocks[name].get("type") == "fresh" for name in names):
        raise EnvelopeError("rules: none of type fresh: without it a lost sensor would go unnoticed")
    rules: dict[str, Rule] = {"estop": EstopRule(site.estops)}
    last_rules: dict[str, LastRule] = {}
    for name in names:
        if name in rules or name in last_rules:
            raise EnvelopeError(f"rules: {name!r} is named twice")
        rule = make_rule(name, blocks.get(name), site)
        if isinstance(rule, LastRule):
            last_rules[name] = rule
        else:
            rules[name] = rule
    described = {
        "rules": names,
        "blocks": {name: blocks[name] for name in names},
        "estops": list(site.estops),
        "plates": list(site.plates),
        "lookouts": list(site.lookouts),
        "robot": msgspec.to_builtins(site.robot),
    }
    overridable = frozenset(name for name in names if blocks[name]["type"] in OVERRIDABLE)
    return Envelope(rules, digest(described), last_rules, overridable)
