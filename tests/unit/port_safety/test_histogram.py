"""The histogram against NumPy and bucket by bucket: never understates, overstates by a sixteenth at most."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_safety.monitoring.histogram import SHARES, Histogram, upper_edge_ns

durations_ns = st.lists(st.integers(0, 2**40 - 1) | st.integers(0, 200), min_size=1, max_size=300)


@given(durations_ns, st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5))
def test_percentiles_against_numpy(values: list[int], shares: list[float]) -> None:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    shares = [*shares, *SHARES.values(), 1.0]
    exact = np.sort(np.array(values))
    for share, told in zip(shares, histogram.percentiles_ns(shares), strict=True):
        rank = max(1, int(np.ceil(share * len(values))))
        true = int(exact[rank - 1])
        assert true <= told <= true * (1 + 1 / 16)
        if share in SHARES.values():
            assert told >= np.percentile(exact, share * 100, method="inverted_cdf")
    assert histogram.max_ns == exact[-1] and histogram.count == len(values)
    assert histogram.percentiles_ns([1.0]) == [exact[-1]]


@given(st.integers(0, 2**40 - 1))
def test_a_value_lies_below_the_upper_edge_of_its_own_bucket(value: int) -> None:
    histogram = Histogram()
    histogram.add(value)
    ((edge_ms, count),) = histogram.buckets()
    assert count == 1 and value <= round(edge_ms * 1e6) <= value * (1 + 1 / 16)


def test_edges_rise_without_a_gap() -> None:
    edges = [upper_edge_ns(index) for index in range(592)]
    assert edges[0] == 0 and edges[-1] == 2**40 - 1
    assert all(low < high for low, high in pairwise(edges))


def test_what_lies_outside_is_counted_at_the_ends() -> None:
    histogram = Histogram()
    histogram.add(-5)
    histogram.add(2**50)
    assert histogram.count == 2 and histogram.max_ns == 2**50
    assert [count for _, count in histogram.buckets()] == [1, 1]


def test_nothing_counted_says_so() -> None:
    assert Histogram().figures() == {"count": 0}
    assert Histogram().percentiles_ns([0.5]) == [0]


def test_figures_are_in_ms() -> None:
    histogram = Histogram()
    for _ in range(1000):
        histogram.add(2_000_000)
    histogram.add(7_000_000)
    figures = histogram.figures()
    assert figures["p50_ms"] == figures["p99_ms"] == pytest.approx(2.0, rel=1 / 16)
    assert (figures["count"], figures["max_ms"]) == (1001, 7.0)


@pytest.mark.parametrize(
    ("value_ns", "edge_ns"),
    [
        (-1, 0), (0, 0), (1, 1), (15, 15), (16, 16), (31, 31), (32, 33), (33, 33), (34, 35), (62, 63), (63, 63),
        (64, 67), (67, 67), (68, 71), (127, 127), (128, 135), (1000, 1023), (1023, 1023), (1024, 1087),
        (1_000_000, 1_015_807), (2**40 - 1, 2**40 - 1), (2**40, 2**40 - 1), (2**45, 2**40 - 1),
    ],
)  # fmt: skip
def test_a_value_counts_in_the_bucket_with_this_upper_edge(value_ns: int, edge_ns: int) -> None:
    histogram = Histogram()
    histogram.add(value_ns)
    assert histogram.buckets() == [[edge_ns / 1e6, 1]]
    assert (histogram.count, histogram.max_ns) == (1, max(0, value_ns))


def test_upper_edges_of_buckets_rise_by_a_sixteenth() -> None:
    assert [upper_edge_ns(index) for index in (0, 1, 31, 32, 33, 47, 48, 63, 64)] == [
        0,
        1,
        31,
        33,
        35,
        63,
        67,
        127,
        135,
    ]
    assert len(Histogram()._counts) == 592 and upper_edge_ns(591) == 2**40 - 1


def test_percentiles_are_the_edges_of_their_buckets() -> None:
    histogram = Histogram()
    for value_ns in (100, 200, 300, 400):
        histogram.add(value_ns)
    assert histogram.percentiles_ns([0.0, 0.25, 0.26, 0.5, 0.75, 1.0]) == [103, 103, 207, 207, 303, 400]
    assert histogram.figures() == {"count": 4, "p50_ms": 0.0002, "p99_ms": 0.0004, "p999_ms": 0.0004, "max_ms": 0.0004}
    many = Histogram()
    for value_ns in [1023] * 1980 + [2047] * 18 + [4095] * 2:
        many.add(value_ns)
    assert list(many.figures().values()) == [2000, 0.001, 0.001, 0.002, 0.0041]
    slow = Histogram()
    slow.add(1_234_567)
    assert slow.figures()["max_ms"] == 1.2346 and slow.figures()["p50_ms"] == 1.2346
    slow.add(500_000_000_000)
    assert slow.figures()["max_ms"] == slow.figures()["p99_ms"] == 500_000.0
