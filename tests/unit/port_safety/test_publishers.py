"""Who else commands the robot; the rest of a killed gate is no bypass, and no leave to move either."""

from port_safety.commands.twist import ZERO
from port_safety.model.readings import Publishers, Reading
from port_safety.model.verdict import Severity
from port_safety.monitoring.publisher_watch import BEGAN_NS, LEASE_NS, NAMING_NS, PublisherWatch
from port_safety.rules.bypass import BypassRule
from port_safety.rules.context import RuleContext

OWN = "/hall/gate"
NAMELESS = ("", b"\x01\xff")
CALLED = "a program without a node (01ff)"
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
        view = RuleContext(S, {"publishers": Reading(publishers, S, S)}, ZERO, S, True)
        return [verdict.severity for verdict in BypassRule(1.0).judge(view)]

    assert verdicts(Publishers((), 1)) == [Severity.PROTECTIVE_STOP]
    assert verdicts(Publishers(("/team/teleop",), 1)) == [Severity.EMERGENCY_STOP]
    assert not verdicts(Publishers())


def test_one_whose_name_is_not_known_yet_is_nobody_s_bypass_until_it_tells_its_name() -> None:
    watch = PublisherWatch(OWN)
    watch.look([US], 0)
    assert watch.look([US, NAMELESS], 10 * S) == Publishers(nameless=1)
    assert watch.look([US, ("/team/teleop", NAMELESS[1])], 10 * S + 1) == Publishers(("/team/teleop",))


def test_one_that_never_tells_its_name_is_a_bypass_once_it_has_had_time_to() -> None:
    watch = PublisherWatch(OWN)
    watch.look([US], 0)
    assert (
        watch.look([US, NAMELESS], 10 * S) == watch.look([US, NAMELESS], 10 * S + NAMING_NS) == Publishers(nameless=1)
    )
    assert watch.look([US, NAMELESS], 10 * S + NAMING_NS + 1) == Publishers((CALLED,))
    assert watch.look([US], 20 * S) == Publishers()
    assert watch.look([US, NAMELESS], 21 * S) == Publishers(nameless=1), "who comes again has its time again"


def test_a_nameless_one_that_was_here_before_may_be_the_rest_of_a_killed_process_until_no_lease_explains_it() -> None:
    watch = PublisherWatch(OWN)
    watch.look([US, NAMELESS], BEGAN_NS)
    assert watch.look([US, NAMELESS], BEGAN_NS + LEASE_NS) == Publishers(nameless=1)
    assert watch.look([US, NAMELESS], BEGAN_NS + LEASE_NS + 1) == Publishers((CALLED,))


def test_a_nameless_one_holds_the_robot_and_says_what_to_do() -> None:
    view = RuleContext(S, {"publishers": Reading(Publishers(nameless=1), S, S)}, ZERO, S, True)
    (verdict,) = BypassRule(1.0).judge(view)
    assert verdict.severity is Severity.PROTECTIVE_STOP and not verdict.self_clearing
    assert "has not told its node's name; wait until it has" in verdict.reason
    both = RuleContext(S, {"publishers": Reading(Publishers((CALLED,), 1, 1), S, S)}, ZERO, S, True)
    assert [each.severity for each in BypassRule(1.0).judge(both)] == [Severity.EMERGENCY_STOP]
