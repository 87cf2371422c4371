"""Clocks of the other side by echo: never surer than it may be, and no message younger than it is said to be."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_session.border.echo import KEPT_NS, Echoes, answer, question

ways = st.integers(0, 500_000_000)


def echo(echoes: Echoes, at_ns: int, ahead_ns: int, system_ahead_ns: int, there_ns: int, back_ns: int) -> None:
    """One echo: their clocks are ahead by so much, the ways there and back take so long."""
    asked = question(at_ns, at_ns)
    arrived_ns = at_ns + there_ns
    told = answer(asked, arrived_ns + ahead_ns, arrived_ns + system_ahead_ns)
    echoes.note(told, arrived_ns + back_ns, arrived_ns + back_ns)


@given(
    st.integers(-(10**15), 10**15),
    st.integers(-(10**12), 10**12),
    st.lists(st.tuples(ways, ways), min_size=1, max_size=20),
)
def test_the_offset_lies_within_its_uncertainty(ahead_ns: int, system_ns: int, trips: list[tuple[int, int]]) -> None:
    echoes = Echoes()
    for number, (there_ns, back_ns) in enumerate(trips):
        echo(echoes, 10**16 + number * 50_000_000, ahead_ns, system_ns, there_ns, back_ns)
    best = echoes.best(10**16 + 1_000_000_000)
    assert best is not None
    assert abs(best.ahead_ns - ahead_ns) <= best.uncertainty_ns + 1
    assert abs(best.system_ahead_ns - system_ns) <= best.uncertainty_ns + 1
    assert best.uncertainty_ns == min((there + back) // 2 for there, back in trips)
    # What they sent 300 ms ago is never called older than that.
    now_ns = 10**16 + 1_000_000_000
    age_ns = echoes.age_ns(now_ns - 300_000_000 + ahead_ns, now_ns)
    assert age_ns is not None and 300_000_000 - 2 * best.uncertainty_ns - 1 <= age_ns <= 300_000_001


def test_before_the_first_echo_and_long_after_the_last_nobody_knows() -> None:
    echoes = Echoes()
    assert echoes.best(0) is None and echoes.age_ns(0, 0) is None
    echo(echoes, 0, 5, 5, 10, 10)
    assert echoes.best(KEPT_NS) is not None and echoes.best(KEPT_NS + 20) is None


def test_an_answer_that_is_none_is_an_error() -> None:
    with pytest.raises(struct.error):
        Echoes().note(b"short", 0, 0)
    with pytest.raises(struct.error):
        answer(b"short", 0, 0)
