"""The account of each device: the table and the sentence above it say the same, and nothing is below zero."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_session.report.accounts import account, verdict
from port_session.report.finding import LOST, NOT_KNOWN, Finding
from port_session.report.html_data import _unaccounted

EVERYTHING = "everything that 1 device sent is accounted for"
COUNT = st.integers(0, 10**6)


def test_every_sample_received_or_lost_is_accounted_for() -> None:
    left = account("left", {"sent": 100, "received": 97, "reported_lost": 3, "rejected": 0})
    assert left.unaccounted == 0 and left.unheard == 0
    assert verdict([left]) == Finding("Samples", True, f"{EVERYTHING}; reported lost: 3 of left", LOST)
    assert verdict([account("left", {"sent": 9, "received": 9, "reported_lost": 0})]).state == "ok"


def test_what_a_camera_sent_before_it_was_listened_to_and_on_the_way_at_the_end_is_named_so() -> None:
    camera = account("overhead", {"sent": 110, "received": 95, "reported_lost": 5, "first": 8, "last": 107})
    assert (camera.unheard, camera.unaccounted) == (10, 0)
    assert verdict([camera]).text.endswith("sent while nobody listened or on the way at the end: 10 of overhead")


def test_a_frame_that_its_reader_counted_nowhere_is_told() -> None:
    camera = account("overhead", {"sent": 110, "received": 94, "reported_lost": 5, "first": 8, "last": 107})
    assert verdict([camera]) == Finding("Samples", False, "overhead: 1 sent, but neither received nor reported lost")


def test_answers_that_came_too_late_are_lost_and_questions_never_answered_were_never_sent() -> None:
    late = account("station_1", {"sent": 100, "received": 98, "unanswered": 2})
    never = account("station_1", {"sent": 100, "received": 100, "unanswered": 5})
    assert (late.reported_lost, late.unaccounted) == (2, 0)
    assert (never.reported_lost, never.unaccounted) == (0, 0), "it was -5 once"
    more = account("station_1", {"sent": 110, "received": 100, "unanswered": 5})
    assert more.unaccounted == 5 and not verdict([more]).ok


def test_more_than_was_sent_is_wrong_and_shown_as_too_many() -> None:
    odd = account("left", {"sent": 100, "received": 99, "reported_lost": 6})
    assert verdict([odd]).state == "wrong"
    assert verdict([odd]).text == "left: 5 more received or reported lost than were sent"
    assert _unaccounted(odd) == "5 too many"


def test_a_reader_that_left_no_account_is_told() -> None:
    told = verdict([account("left", {"sent": 100}), account("right", {"sent": 1, "received": 1, "reported_lost": 0})])
    assert not told.ok and told.text == "left: sent 100, what its reader received is not known"


def test_real_devices_do_not_say_what_they_sent_and_that_is_not_called_ok() -> None:
    real = account("left", {"received": 5, "reported_lost": 0})
    assert verdict([real]) == Finding("Samples", True, "no device says how much it sent", NOT_KNOWN)
    counted = account("right", {"sent": 5, "received": 5, "reported_lost": 0})
    told = verdict([real, counted])
    assert (told.text, told.state) == (f"{EVERYTHING}; how much was sent is not known of left", "not known")


RAW = st.fixed_dictionaries({}, optional=dict.fromkeys(
    ("sent", "received", "reported_lost", "rejected", "first", "last", "unanswered"), st.none() | COUNT
))  # fmt: skip


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), RAW, max_size=3))
def test_the_sentence_is_said_only_if_it_is_true_for_every_row(raw: dict[str, dict[str, Any]]) -> None:
    accounts = [account(name, counts) for name, counts in raw.items()]
    told = verdict(accounts)
    assert told.ok == all(one.sent is None or one.unaccounted == 0 for one in accounts)
    assert told.ok == ("accounted for" in told.text or told.text == "no device says how much it sent")
    assert not any("-" in str(_unaccounted(one)) for one in accounts)


@given(COUNT, COUNT, COUNT, COUNT, COUNT)
@pytest.mark.parametrize("off_by", [0, 1, -1])
def test_one_frame_too_many_or_too_few_is_always_seen(
    off_by: int, before: int, received: int, lost: int, after: int, rejected: int
) -> None:
    first, last = before + 1, before + received + lost
    counts = {"sent": last + after, "received": received + off_by, "reported_lost": lost, "rejected": rejected}
    told = account("a", {**counts, "first": first, "last": last})
    assert told.unaccounted == -off_by and bool(told.problem) == bool(off_by)
