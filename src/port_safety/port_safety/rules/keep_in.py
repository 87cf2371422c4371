"""`keep_in`: the robot stays inside a polygon. It slows towards the edge; over the edge it stops (zone_edge.py).

Of an arm everything that it reaches from its base has to lie inside.
"""

from dataclasses import dataclass
from typing import ClassVar

from port_safety.model.geometry import Polygon
from port_safety.rules.rule_type import RuleType, Site
from port_safety.rules.zone_edge import ZoneEdgeParameters, ZoneEdgeRule


@dataclass(frozen=True, slots=True)
class KeepInRule(ZoneEdgeRule):
    """The robot belongs inside."""

    rule: ClassVar[str] = "keep_in"
    inside: ClassVar[bool] = True
    towards: ClassVar[str] = "towards the edge"
    beyond: ClassVar[str] = "over the edge"
    reaches: ClassVar[str] = "over its edge"


def _make(name: str, parameters: ZoneEdgeParameters, site: Site) -> KeepInRule:
    return KeepInRule(name, Polygon.from_flat(parameters.polygon_m), parameters.margin_m, site.robot)


RULE = RuleType("keep_in", ZoneEdgeParameters, _make, needs=lambda site: site.place_inputs, has_place=True)
