"""What the core counts and keeps, number by number: buckets, histories, offsets of clocks, what passed."""

import pytest

from port_safety.model.readings import ClockStep, Publishers
from port_safety.monitoring.histogram import Histogram, upper_edge_ns
from port_safety.monitoring.publisher_watch import BEGAN_NS, LEASE_NS, PublisherWatch
from port_safety.monitoring.system_clock import SEEN_FOR_NS, SystemClockWatch

S = 1_000_000_000


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


def test_the_edges_of_buckets() -> None:
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


def test_a_step_of_the_clock_is_seen_for_two_seconds_with_its_sign() -> None:
    watch = SystemClockWatch()
    assert watch.look(50 * S, 10 * S) == ClockStep(0.0)
    assert watch.look(51 * S + S // 2, 11 * S) == ClockStep(0.5)
    assert watch.look(50 * S, 12 * S) == ClockStep(-2.5)
    assert watch.look(50 * S + 1, 12 * S + 1) == ClockStep(-2.5)
    assert watch.look(51 * S, 11 * S + SEEN_FOR_NS) == ClockStep(-2.5)
    assert watch.look(51 * S + 1, 11 * S + SEEN_FOR_NS + 1) == ClockStep(0.0)


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
