"""Whether our own clock was set: for how long that is seen, and to which side."""

from port_safety.model.readings import ClockStep
from port_safety.monitoring.system_clock import SEEN_FOR_NS, SystemClockWatch

S = 1_000_000_000


def test_a_step_of_the_clock_is_told_for_two_seconds() -> None:
    """A step of the clock is seen for two seconds with its sign."""
    watch = SystemClockWatch()
    assert watch.look(50 * S, 10 * S) == ClockStep(0.0)
    assert watch.look(51 * S + S // 2, 11 * S) == ClockStep(0.5)
    assert watch.look(50 * S, 12 * S) == ClockStep(-2.5)
    assert watch.look(50 * S + 1, 12 * S + 1) == ClockStep(-2.5)
    assert watch.look(51 * S, 11 * S + SEEN_FOR_NS) == ClockStep(-2.5)
    assert watch.look(51 * S + 1, 11 * S + SEEN_FOR_NS + 1) == ClockStep(0.0)
