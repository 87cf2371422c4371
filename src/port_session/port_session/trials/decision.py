"""What a requirement says of a figure, by a decision rule that was stated before. Pure.

ISO/IEC Guide 98-4 (JCGM 106:2012): by simple acceptance the figure as measured decides (8.2); with a guard band of the
expanded uncertainty (8.3.2) what lies too near to the limit is not decided.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from port_session.trials.combine import Figure

Rule = Literal["simple", "guarded"]

#: For people, in a report.
WORDS: dict[str, str] = {
    "simple": "simple acceptance: the figure as measured decides; its uncertainty is not added",
    "guarded": "guarded acceptance: passed or failed only where the expanded uncertainty leaves no doubt",
}


class Decision(Enum):
    """Of one requirement."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "not decided"


@dataclass(frozen=True)
class Requirement:
    """Limits of an indicator, in its unit; None where there is none."""

    at_least: float | None = None
    at_most: float | None = None

    @property
    def words(self) -> str:
        """For people."""
        least = f"at least {self.at_least:g}" if self.at_least is not None else ""
        most = f"at most {self.at_most:g}" if self.at_most is not None else ""
        return " and ".join(each for each in (least, most) if each)


def decide(figure: Figure, requirement: Requirement, rule: Rule) -> Decision:
    """Whether `figure` meets `requirement`."""
    margins = [
        *([] if requirement.at_least is None else [figure.mean - requirement.at_least]),
        *([] if requirement.at_most is None else [requirement.at_most - figure.mean]),
    ]
    guard = figure.expanded if rule == "guarded" else 0.0
    if all(margin >= guard for margin in margins):
        return Decision.PASSED
    if any(margin < -guard for margin in margins):
        return Decision.FAILED
    return Decision.UNDECIDED
