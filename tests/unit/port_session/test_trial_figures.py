"""Means with their uncertainty, decisions by a stated rule, two sets of runs compared, and figures as told."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_session.trials.combine import Figure, combine
from port_session.trials.compare import compare
from port_session.trials.decision import Decision, Requirement, decide
from port_session.trials.indicator import Result
from port_session.trials.rounding import places, told


def results(*values: float, u: float = 0.0) -> list[Result]:
    return [Result(value, u, 0.0) for value in values]


def test_one_run_has_its_own_uncertainty() -> None:
    one = combine(results(3.0, u=0.1))
    assert (one.mean, one.u, one.k, one.n) == (3.0, 0.1, 2.0, 1) and math.isnan(one.scatter)


def test_scatter_averages_out_and_what_all_runs_have_in_common_does_not() -> None:
    """GUM H.5 in small: u² = s²/n + u_B², t for the effective degrees of freedom."""
    four = combine(results(9.9, 10.1, 9.9, 10.1))
    assert four.mean == pytest.approx(10.0) and four.scatter == pytest.approx(0.11547, abs=1e-5)
    assert four.u == pytest.approx(0.057735, abs=1e-6) and four.k == pytest.approx(3.1824, abs=1e-4), "t(0.975, 3)"
    systematic = combine(results(9.9, 10.1, 9.9, 10.1, u=1.0))
    assert systematic.u == pytest.approx(math.hypot(0.057735, 1.0), abs=1e-6)
    assert systematic.k == pytest.approx(1.96, abs=1e-3), "it is known so well as if by endless measurements"
    assert combine(results(5.0, 5.0, u=0.1)).k == 2.0


def test_of_many_sets_of_runs_nineteen_of_twenty_hold_the_truth_within_their_uncertainty() -> None:
    generator = np.random.default_rng(7)
    held = 0
    for _ in range(400):
        common = generator.normal(0.0, 0.02)
        runs = [Result(1.0 + common + generator.normal(0.0, 0.05), 0.02, 0.0) for _ in range(5)]
        one = combine(runs)
        held += abs(one.mean - 1.0) <= one.expanded
    assert 0.93 <= held / 400 <= 0.99


@pytest.mark.parametrize(
    ("mean", "rule", "decision"),
    [
        (0.40, "simple", Decision.PASSED), (0.49, "simple", Decision.PASSED), (0.51, "simple", Decision.FAILED),
        (0.40, "guarded", Decision.PASSED), (0.49, "guarded", Decision.UNDECIDED),
        (0.51, "guarded", Decision.UNDECIDED), (0.60, "guarded", Decision.FAILED),
    ],
)  # fmt: skip
def test_a_rule_that_was_stated_before_decides(mean: float, rule: str, decision: Decision) -> None:
    figure = Figure(mean, 0.025, 2.0, 3, 0.01)
    assert decide(figure, Requirement(at_most=0.5), rule) is decision  # type: ignore[arg-type]
    mirrored = Figure(1.0 - mean, 0.025, 2.0, 3, 0.01)
    assert decide(mirrored, Requirement(at_least=0.5), rule) is decision  # type: ignore[arg-type]


def test_both_limits_must_be_met() -> None:
    between = Requirement(at_least=1.0, at_most=2.0)
    assert between.words == "at least 1 and at most 2"
    for mean, decision in ((0.9, Decision.FAILED), (1.5, Decision.PASSED), (2.1, Decision.FAILED)):
        assert decide(Figure(mean, 0.0, 2.0, 1, math.nan), between, "guarded") is decision


def test_a_robot_that_brakes_worse_is_found_and_two_equal_ones_are_hardly_ever_told_apart() -> None:
    generator = np.random.default_rng(11)
    told_apart = 0
    for _ in range(100):
        a, b = generator.normal(0.5, 0.03, 6), generator.normal(0.5, 0.03, 6)
        told_apart += compare(list(a), list(b)).differs
    assert told_apart <= 10, "5 are expected"
    worse = compare(list(generator.normal(0.5, 0.03, 6)), list(generator.normal(0.6, 0.03, 6)))
    assert worse.differs and worse.difference == pytest.approx(0.1, abs=worse.k * worse.u)


def test_few_runs_can_show_nothing_and_that_is_said() -> None:
    three = compare([1.0, 1.1, 0.9], [9.0, 9.1, 8.9])
    assert three.p == pytest.approx(0.1) and not three.differs and not three.can_differ
    four = compare([1.0, 1.1, 0.9, 1.0], [9.0, 9.1, 8.9, 9.0])
    assert four.differs and four.can_differ and four.least_p == pytest.approx(2 / 70)
    with pytest.raises(ValueError, match="two runs of each are needed to compare them; there are 1 and 2"):
        compare([1.0], [1.0, 2.0])
    same = compare([1.0, 1.0], [1.0, 1.0])
    assert (same.p, same.difference, same.k) == (1.0, 0.0, 2.0)


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=9), st.lists(st.floats(-10, 10), min_size=2, max_size=9))
def test_a_comparison_repeats_itself_and_turns_round(a: list[float], b: list[float]) -> None:
    one, again, turned = compare(a, b), compare(a, b), compare(b, a)
    assert one == again and 0.0 < one.p <= 1.0
    assert turned.difference == pytest.approx(-one.difference) and turned.u == pytest.approx(one.u)


@pytest.mark.parametrize(
    ("value", "expanded", "words"),
    [
        (1.23456, 0.0234, "1.235 ± 0.023 m"), (1.23456, 0.0996, "1.23 ± 0.10 m"), (12.3, 4.6, "12.3 ± 4.6 m"),
        (1234.0, 120.0, "1230 ± 120 m"), (0.5, 0.0, "0.500000 ± 0.000000 m"), (-0.04, 0.11, "-0.04 ± 0.11 m"),
    ],
)  # fmt: skip
def test_the_uncertainty_has_two_digits_and_the_value_ends_with_it(value: float, expanded: float, words: str) -> None:
    assert told(value, expanded, "m") == words


@given(st.floats(1e-6, 1e6))
def test_two_digits_and_no_third(expanded: float) -> None:
    shown = round(expanded, places(expanded))
    assert abs(shown - expanded) <= 0.051 * expanded
