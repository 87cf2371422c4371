"""The safety machine: which state follows which, in one table. Nothing else decides about the state.

INIT waits for every input and for a robot at rest. STANDBY is ready but lets nothing through. RUN lets commands
through, REDUCED lets less through than was asked. STOPPING brings the robot to standstill, STOPPED holds it there.
RESET_READY: every condition of a reset holds and a person may reset. RECOVER: a person holds the way out of a zone
open; it ends in the stop that it began in. FAULT: the gate no longer trusts itself; only a restart leads out.
"""

from enum import Enum


class State(Enum):
    """States; the values are the constants of port_interfaces/SafetyState."""

    INIT = 0
    STANDBY = 1
    RUN = 2
    REDUCED = 3
    STOPPING = 4
    STOPPED = 5
    RESET_READY = 6
    RECOVER = 7
    FAULT = 8


class Event(Enum):
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


TABLE: dict[tuple[State, Event], State] = {
    (State.INIT, Event.READY): State.STANDBY,
    (State.STANDBY, Event.NOT_READY): State.INIT,
    (State.STANDBY, Event.ARM): State.RUN,
    (State.STANDBY, Event.STOP): State.STOPPING,
    (State.RUN, Event.LIMIT): State.REDUCED,
    (State.RUN, Event.DISARM): State.STANDBY,
    (State.RUN, Event.STOP): State.STOPPING,
    (State.REDUCED, Event.NO_LIMIT): State.RUN,
    (State.REDUCED, Event.DISARM): State.STANDBY,
    (State.REDUCED, Event.STOP): State.STOPPING,
    (State.STOPPING, Event.STANDSTILL): State.STOPPED,
    (State.STOPPED, Event.RESETTABLE): State.RESET_READY,
    (State.STOPPED, Event.CLEARED): State.RUN,
    (State.STOPPED, Event.RECOVER): State.RECOVER,
    (State.RECOVER, Event.RELEASED): State.STOPPING,
    (State.RECOVER, Event.STOP): State.STOPPING,
    (State.RESET_READY, Event.NOT_RESETTABLE): State.STOPPED,
    (State.RESET_READY, Event.STOP): State.STOPPED,
    (State.RESET_READY, Event.CLEARED): State.RUN,
    (State.RESET_READY, Event.RESET): State.STANDBY,
}
TABLE.update({(state, Event.FAULT): State.FAULT for state in State})

#: Motion may leave the gate in these states only.
MOVING = frozenset({State.RUN, State.REDUCED, State.RECOVER})

#: The robot's own stack moves it in these.
ARMED = frozenset({State.RUN, State.REDUCED})

#: A stop is in force in these.
STOPPED_OR_STOPPING = frozenset({State.STOPPING, State.STOPPED, State.RESET_READY})


def following(state: State, event: Event) -> State:
    """The state after `event`; the same one where the table has no entry: an event out of place changes nothing."""
    return TABLE.get((state, event), state)
