"""A hole in a stream is seen by whichever count shows it, told once, and never taken for a restart."""

import pytest

from port_telemetry.core.continuity import BEFORE, NO_ROOM, ON_THE_WAY, WHILE_DOWN, Continuity, Hole, Place, Position


def test_a_publishers_number_that_jumps_is_so_many_messages() -> None:
    stream = Continuity()
    assert stream.follow(None, 7).hole is None  # what was sent before anyone listened is no loss
    assert stream.follow(None, 8).hole is None
    assert stream.follow(None, 12).hole == Hole(3, 0, ON_THE_WAY)
    assert stream.follow(None, 13).hole is None


def test_a_publisher_that_starts_again_numbers_anew_and_loses_nothing() -> None:
    stream = Continuity()
    for number in (1, 2, 3, 1, 2):
        assert stream.follow(None, number).hole is None


def test_the_numbers_of_two_publishers_on_one_topic_are_not_taken_for_holes() -> None:
    stream = Continuity(publishers=lambda: 2)
    for number in (500, 1, 501, 2, 3, 502):
        assert stream.follow(None, number).hole is None


def test_a_jump_of_the_sources_own_count_is_a_hole_where_nobody_numbers_messages() -> None:
    stream = Continuity()
    assert stream.follow(Place(0, 20, 0), None).hole is None
    assert stream.follow(Place(20, 40, 0), None).hole is None
    assert stream.follow(Place(100, 120, 0), None).hole == Hole(3, 60, ON_THE_WAY)


def test_one_hole_seen_by_both_counts_is_told_once() -> None:
    stream = Continuity()
    stream.follow(Place(0, 20, 0), 1)
    assert stream.follow(Place(60, 80, 0), 4, reported=2, why=NO_ROOM).hole == Hole(2, 40, NO_ROOM)


def test_a_source_that_counts_anew_is_told_as_such_and_not_as_a_loss() -> None:
    stream = Continuity()
    stream.follow(Place(5000, 5020, 5000), 1)
    step = stream.follow(Place(30, 50, 30), 1)
    assert step.restarted and step.hole is None


def test_a_count_that_falls_without_saying_where_it_began_is_a_restart_too() -> None:
    stream = Continuity()
    stream.follow(Place(5000, 5020), None)
    step = stream.follow(Place(0, 20), None)
    assert step.restarted and step.hole is None


def test_what_a_restarted_source_sent_before_it_was_heard_is_missing() -> None:
    stream = Continuity()
    stream.follow(Place(5000, 5020, 5000), 1)
    step = stream.follow(Place(90, 110, 30), 4)
    assert step.restarted and step.hole == Hole(3, 60, BEFORE)


def test_what_a_source_sent_before_telemetry_heard_it_is_missing() -> None:
    assert Continuity().follow(Place(40, 60, 0), 3).hole == Hole(2, 40, BEFORE)


def test_after_a_start_the_hole_reaches_back_to_what_was_durable() -> None:
    stream = Continuity(Position(0, 1000))
    assert stream.follow(Place(1060, 1080, 0), 54).hole == Hole(3, 60, WHILE_DOWN)
    assert stream.follow(Place(1120, 1140, 0), 57).hole == Hole(2, 40, ON_THE_WAY)


def test_latched_events_that_come_again_after_a_start_are_neither_a_loss_nor_a_restart() -> None:
    stream = Continuity(Position(-1, 105))
    for number in range(6, 120):
        step = stream.follow(Place(number - 1, number), number)
        assert step.hole is None and not step.restarted


def test_a_loss_that_was_told_is_not_told_again_by_the_message_after_it() -> None:
    stream = Continuity()
    stream.follow(None, 1)
    assert stream.report(2, ON_THE_WAY) == Hole(2, 0, ON_THE_WAY)
    assert stream.follow(None, 4).hole is None
    assert stream.follow(None, 6).hole == Hole(1, 0, ON_THE_WAY)


def test_what_was_told_of_another_hole_hides_no_later_one() -> None:
    stream = Continuity()
    stream.follow(None, 1)
    stream.report(5, ON_THE_WAY)
    assert stream.follow(None, 2).hole is None
    assert stream.follow(None, 5).hole == Hole(2, 0, ON_THE_WAY)


def test_what_is_reported_is_believed_where_nothing_numbers() -> None:
    stream = Continuity()
    assert stream.follow(None, None).hole is None
    assert stream.follow(None, None, reported=4, why=NO_ROOM).hole == Hole(4, 0, NO_ROOM)


def test_the_last_words_of_a_publisher_that_began_anew_are_believed_to_be_lost() -> None:
    stream = Continuity()
    for number in (1, 2, 3):
        stream.follow(None, number)
    assert stream.follow(None, 1, reported=2).hole == Hole(2, 0, ON_THE_WAY)


def test_what_is_reported_too_early_waits_for_the_number_that_shows_it_or_the_end() -> None:
    stream = Continuity()
    stream.follow(None, 1)
    assert stream.follow(None, 2, reported=2).hole is None
    assert stream.follow(None, 5).hole == Hole(2, 0, ON_THE_WAY)
    assert stream.rest() is None
    stream.follow(None, 6, reported=3)
    assert stream.rest() == Hole(3, 0, ON_THE_WAY) and stream.rest() is None


@pytest.mark.parametrize("place", [(-1, 5, -1), (5, 4, 0), (0, 2**63, 0), (5, 9, 6)])
def test_a_place_that_can_be_none_is_refused(place: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError):
        Place(*place)
