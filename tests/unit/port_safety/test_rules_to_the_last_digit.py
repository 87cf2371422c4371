"""Rules where only an exact figure, one unit beyond the edge or an odd input shows whether they are right."""

import math
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.model.braking_model import BrakingModel
from port_safety.model.geometry import Polygon
from port_safety.model.history import KEPT, History
from port_safety.model.readings import (
    ClockStep,
    Force,
    JointStates,
    Occupancy,
    Odometry,
    PlateForce,
    Pose,
    Reading,
    ToolPoint,
    Value,
)
from port_safety.model.track import Track
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.acceleration import AccelerationRule
from port_safety.rules.body_height import BodyHeightRule
from port_safety.rules.clock import ClockRule
from port_safety.rules.contact_force import ContactForceRule
from port_safety.rules.context import LastOutput, RuleContext
from port_safety.rules.ground_reaction import GroundReactionRule
from port_safety.rules.input_timeout import InputTimeoutRule, TimedInput
from port_safety.rules.joint_limits import JointLimitsRule
from port_safety.rules.joint_runaway import JointRunawayRule
from port_safety.rules.keep_in import KeepInRule
from port_safety.rules.keep_out import KeepOutRule
from port_safety.rules.pose_agreement import PoseAgreementRule, steps_of
from port_safety.rules.registry import EnvelopeError, make_envelope, make_rule
from port_safety.rules.rule_type import Site
from port_safety.rules.separation import People, SeparationRule, measured_deceleration_mps2
from port_safety.rules.speed import SpeedRule
from port_safety.rules.stop_response import StopResponseRule
from port_safety.rules.stop_start import COMPLIANCE_GRACE_S, StopStart
from port_safety.rules.stuck_input import StuckInputRule
from port_safety.rules.tilt import TiltRule
from port_safety.rules.tool_workspace import ToolWorkspaceRule
from port_safety.rules.zones import approach
from tests.gate_bench import BLOCKS, ROBOT, robot_of

S = 1_000_000_000
NOW = 100 * S
STILL = Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
#: Figures that add up without rounding.
EVEN = replace(ROBOT, footprint_radius_m=0.5, braking=BrakingModel(0.25, 2.0))


def seen(now_ns: int = NOW, request: Motion = ZERO, **readings: Value) -> RuleContext:
    """All these readings, as old as nothing; two underscores in a name stand for a space."""
    named = {name.replace("__", " "): Reading(value, now_ns, now_ns) for name, value in readings.items()}
    return RuleContext(now_ns, named, request, now_ns, True)


def row(name: str, *at: tuple[int, Value]) -> RuleContext:
    """One input with these values at these stamps; now is the last of them."""
    history = History()
    for stamp_ns, value in at:
        history.note(Reading(value, stamp_ns, stamp_ns))
    return RuleContext(at[-1][0], {name: history.recent[-1]}, ZERO, at[-1][0], True, histories={name: history})


def above(value: float) -> float:
    return math.nextafter(value, math.inf)


def below(value: float) -> float:
    return math.nextafter(value, -math.inf)


# --- what cannot be born ----------------------------------------------------------------------------------------------


def check(figures: Sequence[tuple[Any, str, tuple[Any, ...], tuple[Any, ...]]]) -> None:
    """A rule, one of its figures, what it cannot be and what it can."""
    for rule, name, refused, allowed in figures:
        for value in refused:
            with pytest.raises(ValueError, match=name):
                replace(rule, **{name: value})
        assert all(getattr(replace(rule, **{name: value}), name) == value for value in allowed)


def test_a_figure_that_makes_no_sense_is_refused_by_its_name() -> None:
    figures: list[tuple[Any, str, tuple[Any, ...], tuple[Any, ...]]] = [
        (ClockRule((), 0.1, 0.1, 0.1, 5), "ahead_s", (0.0, -0.5, math.nan), (1e-9,)),
        (ClockRule((), 0.1, 0.1, 0.1, 5), "behind_s", (0.0, -0.5, math.nan), (1e-9,)),
        (ClockRule((), 0.1, 0.1, 0.1, 5), "step_s", (0.0, -0.5, math.nan), (1e-9,)),
        (PoseAgreementRule(1.0, 1.0, 1.0, 1.0), "window_s", (0.0, -0.5, above(12.0)), (1e-9, 12.0)),
        (PoseAgreementRule(1.0, 1.0, 1.0, 1.0), "distance_m", (0.0, -0.5), (1e-9,)),
        (PoseAgreementRule(1.0, 1.0, 1.0, 1.0), "heading_rad", (0.0, -0.5), (1e-9,)),
        (PoseAgreementRule(1.0, 1.0, 1.0, 1.0), "fresh_s", (0.0, -0.5), (1e-9,)),
        (StuckInputRule(1.0, 2), "after_s", (0.0, -0.5, math.nan), (1e-9,)),
        (TimedInput("odometry", 1.0, Severity.LIMIT), "limit_s", (0.0, -0.5, math.nan), (1e-9,)),
        (SpeedRule("robot", 1.0, ROBOT), "stale_s", (0.0, -0.5, math.nan), (1e-9,)),
        (StopResponseRule(ROBOT, 0.1, 0.1), "rest_mps", (0.0, -0.5), (1e-9,)),
        (StopResponseRule(ROBOT, 0.1, 0.1), "rest_radps", (0.0, -0.5), (1e-9,)),
        (JointRunawayRule(("a",), 1.0, 1.0, 5, 0.1), "readings", (-1, 0, KEPT, KEPT + 1), (1, 2, KEPT - 1)),
        (ContactForceRule(1.0, 1.0, 5, 0.1), "readings", (-1, 0, KEPT + 1, KEPT + 2), (1, 2, KEPT)),
    ]
    check(figures)


def test_a_figure_that_does_not_fit_the_others_is_refused_by_its_name() -> None:
    acceleration, height, tilt = AccelerationRule(1.0, 1.0), BodyHeightRule(0.5, 1.0, 0.3), TiltRule(0.25, 0.5, 0.1)
    force, speed = ContactForceRule(50.0, 100.0, 5, 0.1), SpeedRule("z", 1.0, ROBOT)
    ground = GroundReactionRule(("left",), 1.0, 1.0, 1.0, 1.0, 1.0)
    figures: list[tuple[Any, str, tuple[Any, ...], tuple[Any, ...]]] = [
        (acceleration, "acceleration_mps2", (0.0, -0.5, math.inf), (1e-9,)),
        (acceleration, "yaw_acceleration_radps2", (0.0, -0.5, math.inf), (1e-9,)),
        (height, "low_m", (-1e-9, 1.0, 1.5), (0.0, below(1.0))),
        (height, "high_m", (0.0, -0.5, math.inf), (above(0.5),)),
        (height, "stale_s", (0.0, -0.5, math.inf), (1e-9,)),
        (tilt, "fall_rad", (below(0.25), above(3.15), math.nan), (0.25, 3.15)),
        (tilt, "limit_rad", (0.0, -0.5, above(0.5)), (1e-9, 0.5)),
        (tilt, "stale_s", (0.0, -0.5, math.inf), (1e-9,)),
        (force, "blow_n", (below(50.0), above(100.0)), (50.0, 100.0)),
        (force, "limit_n", (0.0, -0.5), (50.0,)),
        (force, "stale_s", (0.0, -0.5, math.inf), (1e-9,)),
        (speed, "limit_mps", (-1e-9, math.nan), (0.0, 1e-9)),
        (speed, "occupied_limit_mps", (-1e-9, above(1.0), math.nan), (0.0, 1.0)),
        (LIMITS, "margin_rad", (-1e-9, math.nan), (0.0, below(1.0))),
        (LIMITS, "deceleration_radps2", (0.0, -0.5), (1e-9,)),
        (LIMITS, "lower_rad", ((-1.0,), (-1.0,) * 3, (0.75, -2.0), (-1.0, 1.5)), ((0.25, 1.25),)),
        (LIMITS, "upper_rad", ((1.0,), (1.0,) * 3), ((below(1.0), 2.0),)),
        (LIMITS, "velocity_radps", ((1.0,), (1.0,) * 3, (0.0, 1.0), (1.0, -0.5)), ((1e-9, 1e-9),)),
        (ground, "plates", ((),), (("left", "right"),)),
        *((ground, name, (0.0, -0.5, math.inf), (1e-9,)) for name in ("mass_kg", "peak_bodyweights", "pull_n")),
        *((ground, name, (0.0, -0.5, math.inf), (1e-9,)) for name in ("friction", "stale_s")),
        *((People(), each.name, (-1e-9, math.inf), (1e-9,)) for each in fields(People)),
    ]
    check(figures)


def test_who_is_refused_hears_what_is_allowed() -> None:
    with pytest.raises(ValueError, match=rf"1\.\.{KEPT - 1}$"):
        JointRunawayRule(("a",), 1.0, 1.0, 0, 0.1)
    with pytest.raises(ValueError, match=r"must not be above 12$"):
        PoseAgreementRule(13.0, 1.0, 1.0, 1.0)


# --- clocks, ages -----------------------------------------------------------------------------------------------------


def lagging(*lags_ns: int) -> list[tuple[str, float]]:
    """Two sources, of which nobody has heard the first one; the second has these lags."""
    history = History()
    for number, lag_ns in enumerate(lags_ns):
        history.note(Reading(STILL, NOW + number * S, NOW + number * S + lag_ns))
    readings = {"system_clock": Reading(ClockStep(), NOW, NOW)}
    context = RuleContext(NOW, readings, ZERO, NOW, True, histories={"quiet": History(), "odometry": history})
    rule = ClockRule(("never", "quiet", "odometry"), 0.25, 0.5, 0.125, 3)
    return [(each.source, each.value) for each in rule.judge(context)]


def test_a_clock_is_off_one_nanosecond_beyond_its_limit_in_every_one_of_the_last_readings() -> None:
    behind, ahead = S // 2, -S // 4
    assert lagging(behind, 3 * S, 3 * S) == [] == lagging(3 * S, 3 * S, behind)
    assert lagging(behind + 1, 3 * S, 2 * S) == [("odometry", 2.0)]
    assert lagging(ahead, -3 * S, -3 * S) == [] == lagging(-3 * S, -3 * S, ahead)
    assert lagging(ahead - 1, -3 * S, -2 * S) == [("odometry", 2.0)]
    assert lagging(0, S, S, S) == [("odometry", 1.0)] and lagging(S, S) == []


def test_a_system_clock_that_says_something_else_was_not_looked_at() -> None:
    (verdict,) = ClockRule((), 0.25, 0.5, 0.125, 3).judge(seen(system_clock=STILL))
    assert verdict.reason == "clock of system_clock: nobody has looked at it yet"


def test_the_age_of_a_command_and_of_a_stamp_is_a_difference() -> None:
    rule = InputTimeoutRule((TimedInput("odometry", 0.25, Severity.LIMIT),), 2.0)
    late = replace(seen(odometry=STILL), request_received_ns=NOW - 60 * S)
    assert [each.value for each in rule.judge(late)] == [60.0]
    early = Reading(STILL, 3 * S, S)
    (verdict,) = rule.judge(RuleContext(S, {"odometry": early}, ZERO, S, True))
    assert verdict.reason == "odometry: stamped 2.00 s in the future"


def frozen(same_s: float, times: int, moving_s: float, began_ns: int = S) -> Sequence[Verdict]:
    """The same pose `times` times over `same_s`, the first one at `began_ns`."""
    stamps = [began_ns + round(same_s * S) * number // (times - 1) for number in range(times)]
    context = row("ground_pose", *((stamp_ns, Pose(1.0, 2.0, 3.0)) for stamp_ns in stamps))
    since_ns = context.now_ns - round(moving_s * S)
    return StuckInputRule(1.0, 5).judge(replace(context, last_output=LastOutput(Motion(1.0), 0, 0, since_ns)))


def test_a_value_is_frozen_however_long_and_however_often_it_was_the_same() -> None:
    assert [(each.value, each.limit) for each in frozen(1.5, 7, 1.25)] == [(1.5, 1.0)]
    assert frozen(1.0, 5, 1.0, began_ns=8 * S) and frozen(2.0, 5, 2.5)
    assert not frozen(1.5, 5, 0.5) and not frozen(0.75, 5, 2.0)


def test_what_has_no_reading_or_no_history_is_not_frozen() -> None:
    context = row("odometry", *((number * S, STILL) for number in range(1, 9)))
    told = replace(context, last_output=LastOutput(Motion(1.0), 0, 0, S))
    assert StuckInputRule(1.0, 5).judge(told)
    for without in ({"readings": {}}, {"histories": {}}):
        assert not StuckInputRule(1.0, 5).judge(replace(told, **without))


# --- joints and tools -------------------------------------------------------------------------------------------------

LIMITS = JointLimitsRule(("a", "b"), 0.1, (-1.0, -2.0), (1.0, 2.0), (2.0, 3.0), 4.0, 0.25, 0.1)


def test_a_joint_that_stands_at_its_very_limit_is_within() -> None:
    for place, out in ((0.75, above(0.75)), (-0.75, below(-0.75))):
        assert not LIMITS.judge(seen(joints=JointStates((place, 0.0), (0.0, 0.0))))
        assert LIMITS.judge(seen(joints=JointStates((out, 0.0), (0.0, 0.0))))


def flail(**other: Any) -> JointRunawayRule:
    return replace(JointRunawayRule(("a", "b"), 10.0, 4.0, 2, 0.1), **other)


def spun(*at: tuple[int, float]) -> list[tuple[str, float]]:
    context = row("joints", *((stamp_ns, JointStates((0.0, 0.0), (speed, 0.0))) for stamp_ns, speed in at))
    return [(each.source, each.value) for each in flail().judge(context)]


def test_a_joint_runaways_in_as_many_readings_as_are_asked_for_and_no_fewer() -> None:
    assert spun((S, 11.0)) == [], "one of two"
    assert spun((S, 0.0), (5 * S, 10.0), (9 * S, 0.0)) == []
    assert spun((S, 10.0), (2 * S, 0.0), (3 * S, 5.0), (4 * S, 0.0)) == [("jerks a", 5.0)]
    assert spun((S, 0.0), (2 * S, 0.0), (3 * S, 5.0), (4 * S, 0.0)) == [("jerks a", 5.0)], "of the last two alone"
    assert spun((S, 0.0), (3 * S, 10.0), (7 * S, -10.0)) == [("jerks a", 5.0)], "by the time between the stamps"


def test_any_number_of_joints_has_its_limits_and_an_age() -> None:
    names, of_all = tuple(map(str, range(300))), (1.0,) * 300
    assert JointLimitsRule(names, 0.1, (-1.0,) * 300, of_all, of_all, 4.0, 0.25, 0.1)


def test_a_stamp_that_does_not_advance_makes_no_acceleration() -> None:
    for later_ns in (0, -S):
        history = History()
        for number in range(3):
            value = JointStates((0.0, 0.0), (9.0 * (number % 2), 0.0))
            history.recent.append(Reading(value, NOW + number * later_ns, NOW))
        context = replace(seen(joints=JointStates((0.0, 0.0), (0.0, 0.0))), histories={"joints": history})
        assert not flail().judge(context) and not flail(acceleration_radps2=0.5).judge(context)


@pytest.mark.parametrize(
    "judge",
    [
        lambda: LIMITS.judge(seen(joints=JointStates((0.0, 0.0), (0.0,)))),
        lambda: flail().judge(row("joints", *((n * S, JointStates((0.0,), (11.0,))) for n in (1, 2)))),
        lambda: flail().judge(row("joints", *((n * S, JointStates((0.0,), (11.0,) * n)) for n in (2, 3)))),
        lambda: flail()._jerking([Reading(JointStates((), (0.0,) * n), n * S, n * S) for n in (2, 3, 2)], 0),
    ],
)
def test_no_rule_judges_half_of_the_joints(judge: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        judge()


def test_the_speed_of_a_tool_is_by_the_time_between_its_stamps() -> None:
    rule = ToolWorkspaceRule(ROBOT, (-9.0,) * 3, (9.0,) * 3, 1.0, 0.1)
    context = row("tool_pose", (S, ToolPoint(0.0, 0.0, 0.0)), (3 * S, ToolPoint(1.0, -2.0, 4.0)))
    assert rule._velocity(context) == (0.5, -1.0, 2.0)


def test_a_plate_of_which_nothing_is_known_carries_nothing() -> None:
    rule = GroundReactionRule(("left", "right"), 1.0, 2.0, 50.0, 1.5, 0.5)
    most_n = 2.0 * 9.81
    for load_n, sources in ((most_n, ["force_plate right"]), (above(most_n), None)):
        context = seen(force_plate__left=PlateForce(0.0, load_n, 0.0), force_plate__right=STILL)
        said = rule.judge(context)
        assert [each.source for each in said] == (sources or ["force_plate right", "plates"])


def test_an_arm_pushes_in_as_many_readings_as_are_asked_for() -> None:
    rule = ContactForceRule(50.0, 100.0, 1, 0.1)
    assert not rule.judge(row("contact_wrench", (S, Force(50.0, 0.0, 0.0))))
    assert rule.judge(row("contact_wrench", (S, Force(above(50.0), 0.0, 0.0))))


# --- zones ------------------------------------------------------------------------------------------------------------

SQUARE = Polygon.from_flat([0.0, 0.0, 8.0, 0.0, 8.0, 8.0, 0.0, 8.0])


def test_a_robot_whose_edge_is_on_the_line_is_on_its_own_side() -> None:
    for rule, at, over in (
        (KeepInRule("z", SQUARE, 0.0, EVEN), 0.5, below(0.5)),
        (KeepOutRule("z", SQUARE, 0.0, EVEN), -0.5, above(-0.5)),
    ):
        assert not rule.judge(seen(ground_pose=Pose(at, 4.0, 0.0)))
        assert rule.judge(seen(ground_pose=Pose(over, 4.0, 0.0)))[0].stops


def test_a_robot_whose_edge_is_on_the_line_of_an_occupied_zone_is_not_in_it() -> None:
    rule = SpeedRule("z", 1.0, EVEN, SQUARE, 0.0)
    busy = Occupancy(frozenset({"z"}))
    assert not rule.judge(seen(ground_pose=Pose(-0.5, 4.0, 0.0), occupancy=busy, odometry=STILL))
    assert rule.judge(seen(ground_pose=Pose(above(-0.5), 4.0, 0.0), occupancy=busy, odometry=STILL))[0].stops


def test_what_a_sound_controller_overshoots_is_no_overspeed() -> None:
    bound_mps = 1.0 * (1.0 + 0.1) + 0.1
    for speed_mps, stops in ((bound_mps, False), (above(bound_mps), True)):
        assert bool(SpeedRule("robot", 1.0, ROBOT).judge(seen(odometry=replace(STILL, vx=speed_mps)))) is stops


def approached(pose: Pose, request: Motion, boundary_mps: float, measured: Motion = ZERO) -> tuple[float, float, float]:
    odometry = Odometry(0.0, 0.0, 0.0, measured.vx, measured.vy, measured.wz)
    context = replace(seen(request=request, odometry=odometry), measured_mps=measured.speed_mps)
    near = approach(SQUARE, EVEN, context, pose, 0.0, 0.5, boundary_mps)
    return (1.0, math.nan, math.nan) if near is None else (near.scale, near.speed_mps, near.limit_mps)


def test_whoever_is_no_faster_than_what_holds_at_the_edge_is_free_whichever_way_it_goes() -> None:
    """Straight to the corner the part of this request towards it is above its speed by a rounding."""
    corner, request = Pose(-0.375, -0.015625, -2.35), Motion(-0.1536618088160038, 0.14313646813930364)
    allowed = EVEN.braking.allowed_approach_mps(0.5)
    for pose, asked, boundary_mps in (
        (corner, request, request.speed_mps),
        (corner, request, above(request.speed_mps)),
        (Pose(7.0, 4.0, 0.0), Motion(0.25), 0.5),
        (Pose(7.0, 4.0, 0.0), Motion(allowed), 0.0),
    ):
        scale, speed, limit = approached(pose, asked, boundary_mps)
        assert scale == 1.0 and math.isnan(speed) and math.isnan(limit)


def test_what_is_measured_towards_an_edge_counts_with_both_its_parts() -> None:
    """From 3 m left of the square and 4 m below it the way to its corner is (0.6, 0.8)."""
    corner = Pose(-3.0, -4.0, 0.0)
    for measured in (Motion(2.0, 6.0), Motion(6.0, 2.0)):
        towards = 0.6 * measured.vx + 0.8 * measured.vy
        scale, speed, limit = approached(corner, Motion(6.0, 8.0), 0.0, measured)
        allowed = EVEN.braking.allowed_approach_mps(4.5, 0.0, 0.0, towards)
        assert allowed != EVEN.braking.allowed_approach_mps(4.5, 0.0, 0.0, 0.0)
        assert (scale, speed, limit) == pytest.approx((allowed / 10.0, 10.0, allowed))


def test_the_tightest_edge_decides_whichever_comes_first() -> None:
    for x, y in ((6.5, 7.0), (7.0, 6.5)):
        scale, _, limit = approached(Pose(x, y, 0.0), Motion(3.0, 3.0), 0.0)
        assert limit == EVEN.braking.allowed_approach_mps(0.5) and scale == limit / 3.0


# --- people -----------------------------------------------------------------------------------------------------------

#: S at rest is 1·(0.25 + 0.25) + 0.5 = 1 m.
ONES = People(1.0, 0.25, 0.5, 0.0, 0.0, 0.25, 0.5)
KEEPS = SeparationRule(EVEN, ONES, 2.0)


def crowd(
    *people: tuple[float, float], asked: Motion = ZERO, measured: Motion = ZERO, age_ns: int = 0, **said: Any
) -> RuleContext:
    """A robot at (2, −3)."""
    occupancy = Occupancy(said.pop("occupied", frozenset()), positions_m=people, **said)
    odometry = Odometry(0.0, 0.0, 0.0, measured.vx, measured.vy, measured.wz)
    context = seen(request=asked, ground_pose=Pose(2.0, -3.0, 0.0), odometry=odometry)
    told = {**context.readings, "occupancy": Reading(occupancy, NOW - age_ns, NOW - age_ns)}
    return replace(context, measured_mps=measured.speed_mps, readings=told)


def test_the_terms_of_the_distance_each_by_its_own_figure() -> None:
    rule = SeparationRule(EVEN, ONES, 3.0)
    assert rule.distance_m(2.0, 1.5, 0.5) == pytest.approx((0.5 + 2.0 / 3.0) + 1.5 * (0.5 + 2.0 / 6.0) + 0.5)
    for distance_m in (2.0, 2.5):
        share = rule.allowed_share(distance_m, 2.0, 1.5, 0.5)
        assert 0.0 < share < 1.0 and rule.distance_m(2.0 * share, 1.5 * share, 0.5) == pytest.approx(distance_m)


def test_a_share_is_all_at_the_very_distance_and_never_more() -> None:
    """A person who stands still and a robot without latency: S = s·t·v/2a."""
    alone = SeparationRule(EVEN, People(0.0, 0.0, 0.0, 0.0, 0.0), 2.0)
    assert alone.allowed_share(1.0, 2.0, 2.0, 0.0) == 1.0 and alone.allowed_share(0.25, 2.0, 2.0, 0.0) == 0.5
    assert alone.allowed_share(0.0, 2.0, 2.0, 0.0) == 0.0
    # Away, S first grows and then falls: at 1.5 m/s it is 0.375 m, and as much at a third of that.
    away = SeparationRule(EVEN, People(1.0, 0.0, 0.0, 0.0, 0.0), 1.0)
    assert away.allowed_share(0.375, 1.5, -1.5, 0.0) == 1.0
    assert away.allowed_share(below(0.375), 1.5, -1.5, 0.0) == pytest.approx(1.0 / 3.0)
    # Here the root is above 1 by a rounding.
    rounded = SeparationRule(EVEN, People(1.0, 0.0, 0.0, 0.0, 0.0), 1.2)
    assert rounded.allowed_share(0.4541666666666667, 0.7, -0.7, 0.25) == 1.0
    assert replace(away, deceleration_mps2=0.5).allowed_share(9.0, 1e308, -1e308, 0.0) == 0.0, "no number can tell"


def test_a_stop_that_took_no_way_or_had_no_speed_says_nothing_of_the_brakes() -> None:
    assert measured_deceleration_mps2(ROBOT, [(1.0, 0.05), (-1.0, 1.08)]) == ROBOT.braking.deceleration_mps2


def test_somebody_at_the_very_distance_is_far_enough() -> None:
    assert not KEEPS.judge(crowd((3.5, -3.0))) and not KEEPS.judge(crowd((2.0, -4.5)))
    (near,) = KEEPS.judge(crowd((2.0, -4.25)))
    assert (near.value, near.limit, near.self_clearing, near.stamp_ns) == (0.75, 1.0, True, NOW)
    assert near.reason == "separation: somebody is 0.75 m away, 1.00 m needed"
    assert KEEPS.judge(crowd((below(3.5), -3.0)))[0].stops


def test_motion_towards_somebody_counts_with_both_its_parts() -> None:
    """A person 3 m ahead and 4 m to the left of the robot: 4.5 m from its edge."""
    for asked in (Motion(6.0, 2.0), Motion(2.0, 6.0)):
        towards = 0.6 * asked.vx + 0.8 * asked.vy
        (slower,) = KEEPS.judge(crowd((5.0, 1.0), asked=asked))
        assert slower.scale == pytest.approx(KEEPS.allowed_share(4.5 - 0.25, asked.speed_mps, towards, 0.5))
        assert slower.limit == slower.scale * asked.speed_mps


def test_who_stands_still_is_told_no_limit_and_who_leaves_keeps_no_margin() -> None:
    assert not KEEPS.judge(crowd((3.625, -3.0))) and KEEPS.judge(crowd((3.625, -3.0), asked=Motion(0.1)))
    assert not KEEPS.judge(crowd((3.505, -3.0), asked=Motion(-0.125)))
    backwards = crowd((3.25, -3.0), measured=Motion(-3.0))
    quick = replace(KEEPS, people=replace(ONES, walk_mps=0.1, intrusion_m=0.7))
    assert quick.judge(backwards) == [], "a robot on its way out that asks to stand"


def test_who_was_lost_a_metre_from_the_robot_is_gone() -> None:
    assert not KEEPS.judge(crowd(lost_m=((3.5, -3.0), (2.0, -1.5))))
    for lost in ((below(3.5), -3.0), (2.0, below(-1.5))):
        assert [each.source for each in KEEPS.judge(crowd(lost_m=(lost,)))] == ["lost"]


def test_without_a_pose_or_a_motion_people_are_a_stop() -> None:
    context = crowd((2.0, -4.0))
    for missing in ("ground_pose", "odometry"):
        left = {name: reading for name, reading in context.readings.items() if name != missing}
        (verdict,) = KEEPS.judge(replace(context, readings=left))
        assert verdict.stops and verdict.missing_input == missing


def test_why_nobody_knows_who_is_there() -> None:
    fresh = crowd()
    nan = Reading(Occupancy(frozenset(), positions_m=((math.nan, 0.0),)), NOW, NOW)
    for reading, says in (
        (None, "nobody says who is there"),
        (Reading(STILL, NOW, NOW), "occupancy: none"),
        (nan, f"occupancy: {nan.fault}"),
        (
            Reading(Occupancy(frozenset()), NOW - S // 2 - 1000, NOW - S // 2 - 1000),
            "nobody knows who is there: no data for 0.50 s",
        ),
        (Reading(Occupancy(frozenset()), NOW + S, NOW), "who is there was stamped 1.00 s in the future"),
        (Reading(Occupancy(frozenset()), NOW + S // 10, NOW), ""),
        (Reading(Occupancy(frozenset()), NOW + S // 10 + 1, NOW), "who is there was stamped 0.10 s in the future"),
    ):
        told = {name: each for name, each in fresh.readings.items() if name != "occupancy"}
        context = replace(fresh, readings=told if reading is None else {**told, "occupancy": reading})
        verdicts = KEEPS.judge(context)
        assert [verdict.reason for verdict in verdicts] == ([f"separation: {says}"] if says else [])
        assert all(verdict.self_clearing and verdict.stamp_ns == 0 for verdict in verdicts)
    assert nan.fault and not KEEPS.judge(crowd(age_ns=S // 2))


def test_who_stands_half_a_metre_from_an_occupied_zone_occupies_it() -> None:
    """The zone begins 1 m ahead of the robot; nobody but who occupies it is that near."""
    zoned = replace(KEEPS, zones={"z": Polygon.from_flat([3.0, -9.0, 9.0, -9.0, 9.0, 9.0, 3.0, 9.0])})
    busy = frozenset({"z"})
    assert zoned.judge(crowd(occupied=busy))[0].value == 0.5, "its near end"
    for spot, explains in (((9.5, 0.0), True), ((above(9.5), 0.0), False), ((6.0, 0.0), True), ((9.25, 0.0), True)):
        assert bool(zoned.judge(crowd(spot, occupied=busy))) is not explains


# --- poses, stops, acceleration ---------------------------------------------------------------------------------------


def agreeing(ground: list[tuple[int, Pose]], robot: list[tuple[int, Odometry]], window_s: float = 2.0) -> list[float]:
    a, b = row("ground_pose", *ground), row("odometry", *robot)
    context = replace(
        a, now_ns=max(a.now_ns, b.now_ns), readings={**a.readings, **b.readings},
        histories={**a.histories, **b.histories},
    )  # fmt: skip
    return [each.value for each in PoseAgreementRule(window_s, 0.25, 0.5, 0.5).judge(context)]


def test_both_parts_of_a_step_are_compared_and_only_within_the_window() -> None:
    origin, zero = (S, Pose(0.0, 0.0, 0.0)), (S, STILL)
    ground = [origin, (2 * S, Pose(1.0, 2.0, 0.0))]
    assert agreeing(ground, [zero, (2 * S, replace(STILL, x=1.0, y=2.25))]) == []
    assert agreeing(ground, [zero, (2 * S, replace(STILL, x=1.0, y=1.625))]) == [0.375]
    assert agreeing(ground, [zero, (2 * S, replace(STILL, x=0.5, y=2.0))]) == [0.5]
    jumped = [zero, (2 * S, replace(STILL, x=9.0))]
    assert agreeing(ground, jumped) and not agreeing(ground, jumped, window_s=0.5)
    assert not agreeing([*ground, (5 * S // 2, Pose(1.0, 2.0, 0.0))], [zero, (5 * S, STILL)]), "one of both is old"
    assert not agreeing([*ground, (5 * S, Pose(1.0, 2.0, 0.0))], jumped)
    one = row("ground_pose", origin)
    both = {**one.readings, "odometry": Reading(STILL, S, S)}
    assert not PoseAgreementRule(2.0, 0.25, 0.5, 0.5).judge(replace(one, readings=both))


def track(*stamps_s: float) -> Track:
    made = Track()
    for at_s in stamps_s:
        made.add(at_s, 0.0, 0.0, round(at_s * S))
    return made


def test_a_step_lies_between_two_stamps_that_both_have() -> None:
    way = steps_of(track(1.0, 2.0, 3.0, 4.0), track(0.5, 1.5, 2.5, 3.5), 2 * S)
    assert way is not None and way[2] == 3 * S and way[0] == way[1] == (2.0, 0.0, 0.0)
    assert steps_of(track(), track(1.0, 2.0), 2 * S) is None is steps_of(track(1.0, 2.0), track(), 2 * S)
    assert steps_of(track(1.0), track(0.5, 1.5), 2 * S) is None, "one stamp is no step"
    assert steps_of(track(1.0, 2.0), track(3.0, 4.0), 2 * S) is None is steps_of(track(3.0, 4.0), track(1.0, 2.0), S)


BINARY = replace(EVEN, ramp_s=1.5)


def test_a_stop_is_held_against_its_deadline_to_the_nanosecond() -> None:
    rule = StopResponseRule(BINARY, 0.0625, 0.25)
    deadline_s = 1.5 + 0.25 + COMPLIANCE_GRACE_S
    began_ns = S
    for later_ns, stops in ((0, False), (1, True)):
        now_ns = began_ns + round(deadline_s * S) + later_ns
        context = seen(now_ns, odometry=replace(STILL, vx=0.125))
        (*said,) = rule.judge(replace(context, stop=StopStart(began_ns, ZERO, 0.125), measured_mps=0.125))
        assert [each.reason for each in said] == stops * [
            "stop_response: the robot moves after the deadline of its stop: 0.12 m/s"
        ]


def test_what_rests_may_turn_slowly_and_what_nobody_measures_is_left_to_others() -> None:
    rule = StopResponseRule(BINARY, 0.0625, 0.25)
    stopped = {"stop": StopStart(NOW - 9 * S, ZERO, 0.0), "at_rest": True}
    turning = replace(seen(odometry=replace(STILL, wz=0.125)), measured_mps=0.0, **stopped)
    assert not rule.judge(turning)
    moving = replace(seen(), measured_mps=0.125, **stopped)
    (verdict,) = rule.judge(moving)
    assert verdict.reason == "stop_response: the robot moves while it is stopped: 0.12 m/s" and verdict.stamp_ns == 0
    assert not rule.judge(replace(moving, measured_mps=math.nan)) and not rule.judge(replace(moving, stop=None))
    spins = replace(turning, readings=seen(odometry=replace(STILL, wz=-9.0)).readings, measured_mps=math.nan)
    assert not rule.judge(spins)


def test_a_turn_may_go_on_the_way_it_goes() -> None:
    rule = AccelerationRule(2.0, 4.0)
    for was, asked, allowed in ((2.0, 3.0, 2.0), (-2.0, -3.0, 2.0), (2.0, -3.0, 0.0), (-2.0, 3.0, 0.0)):
        context = replace(seen(request=Motion(wz=asked)), last_output=LastOutput(Motion(wz=was), NOW, NOW, None))
        (verdict,) = rule.judge_last(context, 1.0, 1.0)
        assert (verdict.limit, verdict.scale, verdict.scale_angular) == (allowed, 1.0, allowed / 3.0)
    standing = replace(seen(), last_output=LastOutput(ZERO, NOW, NOW, None))
    assert not rule.judge_last(standing, 1.0, 1.0)


# --- how they are made ------------------------------------------------------------------------------------------------

SITE = Site(ROBOT, ("one",), ("left",), ("camera",))


def test_what_must_be_fresh_of_each_kind_of_robot() -> None:
    station, plate = ("estop one", 0.15, "EMERGENCY_STOP"), ("force_plate left", 0.5, "PROTECTIVE_STOP")
    base = [("odometry", 0.3, "PROTECTIVE_STOP"), ("ground_pose", 0.5, "PROTECTIVE_STOP")]
    for robot, own in ((ROBOT, base), (robot_of("arm"), [("joints", 0.3, "PROTECTIVE_STOP")])):
        rule = make_rule("input_timeout", BLOCKS["input_timeout"], Site(robot, ("one",), ("left",)))
        assert isinstance(rule, InputTimeoutRule) and rule.command_s == 0.3
        assert [(each.name, each.limit_s, each.severity.name) for each in rule.inputs] == [station, *own, plate]


def test_whose_clock_is_watched() -> None:
    rule = make_rule("clock", {"type": "clock"}, SITE)
    assert isinstance(rule, ClockRule)
    assert rule.sources == ("estop one", "odometry", "ground_pose", "occupancy camera", "force_plate left")


def test_every_measured_stop_has_its_speed_and_its_way() -> None:
    for speeds, ways in (([1.0], []), ([], [1.0]), ([1.0], [1.0, 2.0])):
        block = {"type": "separation", "measured_stop_mps": speeds, "measured_stop_m": ways}
        with pytest.raises(EnvelopeError, match="a way for each speed"):
            make_rule("separation", block, SITE)
    many = {"type": "separation", "measured_stop_mps": [1.0] * 300, "measured_stop_m": [0.5] * 300}
    assert isinstance(make_rule("separation", many, SITE), SeparationRule)


def test_a_misspelt_key_is_told_and_what_rules_are_made_for_stays_what_it_is() -> None:
    with pytest.raises(EnvelopeError, match="`stale`"):
        make_rule("bypass", {"type": "bypass", "stale": 1.0}, SITE)
    with pytest.raises(AttributeError, match="immutable"):
        SITE.plates = ()  # type: ignore[misc]


def test_an_envelope_has_input_timeout_whatever_else_it_has_and_nothing_twice() -> None:
    timeout = {**BLOCKS["input_timeout"], "type": "".join(["input_", "timeout"])}
    last = {"type": "acceleration", "acceleration_mps2": 1.0, "yaw_acceleration_radps2": 1.0}
    blocks = {"input_timeout": timeout, "speed": {"type": "speed", "limit_mps": 1.0}, "acceleration": last, "odd": 1}
    for names in (["acceleration"], ["speed"], [], ["odd"], ["nobody"]):
        with pytest.raises(EnvelopeError, match=r"none of type input_timeout|(odd|nobody)\.type: None is none of"):
            make_envelope(names, blocks, SITE)
    for twice in ("speed", "acceleration", "estop"):
        with pytest.raises(EnvelopeError, match=f"'{twice}' is named twice"):
            make_envelope(["input_timeout", "speed", "acceleration", twice], blocks, SITE)
    made = make_envelope(["input_timeout", "speed", "acceleration"], blocks, SITE)
    assert (list(made.rules), list(made.last_rules)) == (["estop", "input_timeout", "speed"], ["acceleration"])
