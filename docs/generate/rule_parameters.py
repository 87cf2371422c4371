"""What each rule takes and what it can judge, as two tables made from the rules' own schemas."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

import msgspec

from docs.generate.marked import Marked
from port_safety.model.braking_model import BrakingModel
from port_safety.model.joints import Joints
from port_safety.model.robot_model import RobotModel
from port_safety.rules.registry import rule_types
from port_safety.rules.rule_type import KINDS, RuleType, Site

PART = Marked("the rules' schemas")
_BRAKING = BrakingModel(latency_s=0.1, deceleration_mps2=1.0, response_s=0.1)
_JOINTS = Joints(("ID",), deceleration_radps2=1.0, reach_m=1.0)
_NOTHING = "–"
#: Where a schema gives no bounds, the name ends with the unit.
_UNITS = {"m": "m", "mps": "m/s", "rad": "rad", "radps": "rad/s", "s": "s"}


def _site(kind: str, by_joints: bool) -> Site:
    """A robot of that kind: only the names of its inputs matter."""
    robot = RobotModel("any", kind, 1.0, 1.0, _BRAKING, 0.5, 1.0, joints=_JOINTS)
    return Site(robot, estops=("ID",), plates=("ID",), by_joints=by_joints)


#: One that moves over the floor, and one that stands fixed.
MOVING, FIXED = _site("wheeled", by_joints=False), _site("arm", by_joints=True)


def port_rules() -> list[RuleType]:
    """The rules of port itself: a ground's package that is installed beside it has documents of its own."""
    return [each for each in rule_types().values() if each.parameters.__module__.startswith("port_safety.")]


def tables() -> str:
    """Both tables, in Markdown."""
    types = sorted(port_rules(), key=lambda each: each.name)
    judges = [
        "| rule | judges | commanded by | inputs | of an arm | may be overridden | old name |",
        "| --- " * 7 + "|",
    ]
    takes = ["| rule | parameter | unit | allowed | default | stricter |", "| --- " * 6 + "|"]
    return "\n".join([*judges, *map(_judges, types), "", *takes, *(row for each in types for row in _takes(each))])


def _judges(rule_type: RuleType) -> str:
    commands = [word for word, fits in (("twist", rule_type.by_twist), ("joints", rule_type.by_joints)) if fits]
    kinds = "every kind" if rule_type.kinds == KINDS else ", ".join(sorted(rule_type.kinds))
    by_site = [", ".join(f"`{each}`" for each in _inputs(rule_type, site)) for site in (MOVING, FIXED)]
    moving, fixed = by_site if "arm" in rule_type.kinds else (by_site[0], "")
    overridable = "yes" if rule_type.overridable else ""
    old = ", ".join(f"`{name}`" for name in rule_type.old_names)
    cells = (f"`{rule_type.name}`", kinds, ", ".join(commands), moving, fixed, overridable, old)
    return _row(cells)


def _inputs(rule_type: RuleType, site: Site) -> list[str]:
    """The inputs without which it stops the robot, by the names that the state message has for them."""
    anything: dict[str, Any] = {field.encode_name: 1.0 for field in _fields(rule_type) if field.required}
    watched = rule_type.watches(rule_type.parameters(**anything), site)
    return sorted({*watched, *rule_type.needs(site)})


def _takes(rule_type: RuleType) -> Iterator[str]:
    for field in _fields(rule_type):
        note = meta_of(field.type)
        extra = (note.extra or {}) if note else {}
        default = "required" if field.required else _value(field)
        unit = extra.get("unit") or _UNITS.get(field.name.rpartition("_")[2], "")
        stricter = extra.get("stricter", "")
        yield _row((f"`{rule_type.name}`", f"`{field.name}`", unit, _allowed(field.type, note), default, stricter))


def _fields(rule_type: RuleType) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(rule_type.parameters)


def meta_of(kind: Any) -> msgspec.Meta | None:
    """The bounds of an annotated type, also of one that may be None."""
    for each in (kind, *get_args(kind)):
        for note in getattr(each, "__metadata__", ()):
            if isinstance(note, msgspec.Meta):
                return note
    return None


def _allowed(kind: Any, note: msgspec.Meta | None) -> str:
    if note is None:
        return {list: "numbers", tuple: "numbers", dict: "numbers by name"}.get(get_origin(kind) or kind, "")
    least = f"> {note.gt:g}" if note.gt is not None else f"≥ {note.ge:g}" if note.ge is not None else ""
    most = f"≤ {note.le:g}" if note.le is not None else ""
    return ", ".join(filter(None, (least, most)))


def _value(field: msgspec.structs.FieldInfo) -> str:
    default = field.default
    return f"{default:g}" if isinstance(default, int | float) else "none"


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell or _NOTHING for cell in cells) + " |"
