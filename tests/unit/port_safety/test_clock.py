"""`clock`: stamps that stay off are a clock's, odd ones the network's; a step of our own clock is a stop."""

from typing import Any

import pytest

from port_safety.commands.twist import ZERO
from port_safety.model.history import KEPT, History
from port_safety.model.readings import ClockStep, Odometry, Reading
from port_safety.model.verdict import Severity
from port_safety.monitoring.system_clock import SystemClockWatch
from port_safety.rules.clock import ClockRule
from port_safety.rules.context import RuleContext
from port_safety.rules.registry import make_rule
from port_safety.rules.rule_type import Site
from tests.gate_bench import ROBOT
from tests.unit.port_safety.rule_bench import NOW, STAMP, STILL, S, context, exactly, seen, told

CLOCK = ClockRule(("odometry",), 0.05, 0.4, 0.1, 5)
PLATE_SITE = Site(ROBOT, ("one",), ("left",), ("camera",))


def lags(*lags_s: float, step_s: float = 0.0) -> RuleContext:
    history = History()
    for number, lag_s in enumerate(lags_s):
        at_ns = NOW + number * 20_000_000
        history.note(Reading(Odometry(float(number), 0.0, 0.0, 0.0, 0.0, 0.0), at_ns - round(lag_s * S), at_ns))
    return context(readings={"system_clock": Reading(ClockStep(step_s), NOW, NOW)}, histories={"odometry": history})


@pytest.mark.parametrize(("lag_s", "limit"), [(0.6, 0.4), (-0.08, 0.05)])
def test_stamps_that_stay_off_to_either_side_are_a_clocks(lag_s: float, limit: float) -> None:
    (verdict,) = CLOCK.judge(lags(0.01, *[lag_s] * 5))
    assert verdict.severity is Severity.PROTECTIVE_STOP and verdict.source == "odometry"
    assert (verdict.value, verdict.limit) == (exactly(abs(lag_s)), limit)


@pytest.mark.parametrize("seen", [[0.6] * 4, [0.6] * 9 + [0.01], [0.6, -0.6] * 4, [0.3] * 9, [-0.04] * 9])
def test_odd_stamps_now_and_then_are_the_networks(seen: list[float]) -> None:
    assert not CLOCK.judge(lags(0.01, *seen))


def test_stamps_that_were_never_set_are_no_clocks() -> None:
    assert not CLOCK.judge(lags(0.01, *[1_700_000_000.0] * 9))


@pytest.mark.parametrize("step_s", [0.5, -0.5])
def test_a_step_of_our_own_clock_is_seen_for_two_seconds(step_s: float) -> None:
    (verdict,) = CLOCK.judge(lags(0.01, step_s=step_s))
    assert verdict.source == "system_clock" and verdict.value == 0.5
    watch, steps = SystemClockWatch(), []
    for tenth in range(60):
        system_ns = 7 * NOW + tenth * S // 10 + round((step_s if tenth >= 30 else 1e-5 * tenth) * S)
        steps.append(watch.look(system_ns, NOW + tenth * S // 10).step_s)
    assert max(map(abs, steps[:30])) < 0.01 and steps[30] == pytest.approx(step_s, abs=0.001)
    assert abs(steps[45]) > 0.4 and abs(steps[55]) < 0.01


def test_a_clock_that_nobody_looks_at_is_not_trusted() -> None:
    (verdict,) = CLOCK.judge(context())
    assert verdict.stops and verdict.source == "system_clock"


def lagging(*lags_s: float, step_s: float = 0.0) -> list[tuple[Any, ...]]:
    history = History()
    for number, lag_s in enumerate(lags_s):
        stamp_ns = NOW + number * S
        history.note(Reading(ClockStep(), stamp_ns, stamp_ns + round(lag_s * S)))
    readings = {"system_clock": Reading(ClockStep(step_s), STAMP, STAMP)}
    context = RuleContext(NOW, readings, ZERO, NOW, True, histories={"odometry": history})
    return told(ClockRule(("odometry", "imu"), 0.25, 0.5, 0.125, 3).judge(context))


def test_stamps_and_steps_beyond_their_limits_are_a_stop() -> None:
    assert lagging(0.5, 0.5, 0.5) == [] == lagging(-0.25, -0.25, -0.25) == lagging(0.75, 0.75)
    assert lagging(0.75, 0.5, 0.75) == [] == lagging(0.75, -0.75, 0.75) == lagging(0.75, 0.75, 0.75, 0.0)
    assert lagging(0.0, 1.0, 0.875, 0.75) == [("PROTECTIVE_STOP", "clock", "odometry", 0.75, 0.5, "s", 0)]
    assert lagging(0.0, -1.0, -0.875, -0.75) == [("PROTECTIVE_STOP", "clock", "odometry", 0.75, 0.25, "s", 0)]
    assert lagging(step_s=0.125) == [] == lagging(step_s=-0.125)
    for step_s in (0.25, -0.25):
        assert lagging(step_s=step_s) == [("PROTECTIVE_STOP", "clock", "system_clock", 0.25, 0.125, "s", 0)]
    with pytest.raises(ValueError, match="readings"):
        ClockRule((), 0.1, 0.1, 0.1, 0)
    assert ClockRule((), 0.1, 0.1, 0.1, 1) and ClockRule((), 0.1, 0.1, 0.1, KEPT)


def test_the_newest_lag_of_a_clock_is_its_value() -> None:
    for lags_s, limit_s in (((0.75, 1.0, 1.25), 0.5), ((-0.75, -1.0, -1.25), 0.25)):
        history = History()
        for number, lag_s in enumerate(lags_s):
            history.note(Reading(ClockStep(), NOW + number * S, NOW + number * S + round(lag_s * S)))
        readings = {"system_clock": Reading(ClockStep(), STAMP, STAMP)}
        context = RuleContext(NOW, readings, ZERO, NOW, True, histories={"odometry": history})
        (verdict,) = ClockRule(("odometry",), 0.25, 0.5, 0.125, 3).judge(context)
        assert (verdict.source, verdict.value, verdict.limit) == ("odometry", 1.25, limit_s)


def sources_lagging(*lags_ns: int) -> list[tuple[str, float]]:
    """Two sources, of which nobody has heard the first one; the second has these lags."""
    history = History()
    for number, lag_ns in enumerate(lags_ns):
        history.note(Reading(STILL, NOW + number * S, NOW + number * S + lag_ns))
    readings = {"system_clock": Reading(ClockStep(), NOW, NOW)}
    context = RuleContext(NOW, readings, ZERO, NOW, True, histories={"quiet": History(), "odometry": history})
    rule = ClockRule(("never", "quiet", "odometry"), 0.25, 0.5, 0.125, 3)
    return [(each.source, each.value) for each in rule.judge(context)]


def test_a_clock_is_off_1_ns_beyond_its_limit_in_every_reading() -> None:
    """A clock is off one nanosecond beyond its limit in every one of the last readings."""
    behind, ahead = S // 2, -S // 4
    assert sources_lagging(behind, 3 * S, 3 * S) == [] == sources_lagging(3 * S, 3 * S, behind)
    assert sources_lagging(behind + 1, 3 * S, 2 * S) == [("odometry", 2.0)]
    assert sources_lagging(ahead, -3 * S, -3 * S) == [] == sources_lagging(-3 * S, -3 * S, ahead)
    assert sources_lagging(ahead - 1, -3 * S, -2 * S) == [("odometry", 2.0)]
    assert sources_lagging(0, S, S, S) == [("odometry", 1.0)] and sources_lagging(S, S) == []


def test_a_foreign_reading_of_the_system_clock_is_none() -> None:
    """A system clock that says something else was not looked at."""
    (verdict,) = ClockRule((), 0.25, 0.5, 0.125, 3).judge(seen(system_clock=STILL))
    assert verdict.stops and verdict.source == "system_clock"


@pytest.mark.parametrize(("age_ns", "stops"), [(0, False), (S // 2, False), (S // 2 + 1, True), (9 * S, True)])
def test_a_look_at_the_clock_that_is_old_is_a_stop(age_ns: int, stops: bool) -> None:
    readings = {"system_clock": Reading(ClockStep(), NOW, NOW)}
    context = RuleContext(NOW + age_ns, readings, ZERO, NOW, True)
    said = ClockRule((), 0.25, 0.5, 0.125, 3, stale_s=0.5).judge(context)
    assert [(each.source, each.limit, each.stops) for each in said] == [("system_clock", 0.5, True)] * stops


def test_every_source_of_the_site_has_its_clock_watched() -> None:
    rule = make_rule("clock", {"type": "clock"}, PLATE_SITE)
    assert isinstance(rule, ClockRule)
    assert rule.sources == ("estop one", "odometry", "ground_pose", "occupancy camera", "force_plate left")
