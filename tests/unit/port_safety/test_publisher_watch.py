"""Who else commands the robot; the rest of a killed gate is no bypass, and no leave to move either."""

from port_safety.model.readings import Publishers
from port_safety.monitoring.publisher_watch import BEGAN_NS, LEASE_NS, NAMING_NS, PublisherWatch

OWN = "/hall/gate"
US, DEAD, OTHER = (OWN, b"us"), (OWN, b"dead"), ("/team/teleop", b"team")
S = 1_000_000_000
NAMELESS = ("", b"\x01\xff")
CALLED = "a program without a node (01ff)"


def test_alone_there_is_nobody_else() -> None:
    watch = PublisherWatch(OWN)
    assert watch.look([], 0) == watch.look([US], S) == watch.look([US], 100 * S) == Publishers()


def test_other_names_are_foreign_from_the_first_look() -> None:
    assert PublisherWatch(OWN).look([OTHER, US], 0) == Publishers(("/team/teleop",))


def test_a_gate_from_before_is_waited_for_until_its_lease_ends() -> None:
    """One that was here before is waited for until no lease explains it."""
    watch = PublisherWatch(OWN)
    watch.look([US], 0)
    assert watch.look([DEAD, US], BEGAN_NS) == Publishers((), 1)
    assert watch.look([DEAD, US], LEASE_NS) == Publishers((), 1)
    assert watch.look([DEAD, US], LEASE_NS + 1) == Publishers((OWN,))
    assert watch.look([US], LEASE_NS + 2) == Publishers()


def test_a_gate_that_appears_later_is_foreign() -> None:
    """A gate that appears beside us lives whatever it is called."""
    watch = PublisherWatch(OWN)
    watch.look([US], 0)
    assert watch.look([US, (OWN, b"new")], BEGAN_NS + 1) == Publishers((OWN,))


def test_a_nameless_publisher_is_no_bypass_yet() -> None:
    """One whose name is not known yet is nobody s bypass until it tells its name."""
    watch = PublisherWatch(OWN)
    watch.look([US], 0)
    assert watch.look([US, NAMELESS], 10 * S) == Publishers(nameless=1)
    assert watch.look([US, ("/team/teleop", NAMELESS[1])], 10 * S + 1) == Publishers(("/team/teleop",))


def test_a_publisher_that_stays_nameless_is_a_bypass() -> None:
    """One that never tells its name is a bypass once it has had time to."""
    watch = PublisherWatch(OWN)
    watch.look([US], 0)
    assert (
        watch.look([US, NAMELESS], 10 * S) == watch.look([US, NAMELESS], 10 * S + NAMING_NS) == Publishers(nameless=1)
    )
    assert watch.look([US, NAMELESS], 10 * S + NAMING_NS + 1) == Publishers((CALLED,))
    assert watch.look([US], 20 * S) == Publishers()
    assert watch.look([US, NAMELESS], 21 * S) == Publishers(nameless=1), "who comes again has its time again"


def test_a_nameless_one_from_before_has_until_its_lease_ends() -> None:
    """A nameless one that was here before may be the rest of a killed process until no lease explains it."""
    watch = PublisherWatch(OWN)
    watch.look([US, NAMELESS], BEGAN_NS)
    assert watch.look([US, NAMELESS], BEGAN_NS + LEASE_NS) == Publishers(nameless=1)
    assert watch.look([US, NAMELESS], BEGAN_NS + LEASE_NS + 1) == Publishers((CALLED,))


def test_who_publishes_beside_the_gate() -> None:
    watch = PublisherWatch("/gate")
    own, before, later = ("/gate", b"own"), ("/gate", b"old"), ("/gate", b"new")
    assert watch.look([own], S) == Publishers()
    assert watch.look([own, ("/other", b"x")], S) == Publishers(("/other",), 0)
    assert watch.look([own, before], S + BEGAN_NS) == Publishers((), 1)
    assert watch.look([own, before], S + LEASE_NS).before == 1
    assert watch.look([own, before], S + LEASE_NS + 1).foreign == ("/gate",), "no dead one is known for so long"
    assert watch.look([own, later], S + BEGAN_NS + 1).foreign == ("/gate",), "whoever appears later lives"


def test_a_node_is_the_gate_by_its_whole_name() -> None:
    watch = PublisherWatch("/gate")
    own = ("".join(["/ga", "te"]), b"own")
    assert watch.look([own, ("/gat", b"x"), ("/a", b"y"), ("/z", b"z")], S) == Publishers(("/a", "/gat", "/z"), 0)
    assert watch.look([own, ("".join(["/g", "ate"]), b"old")], S) == Publishers((), 1)


def test_for_how_long_everybody_who_is_there_is_noted() -> None:
    watch = PublisherWatch("/gate")
    assert watch.begins(99 * S), "nobody has looked yet"
    watch.look([], 7 * S)
    for now_ns, begins in ((7 * S, True), (9 * S - 1, True), (9 * S, True), (9 * S + 1, False), (14 * S, False)):
        assert watch.begins(now_ns) is begins
