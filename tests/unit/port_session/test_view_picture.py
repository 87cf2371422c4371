"""What the operator's view knows and how old it is: what is old is never taken for news."""

from dataclasses import replace
from typing import Any

import pytest

from port_session.view.picture import (
    PART_STALE_S,
    Picture,
    duration,
    fresh,
    heard_at,
    part_state,
    part_words,
    silence,
    worst_part,
)
from tests.session_pictures import NOW_S, REQUIRED, picture, session, with_part


@pytest.mark.parametrize(
    ("age_s", "said"),
    [
        (0.0, ""), (0.99, ""), (1.0, "not heard for 1 s"), (7.4, "not heard for 7 s"), (600.0, "not heard for 10 min"),
    ],
)  # fmt: skip
def test_what_was_not_heard_for_a_second_is_told_with_its_age(age_s: float, said: str) -> None:
    heard = replace(session("RUNNING"), heard_s=NOW_S - age_s)
    assert silence(heard, NOW_S) == said
    assert fresh(heard, NOW_S) == (said == "")


def test_what_was_never_heard_is_not_fresh() -> None:
    assert not fresh(None, NOW_S) and silence(None, NOW_S) == "not heard yet"


@pytest.mark.parametrize(
    ("late_ns", "heard_s"), [(0, 100.0), (2_500_000_000, 97.5), (-3_000_000_000, 100.0)], ids=["now", "late", "future"]
)
def test_a_message_that_has_waited_is_as_old_as_its_stamp(late_ns: int, heard_s: float) -> None:
    assert heard_at(100.0, 10**18, 10**18 - late_ns) == heard_s


def test_a_message_without_a_stamp_counts_from_its_arrival() -> None:
    assert heard_at(100.0, 10**18, 0) == 100.0


@pytest.mark.parametrize(("seconds", "said"), [(1.4, "1 s"), (119.0, "119 s"), (120.0, "2 min"), (3600.0, "60 min")])
def test_a_duration_is_whole(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("level", "age_s", "state"),
    [
        ("ok", 0.5, "ok"), ("warn", 0.5, "warn"), ("error", 0.5, "error"), ("stale", 0.5, "silent"),
        ("something new", 0.5, "error"), ("ok", PART_STALE_S, "silent"), ("error", PART_STALE_S, "silent"),
    ],
)  # fmt: skip
def test_a_part_is_what_it_says_while_it_is_heard(level: str, age_s: float, state: str) -> None:
    assert part_state(with_part(picture(), "gate", level, age_s=age_s), "gate", NOW_S) == state


def test_a_part_is_waited_for_before_it_is_called_silent() -> None:
    nobody = Picture("demo", NOW_S, REQUIRED)
    assert part_state(nobody, "gate", NOW_S + PART_STALE_S / 2) == "waiting"
    assert part_words(nobody, "gate", NOW_S + PART_STALE_S / 2) == ("not heard yet", "")
    assert part_state(nobody, "gate", NOW_S + PART_STALE_S) == "silent"
    assert part_words(nobody, "gate", NOW_S + PART_STALE_S)[0] == "never heard"


def test_a_silent_part_tells_what_it_said_last() -> None:
    said = part_words(with_part(picture(), "gate", "ok", "500 Hz", age_s=5.0), "gate", NOW_S)
    assert said == ("not heard for 5 s; it said: 500 Hz", "see whether it runs: port check")


def test_the_worst_part_is_one_that_keeps_the_robot_from_being_ready() -> None:
    assert worst_part(with_part(picture(), "gate", "warn"), NOW_S) == ""
    silent = with_part(picture(), "estop station_1", "ok", age_s=9.0)
    assert worst_part(silent, NOW_S) == "estop station_1"
    assert worst_part(with_part(silent, "recorder", "error"), NOW_S) == "recorder"


@pytest.mark.parametrize(
    ("others", "left"),
    [({}, 3), ({"runs_counting": 1}, 2), ({"runs_counting": 1, "run_open": True}, 1), ({"runs_counting": 9}, 0)],
)
def test_runs_left_are_those_beyond_the_open_one(others: dict[str, Any], left: int) -> None:
    assert session("RUNNING", **others).runs_left == left


def test_a_run_is_over_when_its_time_is() -> None:
    assert session("HALTED", run_open=True, running_s=60.0).overtime
    assert not session("HALTED", run_open=True, running_s=59.9).overtime
    assert not session("HALTED", run_open=False, running_s=99.0).overtime
    assert not session("HALTED", run_open=True, running_s=99.0, timeout_s=0.0).overtime


def test_a_state_of_a_later_version_is_not_known() -> None:
    assert session("state 42").known is None
