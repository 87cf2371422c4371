"""What the gate reports: things that happened, for the event topic, the log and the evidence."""

import math
from dataclasses import dataclass
from enum import Enum

from port_safety.gate.state_machine import State
from port_safety.model.verdict import Verdict


class EventKind(Enum):
    """Kinds; the values are the constants of port_interfaces/SafetyEvent."""

    STATE_CHANGED = 0
    STOP = 1
    CAUSE_ADDED = 2
    STANDSTILL = 3
    RESET_ACCEPTED = 4
    RESET_REFUSED = 5
    ARMED = 6
    ARM_REFUSED = 7
    LIMIT_BEGAN = 8
    LIMIT_ENDED = 9
    RECOVER_BEGAN = 10
    RECOVER_ENDED = 11
    OVERRIDE_BEGAN = 12
    OVERRIDE_ENDED = 13
    ENVELOPE_CHANGED = 14
    DISARMED = 15


@dataclass(frozen=True, slots=True)
class StopCost:
    """What a stop cost; NaN where that does not apply.

    latency_ms: from the stamp of the reading that caused it to the first output. distance_m: all that the robot
    travelled, travel_after_zero_m: since it was told zero. duration_s: from the cause to standstill.
    """

    latency_ms: float = math.nan
    distance_m: float = math.nan
    travel_after_zero_m: float = math.nan
    duration_s: float = math.nan


NO_COST = StopCost()


@dataclass(frozen=True, slots=True)
class GateEvent:
    """One thing that happened at `at_ns` (monotonic)."""

    kind: EventKind
    at_ns: int
    before: State
    after: State
    epoch: int
    reason: str
    event_id: str = ""
    causes: tuple[Verdict, ...] = ()
    by: str = ""
    cost: StopCost = NO_COST


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a person who asked for something is told."""

    accepted: bool
    reason: str
