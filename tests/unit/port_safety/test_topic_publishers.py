"""Who speaks on a topic of the ground and may not; a node that is started again is no stranger."""

from port_safety.monitoring.publisher_watch import BEGAN_NS, LEASE_NS, NAMING_NS, Endpoint
from port_safety.monitoring.topic_publishers import TopicPublishers

CAMERAS: Endpoint = ("/hall/cameras", b"\1")
AGAIN: Endpoint = ("/hall/cameras", b"\2")
LATER = BEGAN_NS + 1


def watch(*first: Endpoint) -> TopicPublishers:
    """Begun at 0 with `first` there."""
    made = TopicPublishers(["/hall/cameras"])
    assert made.look(first, heard=True, now_ns=0) == ()
    return made


def test_the_node_that_the_session_started_may_speak() -> None:
    made = watch(CAMERAS)
    assert made.look([CAMERAS], heard=True, now_ns=LEASE_NS * 2) == ()


def test_a_stranger_is_named_as_long_as_it_is_there() -> None:
    made, stranger = watch(CAMERAS), ("/team/teleop", b"\3")
    assert made.look([stranger, CAMERAS], heard=True, now_ns=1) == ("/team/teleop",)
    assert made.look([CAMERAS, stranger], heard=False, now_ns=LATER) == ("/team/teleop",)
    assert made.look([CAMERAS], heard=True, now_ns=LATER + 1) == ()


def test_who_takes_the_name_of_a_node_that_speaks_is_another() -> None:
    made = watch(CAMERAS)
    assert made.look([CAMERAS, AGAIN], heard=True, now_ns=LATER) == ("a second /hall/cameras",)
    assert made.look([CAMERAS, AGAIN], heard=False, now_ns=LATER + 1) == ("a second /hall/cameras",)
    assert made.look([AGAIN], heard=True, now_ns=LATER + 2) == (), "the first is gone: it is the only one"


def test_a_node_that_is_started_again_is_the_same() -> None:
    """It was silent before; its dead endpoint stays known for a while."""
    made = watch(CAMERAS)
    assert made.look([CAMERAS, AGAIN], heard=False, now_ns=LATER) == ()
    assert made.look([CAMERAS, AGAIN], heard=True, now_ns=LATER + LEASE_NS) == ()
    assert made.look([AGAIN], heard=True, now_ns=LATER + LEASE_NS + 1) == ()


def test_two_that_outlive_every_lease_are_two() -> None:
    made = watch(CAMERAS)
    made.look([CAMERAS, AGAIN], heard=False, now_ns=LATER)
    assert made.look([CAMERAS, AGAIN], heard=True, now_ns=LATER + LEASE_NS + 1) == ("a second /hall/cameras",)


def test_who_was_there_at_the_begin_may_be_dead() -> None:
    made = watch(CAMERAS, AGAIN)
    assert made.look([CAMERAS, AGAIN], heard=True, now_ns=LEASE_NS) == ()
    assert made.look([CAMERAS, AGAIN], heard=True, now_ns=LEASE_NS + 1) == ("a second /hall/cameras",)


def test_of_a_node_that_tells_its_name_late_counts_when_it_came() -> None:
    nameless: Endpoint = ("", AGAIN[1])
    made = watch(CAMERAS)
    made.look([CAMERAS, nameless], heard=False, now_ns=LATER)
    assert made.look([CAMERAS, AGAIN], heard=True, now_ns=LATER + 1) == (), "it was silent before: started again"
    made = watch(CAMERAS)
    made.look([CAMERAS, nameless], heard=True, now_ns=LATER)
    assert made.look([CAMERAS, AGAIN], heard=True, now_ns=LATER + 1) == ("a second /hall/cameras",)


def test_a_program_that_never_tells_a_name_is_a_stranger() -> None:
    nameless: Endpoint = ("", b"\xab")
    made = watch(CAMERAS)
    assert made.look([CAMERAS, nameless], heard=True, now_ns=LATER) == ()
    assert made.look([CAMERAS, nameless], heard=True, now_ns=LATER + NAMING_NS) == ()
    found = made.look([CAMERAS, nameless], heard=True, now_ns=LATER + NAMING_NS + 1)
    assert found == ("a program without a node (ab)",)


def test_one_without_a_name_that_was_there_at_the_begin_may_be_dead() -> None:
    nameless: Endpoint = ("", b"\xab")
    made = watch(CAMERAS, nameless)
    assert made.look([CAMERAS, nameless], heard=True, now_ns=LEASE_NS) == ()
    assert made.look([CAMERAS, nameless], heard=True, now_ns=LEASE_NS + 1) != ()


def test_the_begin_lasts_two_seconds_whatever_the_clock_says() -> None:
    """As long as it lasts, whoever appears may be dead."""
    for began_ns in (0, 100 * BEGAN_NS):
        for after_ns, found in ((BEGAN_NS, ()), (BEGAN_NS + 1, ("a second /hall/cameras",))):
            made = TopicPublishers(["/hall/cameras"])
            made.look([CAMERAS], heard=True, now_ns=began_ns)
            assert made.look([CAMERAS, AGAIN], heard=True, now_ns=began_ns + after_ns) == found


def test_two_stations_on_one_topic_are_no_doubles() -> None:
    a: Endpoint = ("/hall/estop_a", b"1")
    b: Endpoint = ("/hall/estop_b", b"2")
    for first, second in ((a, b), (b, a)):
        made = TopicPublishers([a[0], b[0]])
        made.look([first], heard=True, now_ns=0)
        assert made.look([first, second], heard=True, now_ns=LATER) == ()
        assert made.look([first, second], heard=True, now_ns=LATER + 2 * LEASE_NS) == ()


def test_a_name_is_the_same_however_it_was_read() -> None:
    read = "".join(["/hall/", "cameras"])
    made = watch(CAMERAS)
    assert made.look([CAMERAS, (read, b"9")], heard=True, now_ns=LATER) == ("a second /hall/cameras",)
