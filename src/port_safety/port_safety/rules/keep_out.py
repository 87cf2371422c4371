"""`keep_out`: the robot stays out of a polygon. It slows towards the edge; over the edge it stops (zone_edge.py).

Nothing that an arm reaches from its base may lie in it.
"""

from dataclasses import dataclass
from typing import ClassVar

from port_safety.model.geometry import Polygon
from port_safety.rules.rule_type import RuleType, Site
from port_safety.rules.zone_edge import ZoneEdgeParameters, ZoneEdgeRule


@dataclass(frozen=True, slots=True)
class KeepOutRule(ZoneEdgeRule):
    """The robot belongs outside."""

    rule: ClassVar[str] = "keep_out"
    inside: ClassVar[bool] = False
    towards: ClassVar[str] = "towards it"
    beyond: ClassVar[str] = "inside"
    reaches: ClassVar[str] = "into it"


def _make(name: str, parameters: ZoneEdgeParameters, site: Site) -> KeepOutRule:
    return KeepOutRule(name, Polygon.from_flat(parameters.polygon_m), parameters.margin_m, site.robot)


RULE = RuleType(
    "keep_out", ZoneEdgeParameters, _make, needs=lambda site: site.place_inputs, has_place=True, overridable=True
)
