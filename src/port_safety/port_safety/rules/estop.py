"""`estop`: an e-stop station that is pressed, in doubt or silent is an emergency. Always in force.

Either channel open is a stop at once (ISO 13850; dual channel as in ISO 13849-1 category 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from port_safety.model.readings import Estop, Reading
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext


@dataclass(frozen=True, slots=True)
class EstopRule:
    """Watches the stations named; each reading's own silence limit is the business of `input_timeout`."""

    stations: tuple[str, ...]

    def judge(self, context: RuleContext) -> Sequence[Verdict]:
        return [
            Verdict(Severity.EMERGENCY_STOP, "estop", f"estop {station}", reason, stamp_ns=reading.stamp_ns)
            for station in self.stations
            if (reading := context.readings.get(f"estop {station}")) is not None
            and (reason := objection(station, reading))
        ]


def objection(station: str, reading: Reading) -> str:
    """Why this reading is no release, in words; empty if it is one."""
    value = reading.value
    if not isinstance(value, Estop):
        return f"estop {station}: not an e-stop reading"
    if not value.link_ok:
        return f"estop {station}: {value.link_reason or 'no link'}"
    match value.channel_a_closed, value.channel_b_closed:
        case True, True:
            return ""
        case False, False:
            return f"estop {station}: pressed"
        case a_closed, _:
            return (
                f"estop {station}: channel {'B' if a_closed else 'A'} open, the other closed: press fully and release"
            )
