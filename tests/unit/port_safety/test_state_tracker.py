"""The state of a gate: since when it holds, and in which epoch."""

from port_safety.gate.events import EventKind
from port_safety.gate.state_machine import State, Trigger
from port_safety.gate.state_tracker import StateTracker


def test_a_tracker_notes_since_when_and_in_which_epoch() -> None:
    course = StateTracker()
    assert (course.state, course.since_ns, course.epoch, course.epoch_began_ns) == (State.INIT, 0, 0, 0)
    assert course.apply(Trigger.RESET, 5, "nothing") is State.INIT and course.since_ns == 0
    assert course.apply(Trigger.READY, 7, "ready") is State.INIT and course.since_ns == 7
    course.raise_epoch(9)
    course.raise_epoch(11)
    course.emit(EventKind.ARMED, 12, State.STANDBY, "armed", by="anna")
    assert (course.epoch, course.epoch_began_ns) == (2, 11)
    told = course.take_events()
    assert [(each.kind, each.at_ns, each.before, each.after, each.epoch) for each in told] == [
        (EventKind.STATE_CHANGED, 7, State.INIT, State.STANDBY, 0),
        (EventKind.ARMED, 12, State.STANDBY, State.STANDBY, 2),
    ]
    assert course.take_events() == []
