"""How many repetitions a claim needs, and what a count of passes shows: the figures of the textbooks."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_session.trials.plan import repetitions, shown_reliability


@pytest.mark.parametrize(
    ("confidence", "reliability", "n"),
    [
        (0.80, 0.80, 8), (0.80, 0.90, 16), (0.80, 0.95, 32), (0.80, 0.99, 161),
        (0.90, 0.80, 11), (0.90, 0.90, 22), (0.90, 0.95, 45), (0.90, 0.99, 230),
        (0.95, 0.80, 14), (0.95, 0.90, 29), (0.95, 0.95, 59), (0.95, 0.99, 299),
    ],
)  # fmt: skip
def test_without_a_failure_it_is_the_success_run_theorem(confidence: float, reliability: float, n: int) -> None:
    assert repetitions(reliability, confidence) == n == math.ceil(math.log(1 - confidence) / math.log(reliability))


_SHARES = st.floats(0.05, 0.99)


@given(_SHARES, _SHARES, st.integers(0, 5))
def test_the_number_is_the_least_that_shows_it(reliability: float, confidence: float, failures: int) -> None:
    n = repetitions(reliability, confidence, failures)
    assert shown_reliability(n - failures, n, confidence) >= reliability - 1e-9
    if n - 1 > failures:
        assert shown_reliability(n - 1 - failures, n - 1, confidence) < reliability + 1e-9


def test_failures_cost_repetitions() -> None:
    assert [repetitions(0.9, 0.9, failures) for failures in range(4)] == [22, 38, 52, 65]
    assert shown_reliability(0, 10, 0.95) == 0.0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: repetitions(95, 0.9), "reliability: 95 must be above 0 and below 1; write 0.95 for 95 %"),
        (lambda: repetitions(0.9, 1.0), "confidence: 1.0 must be"),
        (lambda: repetitions(0.9, 0.9, -1), "failures: -1 must not be below 0"),
        (lambda: shown_reliability(11, 10, 0.9), "passes: 11 must be 0 to 10"),
    ],
)
def test_what_is_no_share_is_refused(call: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()
