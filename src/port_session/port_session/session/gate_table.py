"""What a session does of itself for each state of the gate: one table, session state × gate state. Pure.

The gate's states are those of port_interfaces/SafetyState by name, and SILENT, where it was not heard for a while.
"""

from enum import Enum

from port_ros.session_states import State

SILENT = "SILENT"

#: States of the gate in which it lets a robot move; in RECOVER a person at the robot moves it, not its stack.
OPEN = ("RUN", "REDUCED", "RECOVER")

#: States of the gate while a stop is in force.
STOPPED = ("STOPPING", "STOPPED", "RESET_READY")


class Reaction(Enum):
    """HALT: halt the session. GO_ON_OR_CLOSE: a stop that halted it has ended by itself: go on; if none did, CLOSE.

    CLOSE: the gate must not be armed now, and is asked to stop. WAIT: the stop is in force, and may end by itself.
    END_OF_WAIT: the gate will not go on by itself any more. NONE: all is as it should be.
    """

    NONE = "."
    HALT = "halt"
    GO_ON_OR_CLOSE = "go on"
    CLOSE = "close"
    WAIT = "wait"
    END_OF_WAIT = "end"


#: A row a state of the session, a column a state of the gate.
_TABLE = """
            SILENT  INIT  STANDBY  RUN    REDUCED  STOPPING  STOPPED  RESET_READY  RECOVER  FAULT
BOOKED      .       .     .        close  close    .         .        .            .        .
ADMITTED    .       .     .        close  close    .         .        .            .        .
ARMED       halt    halt  halt     .      .        halt      halt     halt         halt     halt
RUNNING     halt    halt  halt     .      .        halt      halt     halt         halt     halt
HALTED      wait    end   end      go-on  go-on    wait      wait     wait         end      end
ABORTED     .       .     .        close  close    .         .        .            .        .
COMPLETED   .       .     .        close  close    .         .        .            .        .
REVIEWED    .       .     .        close  close    .         .        .            .        .
SEALED      .       .     .        close  close    .         .        .            .        .
"""


def _parsed() -> dict[tuple[State, str], Reaction]:
    head, *rows = (line.split() for line in _TABLE.strip().splitlines())
    return {
        (State[name], gate): Reaction(cell.replace("-", " "))
        for name, *cells in rows
        for gate, cell in zip(head, cells, strict=True)
    }


REACTIONS = _parsed()


def reaction(session: State, gate: str) -> Reaction:
    """What the session does. A state of the gate that is not known here counts as FAULT."""
    return REACTIONS.get((session, gate), REACTIONS[session, "FAULT"])
