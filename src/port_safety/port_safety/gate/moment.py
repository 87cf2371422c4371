"""What a stop looks at in one tick, and what it answers: transitions, which the gate alone applies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from port_safety.commands.command import Command
from port_safety.gate.events import EventKind, StopCost
from port_safety.gate.state_machine import State, Trigger, next_state
from port_safety.model.stop_profiles import Seen
from port_safety.model.verdict import Verdict
from port_safety.rules.stop_start import StopStart


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of a robot that is stopped or led. Times are monotonic, ns.

    objections: everything that stops now, the worst first. output: what left the gate last. speed_mps: as measured, NaN
    while nobody knows. path_m: how far the robot has come since the gate began. seen: what is measured of its body.
    still_asks: the motion that its stack goes on asking for, in words; empty if it asks for none. overridden: a person
    overrides a rule.
    """

    now_ns: int
    state: State
    objections: Sequence[Verdict]
    output: Command
    speed_mps: float
    path_m: float
    seen: Seen
    still_asks: str = ""
    overridden: bool = False

    @property
    def start(self) -> StopStart:
        """This moment as the one from which the robot is braked."""
        return StopStart(self.now_ns, self.output, self.speed_mps)

    def after(self, transitions: Sequence["Transition"]) -> "Moment":
        """The same moment in the state to which `transitions` lead."""
        state = self.state
        for each in transitions:
            state = state if each.trigger is None else next_state(state, each.trigger)
        return replace(self, state=state)


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of the machine, and the event that tells of it, if one does.

    new_epoch: nothing that was commanded before passes any more. await_zero: nothing passes until the stack has asked
    for no motion once. ends_overrides: no rule is overridden any more.
    """

    trigger: Trigger | None
    reason: str
    event: EventKind | None = None
    causes: tuple[Verdict, ...] = ()
    by: str = ""
    cost: StopCost | None = None
    new_epoch: bool = False
    await_zero: bool = False
    ends_overrides: bool = False
