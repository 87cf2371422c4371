"""`ground_reaction`: what the force plates feel is what a robot of this mass can do. More, or the impossible, stops.

All plates together never carry more than `peak_bodyweights` of the robot's weight m·g; people who land from a jump
reach 4 to 5 bodyweights (McNair and Prapavessis, J. Sci. Med. Sport 2(1), 1999). A plate that is pulled by more than
`pull_n`, or pushed sideways by more than `friction` times its load, measures what no foot can do: a fault of the plate,
its tare, or something that is fixed to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from port_safety.model.readings import PlateForce
from port_safety.model.verdict import Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.required_input import GRAVITY_MPS2, check_positive, required, stop
from port_safety.rules.rule_type import AGE_S, LOWER, MOBILE, RuleParameters, RuleType, Site, number


@dataclass(frozen=True, slots=True)
class GroundReactionRule:
    """plates: their ids. mass_kg: the robot's. stale_s: greatest age of a plate's block."""

    plates: tuple[str, ...]
    mass_kg: float
    peak_bodyweights: float
    pull_n: float
    friction: float
    stale_s: float

    def __post_init__(self) -> None:
        check_positive(self, "mass_kg", "peak_bodyweights", "pull_n", "friction", "stale_s")
        if not self.plates:
            raise ValueError("plates: this ground has none")

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        verdicts, load_n = [], 0.0
        for plate in self.plates:
            name = f"force_plate {plate}"
            force, unusable = required(context, "ground_reaction", name, PlateForce, self.stale_s)
            verdicts += unusable if force is None else self._plate(name, force, context.readings[name].stamp_ns)
            load_n += 0.0 if force is None else force.highest_n
        limit_n = self.peak_bodyweights * self.mass_kg * GRAVITY_MPS2
        if load_n > limit_n:
            stamp_ns = max(context.readings[f"force_plate {plate}"].stamp_ns for plate in self.plates)
            reason = f"the plates carry {load_n:.0f} N, {limit_n:.0f} at most"
            verdicts.append(stop("ground_reaction", "plates", reason, load_n, limit_n, "N", stamp_ns))
        return verdicts

    def _plate(self, name: str, force: PlateForce, stamp_ns: int) -> list[Verdict]:
        if -force.lowest_n > self.pull_n:
            reason = f"{name} is pulled by {-force.lowest_n:.0f} N"
            return [stop("ground_reaction", name, reason, force.lowest_n, -self.pull_n, "N", stamp_ns)]
        bound_n = self.friction * max(0.0, force.highest_n) + self.pull_n
        if force.sideways_n > bound_n:
            reason = f"{name} is pushed sideways by {force.sideways_n:.0f} N, more than its load explains"
            return [stop("ground_reaction", name, reason, force.sideways_n, bound_n, "N", stamp_ns)]
        return []


class GroundReactionParameters(RuleParameters, frozen=True):
    """The robot's mass; multiples of its weight; greatest age of a plate's block."""

    mass_kg: Annotated[float, number("kg", gt=0.0, le=2000.0, stricter=LOWER)]
    peak_bodyweights: Annotated[float, number("", ge=1.0, le=20.0, stricter=LOWER)] = 6.0
    pull_n: Annotated[float, number("N", gt=0.0, le=100_000.0, stricter=LOWER)] = 50.0
    friction: Annotated[float, number("", gt=0.0, le=5.0, stricter=LOWER)] = 1.5
    stale_s: Annotated[float, AGE_S] = 0.5


def _make(name: str, parameters: GroundReactionParameters, site: Site) -> GroundReactionRule:
    return GroundReactionRule(
        site.plates, parameters.mass_kg, parameters.peak_bodyweights, parameters.pull_n, parameters.friction,
        parameters.stale_s,
    )  # fmt: skip


def _plates(parameters: GroundReactionParameters, site: Site) -> dict[str, float]:
    return {f"force_plate {plate}": parameters.stale_s for plate in site.plates}


RULE = RuleType("ground_reaction", GroundReactionParameters, _make, watches=_plates, kinds=MOBILE)
