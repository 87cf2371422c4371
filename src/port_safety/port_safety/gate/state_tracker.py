"""The machine's course: the state it is in, since when, in which epoch, and everything that happened on the way.

The only place that changes the state, and it does so by the table alone.
"""

from port_safety.gate.events import NO_COST, EventKind, GateEvent, StopCost
from port_safety.gate.state_machine import ARMED, State, Trigger, next_state
from port_safety.model.verdict import Verdict


class StateTracker:
    """`state`, `since_ns` and `epoch` are for reading; `apply` and `emit` make history.

    opened_ns: when the robot's own stack last began to be let through.
    """

    def __init__(self) -> None:
        self.state = State.INIT
        self.since_ns = 0
        self.epoch = 0
        self.epoch_began_ns = 0
        self.opened_ns = 0
        self.event_id = ""
        self._events: list[GateEvent] = []

    def apply(self, trigger: Trigger, now_ns: int, reason: str) -> State:
        """Follow the table; returns the state before. A trigger out of place changes nothing."""
        before, self.state = self.state, next_state(self.state, trigger)
        if self.state is not before:
            self.since_ns = now_ns
            if self.state in ARMED and before not in ARMED:
                self.opened_ns = now_ns
            self.emit(EventKind.STATE_CHANGED, now_ns, before, reason)
        return before

    def raise_epoch(self, now_ns: int) -> None:
        """What was commanded before this moment never passes again."""
        self.epoch += 1
        self.epoch_began_ns = now_ns

    def emit(
        self,
        kind: EventKind,
        now_ns: int,
        before: State,
        reason: str,
        causes: tuple[Verdict, ...] = (),
        by: str = "",
        cost: StopCost = NO_COST,
    ) -> None:
        """Note one event in the present state and epoch."""
        self._events.append(
            GateEvent(kind, now_ns, before, self.state, self.epoch, reason, self.event_id, causes, by, cost)
        )

    def take_events(self) -> list[GateEvent]:
        """What happened since the last call, in order."""
        taken, self._events = self._events, []
        return taken
