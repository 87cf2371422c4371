"""What an indicator is: a pure function over one run, with unit, method, source, and an uncertainty for each result.

A package brings its own by an entry point in the group `port.indicators`; the registry finds it by its name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from port_safety.model.installed import installed
from port_session.trials.run_data import RunData

#: The group of entry points.
GROUP = "port.indicators"

#: What of a ground an indicator looks at: the gate's own states, the cameras' poses of the robot, the force plates.
Need = Literal["gate", "poses", "plates"]


class NotMeasured(Exception):
    """The run does not hold what the indicator looks at; the message says what is missing."""


@dataclass(frozen=True)
class Result:
    """One measurement. u: its standard uncertainty, in the indicator's unit (JCGM 100). at_s: when, in the session.

    remark: what a reader must know beside it, such as two methods that disagree by more than they should.
    """

    value: float
    u: float
    at_s: float
    remark: str = ""


@dataclass(frozen=True)
class Indicator:
    """name: as its entry point is called. title, method, source: for people. measure: raises NotMeasured.

    better: which way is an improvement; empty where neither is.
    """

    name: str
    title: str
    unit: str
    method: str
    source: str
    needs: tuple[Need, ...]
    measure: Callable[[RunData], Sequence[Result]]
    better: Literal["lower", "higher", ""] = ""


@cache
def indicators() -> dict[str, Indicator]:
    """Every indicator that is installed, by name. Raises InstalledError."""
    return installed(GROUP, Indicator)
