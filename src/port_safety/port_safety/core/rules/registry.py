"""Which rules there are, and how each is made from its block of parameters.

A new rule is one new file, one line in RULES, one block of parameters, one section in docs/safety.md.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from port_safety.core.envelope import Envelope, Rule, digest
from port_safety.core.geometry import Polygon
from port_safety.core.rules.estop import EstopRule
from port_safety.core.rules.fresh import FreshRule, Watched
from port_safety.core.rules.keep_in import KeepInRule
from port_safety.core.rules.keep_out import KeepOutRule
from port_safety.core.rules.speed import SpeedRule
from port_safety.core.verdict import Severity
from port_safety.core.view import Robot

Block = TypeVar("Block", bound="RuleBlock")


class EnvelopeError(ValueError):
    """The description of a rule does not fit; the message names the rule and the key."""


class RuleBlock(msgspec.Struct, forbid_unknown_fields=True):
    """What every block has: the type of the rule."""

    type: str


class FreshBlock(RuleBlock):
    """Greatest ages in s."""

    estop_s: float
    odometry_s: float
    ground_pose_s: float
    force_plate_s: float
    command_s: float


class ZoneBlock(RuleBlock):
    """A polygon as flat x, y pairs in frame ground, m."""

    polygon_m: list[float]
    margin_m: float = 0.05


class SpeedBlock(RuleBlock):
    """Limits in m/s; without polygon_m they hold everywhere."""

    limit_mps: float
    polygon_m: list[float] = []
    occupied_limit_mps: float | None = None


class Site(msgspec.Struct, frozen=True):
    """What the rules are made for: the robot, and the names of stations and plates that must be alive."""

    robot: Robot
    estops: tuple[str, ...]
    plates: tuple[str, ...]


def _fresh(name: str, block: FreshBlock, site: Site) -> Rule:
    inputs = [Watched(f"estop {station}", block.estop_s, Severity.EMERGENCY_STOP) for station in site.estops]
    inputs.append(Watched("odometry", block.odometry_s, Severity.PROTECTIVE_STOP))
    inputs.append(Watched("ground_pose", block.ground_pose_s, Severity.PROTECTIVE_STOP))
    inputs += [Watched(f"force_plate {plate}", block.force_plate_s, Severity.PROTECTIVE_STOP) for plate in site.plates]
    return FreshRule(tuple(inputs), block.command_s)


def _keep_in(name: str, block: ZoneBlock, site: Site) -> Rule:
    return KeepInRule(name, Polygon.from_flat(block.polygon_m), block.margin_m, site.robot)


def _keep_out(name: str, block: ZoneBlock, site: Site) -> Rule:
    return KeepOutRule(name, Polygon.from_flat(block.polygon_m), block.margin_m, site.robot)


def _speed(name: str, block: SpeedBlock, site: Site) -> Rule:
    polygon = Polygon.from_flat(block.polygon_m) if block.polygon_m else None
    return SpeedRule(name, block.limit_mps, site.robot, polygon, block.occupied_limit_mps)


#: type → (what its block looks like, how the rule is made)
RULES: dict[str, tuple[type[RuleBlock], Callable[[str, Any, Site], Rule]]] = {
    "fresh": (FreshBlock, _fresh),
    "keep_in": (ZoneBlock, _keep_in),
    "keep_out": (ZoneBlock, _keep_out),
    "speed": (SpeedBlock, _speed),
}


def make_rule(name: str, description: Any, site: Site) -> Rule:
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
    for name in names:
        if name in rules:
            raise EnvelopeError(f"rules: {name!r} is named twice")
        rules[name] = make_rule(name, blocks.get(name), site)
    described = {
        "rules": names,
        "blocks": {name: blocks[name] for name in names},
        "estops": list(site.estops),
        "plates": list(site.plates),
        "robot": msgspec.to_builtins(site.robot),
    }
    return Envelope(rules, digest(described))
