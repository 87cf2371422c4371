"""One moment of a stop, and the state to which what is answered leads."""

import math

from port_safety.commands.twist import ZERO
from port_safety.gate.moment import Moment, Transition
from port_safety.gate.state_machine import State, Trigger
from port_safety.model.stop_profiles import Seen

STOPPING = Moment(7, State.STOPPING, (), ZERO, math.nan, 1.5, Seen(0.0, 0.0, True))


def test_a_moment_is_the_same_in_the_state_to_which_transitions_lead() -> None:
    later = STOPPING.after([Transition(Trigger.STANDSTILL, "it stands"), Transition(Trigger.RESETTABLE, "all holds")])
    assert later.state is State.RESET_READY
    assert (later.now_ns, later.output, later.path_m, later.seen) == (7, ZERO, 1.5, STOPPING.seen)
    assert STOPPING.state is State.STOPPING


def test_what_is_only_told_leads_nowhere() -> None:
    assert STOPPING.after([]).state is State.STOPPING
    assert STOPPING.after([Transition(None, "told")]).state is State.STOPPING
