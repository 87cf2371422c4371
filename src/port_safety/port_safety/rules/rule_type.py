"""What a type of rule says of itself: its parameters, what it needs to see, which robots it can judge, how it is made.

A rule's own file holds its `RULE`; the registry finds it by its entry point (`port.rules`). Description, freshness,
validation, changes while the gate runs and the documents' tables derive from it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import msgspec

from port_safety.model.joints import Joints
from port_safety.model.robot_model import RobotModel
from port_safety.rules.envelope import LastRule, Rule

KINDS = frozenset({"wheeled", "arm", "quadruped", "humanoid"})
MOBILE = KINDS - {"arm"}

#: In which direction a parameter becomes stricter; only that way may it change while the gate runs.
Stricter = Literal["lower", "higher", ""]
LOWER: Stricter = "lower"
HIGHER: Stricter = "higher"


class RuleParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The parameters of one rule; a field's bounds, unit and stricter direction are in its annotation (`number`)."""


def number(
    unit: str, *, gt: float | None = None, ge: float | None = None, le: float | None = None, stricter: Stricter = ""
) -> msgspec.Meta:
    """Annotation of a number in `unit`: above `gt`, at least `ge`, at most `le`; it becomes stricter that way."""
    bounds: dict[str, Any] = {"gt": gt, "ge": ge, "le": le}
    return msgspec.Meta(**bounds, extra={"unit": unit, "stricter": stricter})


#: The greatest age of an input, s.
AGE_S = number("s", ge=0.01, le=10.0, stricter=LOWER)


class Site(msgspec.Struct, frozen=True):
    """What the rules are made for: the robot, and the names of stations, plates and occupancy's sources that must live.

    by_joints: the robot is commanded by its joints, so nobody knows where a command takes its base.
    """

    robot: RobotModel
    estops: tuple[str, ...]
    plates: tuple[str, ...]
    lookouts: tuple[str, ...] = ()
    by_joints: bool = False

    @property
    def motion_input(self) -> str:
        """The input that says how the robot moves."""
        return "joints" if self.robot.measured_by_joints else "odometry"

    @property
    def place_inputs(self) -> tuple[str, ...]:
        """The inputs that say where the robot is: none for one that stands fixed."""
        return () if self.robot.is_fixed else ("ground_pose",)


def _nothing(parameters: Any, site: Site) -> Mapping[str, float]:
    return {}


def _no_names(site: Site) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class RuleType:
    """One type of rule.

    make: from the rule's name, its parameters and the site; ValueError where they do not fit. watches: the inputs that
    it holds to a greatest age (s); reads_values: it judges what they say, too, not their age alone. needs: inputs that
    some rule of the envelope must watch. kinds: of robots that it can judge. by_twist, by_joints: whether it can judge
    a robot that is commanded so. has_place: it needs to know where the robot is. overridable: a named person may
    override it for a while; none of those by which the robot can be stopped. old_names: what it was called before.
    """

    name: str
    parameters: type[RuleParameters]
    make: Callable[[str, Any, Site], Rule | LastRule]
    watches: Callable[[Any, Site], Mapping[str, float]] = _nothing
    needs: Callable[[Site], tuple[str, ...]] = _no_names
    kinds: frozenset[str] = KINDS
    by_twist: bool = True
    by_joints: bool = True
    has_place: bool = False
    reads_values: bool = True
    overridable: bool = False
    old_names: tuple[str, ...] = ()

    def refusal(self, site: Site) -> str:
        """Why it cannot judge this robot; empty if it can."""
        robot = site.robot
        if robot.kind not in self.kinds:
            return f"{self.name} judges robots of kind {_listed(self.kinds)}; {robot.name} is of kind {robot.kind}"
        if site.by_joints and not self.by_joints:
            return f"{self.name} judges robots that are commanded by a twist; {robot.name} is commanded by its joints"
        if not site.by_joints and not self.by_twist:
            return f"{self.name} judges robots that are commanded by their joints; {robot.name} is commanded by a twist"
        if self.has_place and robot.is_fixed and robot.base is None:
            return f"{self.name} needs to know where {robot.name} stands: base_pose is missing in its profile"
        return ""

    def stricter(self, key: str) -> Stricter:
        """The direction in which `key` may change while the gate runs; empty if it may not."""
        for field in msgspec.structs.fields(self.parameters):
            if field.name == key:
                stricter: Stricter = extra_of(field.type).get("stricter", "")
                return stricter
        return ""


def extra_of(kind: Any) -> dict[str, Any]:
    """What `number` says of an annotated type, also of one that may be None; empty for any other."""
    for each in (kind, *get_args(kind)):
        for note in getattr(each, "__metadata__", ()):
            if isinstance(note, msgspec.Meta):
                return note.extra or {}
    return {}


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def joints_of(site: Site) -> Joints:
    """The joints of the robot. Raises ValueError for one whose profile names none."""
    if site.robot.joints is None:
        raise ValueError(f"the profile of {site.robot.name} names no joints")
    return site.robot.joints
