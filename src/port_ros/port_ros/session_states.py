"""The states of a session, once for all packages. Pure."""

from enum import IntEnum


class State(IntEnum):
    """The numbers are those of port_interfaces/SessionState."""

    BOOKED = 0
    ADMITTED = 1
    ARMED = 2
    RUNNING = 3
    HALTED = 4
    ABORTED = 5
    COMPLETED = 6
    REVIEWED = 7
    SEALED = 8


#: From these a robot may be moving.
LIVE = (State.ARMED, State.RUNNING)

#: From these it never will again.
ENDED = (State.ABORTED, State.COMPLETED, State.REVIEWED, State.SEALED)
