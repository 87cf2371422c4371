"""Which limits are in force: each is told when it begins and when it has ended."""

from port_safety.gate.active_limits import HOLD_NS
from port_safety.gate.events import EventKind
from port_safety.model.verdict import Severity, Verdict
from tests.gate_bench import make_gate


def test_a_limit_is_told_when_it_begins_and_when_it_has_ended() -> None:
    gate = make_gate()
    limit = Verdict(Severity.LIMIT, "speed", "zone lane", "too fast", scale=0.5)
    limits = gate.limits
    assert not limits
    limits.note([limit], 100)
    (began,) = gate.take_events()
    assert limits and (began.kind, began.at_ns, began.causes) == (EventKind.LIMIT_BEGAN, 100, (limit,))
    limits.note([limit], 200)
    assert not gate.take_events()
    limits.note([], 200 + HOLD_NS - 1)
    assert limits and not gate.take_events()
    limits.note([], 200 + HOLD_NS)
    assert not limits
    (ended,) = gate.take_events()
    assert (ended.kind, ended.reason) == (EventKind.LIMIT_ENDED, "speed: zone lane no longer limits")
    limits.note([limit], 300)
    limits.note([limit], 300 + 2 * HOLD_NS)
    assert limits and [each.kind for each in gate.take_events()] == [EventKind.LIMIT_BEGAN], "one that lasts lasts"
    limits.end(300 + 2 * HOLD_NS)
    assert not limits and [each.kind for each in gate.take_events()] == [EventKind.LIMIT_ENDED]
    limits.note([limit], 400)
    limits.note([], 401 + HOLD_NS)
    assert not limits
