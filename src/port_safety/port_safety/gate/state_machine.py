"""The safety machine: which state follows which, in one table. Nothing else decides about the state.

INIT waits for every input and for a robot at rest. STANDBY is ready but lets nothing through. RUN lets commands
through, REDUCED lets less through than was asked. STOPPING brings the robot to standstill, STOPPED holds it there.
RESET_READY: every condition of a reset holds and a person may reset. RECOVER: a person holds the way out of a zone
open; it ends in the stop that it began in. FAULT: the gate no longer trusts itself; only a restart leads out.
"""

from enum import Enum


class State(Enum):
    """States; the values are the constants of port_interfaces/SafetyState."""

    # A state is equal to itself alone; the hash of its name, which Enum takes, costs ten times as much in every tick.
    __hash__ = object.__hash__

    INIT = 0
    STANDBY = 1
    RUN = 2
    REDUCED = 3
    STOPPING = 4
    STOPPED = 5
    RESET_READY = 6
    RECOVER = 7
    FAULT = 8


class Trigger(Enum):
    """What can happen to the machine in a tick."""

    READY = "every input is healthy and the robot stands"
    NOT_READY = "an input is not healthy, without an emergency"
    ARM = "a person lets the robot go"
    DISARM = "a person takes the permission back, at standstill"
    LIMIT = "a rule reduces the request"
    NO_LIMIT = "no rule reduces the request any more"
    STOP = "a rule, a person or the shutdown stops the robot"
    STANDSTILL = "the robot is measured to stand"
    RESETTABLE = "every condition of a reset holds"
    NOT_RESETTABLE = "a condition of a reset is gone"
    RESET = "a person resets the stop"
    CLEARED = "a stop that may end by itself has ended"
    RECOVER = "a person holds the way out of a zone open"
    RELEASED = "the person lets go, or the robot is out"
    FAULT = "the gate itself failed"


TABLE: dict[tuple[State, Trigger], State] = {
    (State.INIT, Trigger.READY): State.STANDBY,
    (State.INIT, Trigger.STOP): State.STOPPING,
    (State.STANDBY, Trigger.NOT_READY): State.INIT,
    (State.STANDBY, Trigger.ARM): State.RUN,
    (State.STANDBY, Trigger.STOP): State.STOPPING,
    (State.RUN, Trigger.LIMIT): State.REDUCED,
    (State.RUN, Trigger.DISARM): State.STANDBY,
    (State.RUN, Trigger.STOP): State.STOPPING,
    (State.REDUCED, Trigger.NO_LIMIT): State.RUN,
    (State.REDUCED, Trigger.DISARM): State.STANDBY,
    (State.REDUCED, Trigger.STOP): State.STOPPING,
    (State.STOPPING, Trigger.STANDSTILL): State.STOPPED,
    (State.STOPPED, Trigger.RESETTABLE): State.RESET_READY,
    (State.STOPPED, Trigger.CLEARED): State.RUN,
    (State.STOPPED, Trigger.RECOVER): State.RECOVER,
    (State.RECOVER, Trigger.RELEASED): State.STOPPING,
    (State.RECOVER, Trigger.STOP): State.STOPPING,
    (State.RESET_READY, Trigger.NOT_RESETTABLE): State.STOPPED,
    (State.RESET_READY, Trigger.STOP): State.STOPPED,
    (State.RESET_READY, Trigger.CLEARED): State.RUN,
    (State.RESET_READY, Trigger.RESET): State.STANDBY,
}
TABLE.update({(state, Trigger.FAULT): State.FAULT for state in State})

#: Motion may leave the gate in these states only.
MOTION_ALLOWED = frozenset({State.RUN, State.REDUCED, State.RECOVER})

#: The robot's own stack moves it in these.
ARMED = frozenset({State.RUN, State.REDUCED})

#: A stop is in force in these.
STOPPED_OR_STOPPING = frozenset({State.STOPPING, State.STOPPED, State.RESET_READY})


def next_state(state: State, trigger: Trigger) -> State:
    """The state after `trigger`; the same one where the table has no entry: a trigger out of place changes nothing."""
    return TABLE.get((state, trigger), state)
