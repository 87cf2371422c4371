"""Each run looks for the trial's goal anew, and what it reached stays so."""

from functools import partial

from port_session.session.goal import Goal
from port_session.session.outcomes import Outcomes


def outcomes() -> Outcomes:
    return Outcomes(partial(Goal, (10.0, 0.0), 0.3))


def test_a_goal_that_was_reached_in_one_run_is_not_reached_in_the_next() -> None:
    one = outcomes()
    one.look(1, (9.9, 0.0), 0.0)
    assert one.end(1, (0.0, 0.0))["reached"]
    one.look(2, (4.0, 0.0), 0.0)
    second = one.end(2, (3.0, 0.0))
    assert not second["reached"] and (second["nearest_to_goal_m"], second["distance_to_goal_m"]) == (6.0, 7.0)
    assert one.end(1, (5.0, 0.0))["reached"] and one.of_run[1]["distance_to_goal_m"] == 10.0, "it stays as it was"


def test_what_the_log_tells_of_a_run_is_taken_up_and_nothing_is_told_before_the_first_run() -> None:
    one = outcomes()
    one.take_up([
        {"stream": "session", "run": 1, "outcome": {"reached": True}}, {"stream": "safety", "run": 2, "outcome": {}},
        {"stream": "session", "run": 3},
    ])  # fmt: skip
    assert one.of_run == {1: {"reached": True}} and one.end(1, (0.0, 0.0)) == {"reached": True}
    assert one.end(0, (0.0, 0.0)) == {}
