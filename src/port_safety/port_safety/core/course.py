"""The machine's course: the state it is in, since when, in which epoch, and everything that happened on the way.

The only place that changes the state, and it does so by the table alone.
"""

import math

from port_safety.core.happening import Happening, Kind
from port_safety.core.machine import ARMED, Event, State, following
from port_safety.core.verdict import Verdict


class Course:
    """`state`, `since_ns` and `epoch` are for reading; `go` and `happen` make history.

    opened_ns: when the robot's own stack last began to be let through.
    """

    def __init__(self) -> None:
        self.state = State.INIT
        self.since_ns = 0
        self.epoch = 0
        self.epoch_began_ns = 0
        self.opened_ns = 0
        self.event_id = ""
        self._happenings: list[Happening] = []

    def go(self, event: Event, now_ns: int, reason: str) -> State:
        """Follow the table; returns the state before. An event out of place changes nothing."""
        before, self.state = self.state, following(self.state, event)
        if self.state is not before:
            self.since_ns = now_ns
            if self.state in ARMED and before not in ARMED:
                self.opened_ns = now_ns
            self.happen(Kind.STATE_CHANGED, now_ns, before, reason)
        return before

    def raise_epoch(self, now_ns: int) -> None:
        """What was commanded before this moment never passes again."""
        self.epoch += 1
        self.epoch_began_ns = now_ns

    def happen(
        self,
        kind: Kind,
        now_ns: int,
        before: State,
        reason: str,
        causes: tuple[Verdict, ...] = (),
        by: str = "",
        latency_ms: float = math.nan,
        distance_m: float = math.nan,
        travel_after_zero_m: float = math.nan,
        duration_s: float = math.nan,
    ) -> None:
        """Note one happening in the present state and epoch."""
        self._happenings.append(
            Happening(
                kind,
                now_ns,
                before,
                self.state,
                self.epoch,
                reason,
                self.event_id,
                causes,
                by,
                latency_ms,
                distance_m,
                travel_after_zero_m,
                duration_s,
            )
        )

    def take_happenings(self) -> list[Happening]:
        """What happened since the last call, in order."""
        taken, self._happenings = self._happenings, []
        return taken
