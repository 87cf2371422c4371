"""Who else commands the robot; the rest of a killed gate is no bypass, and no leave to move either."""

from port_safety.core.motion import ZERO
from port_safety.core.publishers import BEGAN_NS, LEASE_NS, PublisherWatch
from port_safety.core.reading import Publishers, Reading
from port_safety.core.rules.bypass import BypassRule
from port_safety.core.verdict import Severity
from port_safety.core.view import View

OWN = "/hall/gate"
US, DEAD, OTHER = (OWN, b"us"), (OWN, b"dead"), ("/team/teleop", b"team")
S = 1_000_000_000


def test_alone_there_is_nobody_else() -> None:
    watch = PublisherWatch(OWN)
    assert watch.look([], 0) == watch.look([US], S) == watch.look([US], 100 * S) == Publishers()


def test_other_names_are_foreign_from_the_first_look() -> None:
    assert PublisherWatch(OWN).look([OTHER, US], 0) == Publishers(("/team/teleop",))


def test_one_that_was_here_before_is_waited_for_until_no_lease_explains_it() -> None:
    watch = PublisherWatch(OWN)
    watch.look([US], 0)
    assert watch.look([DEAD, US], BEGAN_NS) == Publishers((), 1)
    assert watch.look([DEAD, US], LEASE_NS) == Publishers((), 1)
    assert watch.look([DEAD, US], LEASE_NS + 1) == Publishers((OWN,))
    assert watch.look([US], LEASE_NS + 2) == Publishers()


def test_a_gate_that_appears_beside_us_lives_whatever_it_is_called() -> None:
    watch = PublisherWatch(OWN)
    watch.look([US], 0)
    assert watch.look([US, (OWN, b"new")], BEGAN_NS + 1) == Publishers((OWN,))


def test_nothing_moves_before_the_one_from_before_is_gone_and_it_is_no_emergency() -> None:
    def verdicts(publishers: Publishers) -> list[Severity]:
        view = View(S, {"publishers": Reading(publishers, S, S)}, ZERO, S, True)
        return [verdict.severity for verdict in BypassRule(1.0).judge(view)]

    assert verdicts(Publishers((), 1)) == [Severity.PROTECTIVE_STOP]
    assert verdicts(Publishers(("/team/teleop",), 1)) == [Severity.EMERGENCY_STOP]
    assert not verdicts(Publishers())
