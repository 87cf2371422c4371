"""The rules that hold for every robot: what each objects to, with which figures, and what it leaves alone."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_safety.commands.twist import Motion
from port_safety.gate.gate import Gate
from port_safety.model.braking_model import BrakingModel
from port_safety.model.geometry import Polygon
from port_safety.model.history import History
from port_safety.model.readings import ClockStep, Occupancy, Odometry, Pose, Publishers, Reading
from port_safety.model.verdict import Severity, Verdict
from port_safety.monitoring.system_clock import SystemClockWatch
from port_safety.rules.acceleration import STEP_S, AccelerationRule
from port_safety.rules.bypass import BypassRule
from port_safety.rules.clock import ClockRule
from port_safety.rules.context import NO_OUTPUT, LastOutput, RuleContext
from port_safety.rules.pose_agreement import PoseAgreementRule
from port_safety.rules.registry import EnvelopeError, make_rule
from port_safety.rules.rule_type import Site
from port_safety.rules.separation import People, SeparationRule, measured_deceleration_mps2
from port_safety.rules.stop_response import StopResponseRule
from port_safety.rules.stop_start import StopStart
from port_safety.rules.stuck_input import StuckInputRule
from tests.gate_bench import DESK, ROBOT

NOW = 100_000_000_000
S = 1_000_000_000
SITE = Site(ROBOT, ("station_1",), ())


def context(request: Motion | None = None, **more: Any) -> RuleContext:
    return RuleContext(NOW, more.pop("readings", {}), request or Motion(), NOW, True, **more)


# --- acceleration -----------------------------------------------------------------------------------------------------

ACCELERATION = AccelerationRule(1.0, 2.0)


def passed(motion: Motion, for_s: float) -> LastOutput:
    since_ns = NOW - round(for_s * S)
    return LastOutput(motion, since_ns, since_ns, since_ns)


def after(asked: Motion, was: LastOutput, share: float = 1.0) -> Motion:
    """What passes, as the gate scales it."""
    verdicts = ACCELERATION.judge_last(context(asked, last_output=was), share, share)
    assert all(verdict.severity is Severity.LIMIT for verdict in verdicts)
    linear = min([share, *(verdict.scale for verdict in verdicts)])
    return asked.scaled(linear, min([share, *(verdict.scale_angular for verdict in verdicts)]))


def test_the_command_rises_by_the_acceleration_of_the_profile() -> None:
    assert after(Motion(1.5), passed(Motion(0.4), 0.01)).vx == pytest.approx(0.41)
    assert after(Motion(0.0, 0.0, -1.0), passed(Motion(wz=-0.2), 0.01)).wz == pytest.approx(-0.22)


def test_a_step_is_as_high_as_the_pause_before_it_and_no_higher_than_a_tenth_of_a_second() -> None:
    assert after(Motion(1.5), passed(Motion(0.4), 0.05)).vx == pytest.approx(0.45)
    assert after(Motion(1.5), passed(Motion(0.4), 60.0)).vx == pytest.approx(0.4 + STEP_S)
    assert after(Motion(0.425), passed(Motion(0.4), 0.05)) == Motion(0.425)


@pytest.mark.parametrize("asked", [Motion(), Motion(0.3), Motion(0.05, 0.0, 0.01)])
def test_slowing_down_is_free(asked: Motion) -> None:
    assert after(asked, passed(Motion(1.5, 0.0, 1.0), 0.005)) == asked


def test_turning_round_begins_at_zero() -> None:
    assert after(Motion(-1.0, 0.0, -1.0), passed(Motion(1.0, 0.0, 1.0), 0.01)) == Motion(-0.01, 0.0, -0.02)
    sideways = after(Motion(0.0, 1.0), passed(Motion(1.0), 0.01))
    assert sideways.vx == 0.0 and sideways.vy == pytest.approx(0.01)


def test_a_limit_of_another_rule_is_not_told_twice_and_its_end_is_no_leave_to_jump() -> None:
    assert after(Motion(1.5), passed(Motion(0.5), 5.0), share=1.0 / 3.0).vx == pytest.approx(0.5)
    assert not ACCELERATION.judge_last(context(Motion(1.5), last_output=passed(Motion(0.5), 5.0)), 1.0 / 3.0, 1.0)
    assert after(Motion(1.5), passed(Motion(0.5), 0.005)).vx == pytest.approx(0.505)


def test_no_sequence_of_ticks_rises_faster_than_the_profile() -> None:
    motion, was, now_ns = Motion(), NO_OUTPUT, NOW
    for tick in range(400):
        now_ns += 2_000_000 if tick % 3 else 100_000
        moment = replace(context(Motion(1.5), last_output=was), now_ns=now_ns)
        (*limits,) = ACCELERATION.judge_last(moment, 1.0, 1.0)
        motion = Motion(1.5).scaled(min([1.0, *(verdict.scale for verdict in limits)]), 1.0)
        was = was.updated(motion, now_ns)
        assert motion.vx <= (now_ns - NOW) / S + STEP_S + 1e-9
    assert motion.vx > 0.4


@pytest.mark.parametrize("huge", [1e308, 1.7e308, 5e-324])
def test_no_number_is_too_large_or_too_small(huge: float) -> None:
    assert not after(Motion(huge, huge, huge), passed(Motion(1.0, 1.0, 1.0), 0.01)).fault


# --- pose_agreement ---------------------------------------------------------------------------------------------------

AGREEMENT = PoseAgreementRule(2.0, 0.3, 0.35, 0.5)
OFFSET = (30.0, -7.0, 2.0)  # of the odometry's frame in frame ground, unknown to the rule


def driven(
    seen: Callable[[float], tuple[float, float, float]], late_s: float = 0.15, until_s: float = 3.0
) -> tuple[list[Verdict], RuleContext]:
    """A robot that says it drives 1 m/s ahead, and a camera at 15 Hz that sees `seen` and is `late_s` late."""
    gate = Gate("t", ROBOT, None)  # type: ignore[arg-type]
    verdicts: list[Verdict] = []
    cos, sin = math.cos(OFFSET[2]), math.sin(OFFSET[2])
    moment = context()
    for milli in range(0, round(until_s * 1000), 5):
        t, now_ns = milli / 1000, NOW + milli * 1_000_000
        if milli % 20 == 0:
            claimed = Odometry(OFFSET[0] + t * cos, OFFSET[1] + t * sin, OFFSET[2], 1.0, 0.0, 0.0)
            gate.update("odometry", claimed, now_ns, now_ns)
        if milli % 65 == 0 and t >= late_s:
            gate.update("ground_pose", Pose(*seen(t - late_s)), now_ns - round(late_s * S), now_ns)
        moment = replace(context(readings=gate.observed.readings, histories=gate.observed.histories), now_ns=now_ns)
        verdicts += AGREEMENT.judge(moment)
    return verdicts, moment


def test_agreement_needs_no_common_frame_and_forgives_a_late_camera() -> None:
    for late_s in (0.0, 0.15, 0.4):
        assert not driven(lambda t: (t, 0.0, 0.0), late_s)[0]


def test_a_jump_is_seen_at_once_with_its_size() -> None:
    verdicts, _ = driven(lambda t: (t + (0.8 if t > 1.5 else 0.0), 0.0, 0.0))
    assert verdicts[0].severity is Severity.PROTECTIVE_STOP and not verdicts[0].self_clearing
    assert (verdicts[0].source, verdicts[0].limit, verdicts[0].unit) == ("displacement", 0.3, "m")
    assert verdicts[0].value == pytest.approx(0.8, abs=0.01)
    assert verdicts[0].stamp_ns - NOW - 1.5 * S < 0.1 * S


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("a robot that stands and says it drives", lambda t: (0.0, 0.0, 0.0)),
        ("one that slips by a fifth", lambda t: (0.8 * t, 0.0, 0.0)),
        ("one that goes another way", lambda t: (t * math.cos(0.3), t * math.sin(0.3), 0.0)),
    ],
)
def test_a_drift_is_seen_when_it_is_more_than_the_limit_within_the_window(
    name: str, seen: Callable[[float], tuple[float, float, float]]
) -> None:
    verdicts, _ = driven(seen)
    assert verdicts and verdicts[0].source == "displacement", name


def test_a_turn_that_the_robot_does_not_tell_is_seen() -> None:
    verdicts, _ = driven(lambda t: (t, 0.0, 0.3 * t))
    assert "heading" in {verdict.source for verdict in verdicts}


def test_a_small_slip_is_none_of_its_business() -> None:
    assert not driven(lambda t: (0.95 * t, 0.0, 0.0))[0]


def test_a_heading_that_wraps_round_is_no_turn() -> None:
    assert not driven(lambda t: (-t, 0.0, math.remainder(math.pi + 0.001 * math.sin(9 * t), math.tau)))[0]


def test_what_is_stale_is_left_to_fresh() -> None:
    verdicts, moment = driven(lambda t: (0.0, 0.0, 0.0))
    assert verdicts and AGREEMENT.judge(moment)
    assert not AGREEMENT.judge(replace(moment, now_ns=moment.now_ns + S))


def test_a_jump_passes_out_of_the_window_so_that_it_can_be_reset() -> None:
    _, moment = driven(lambda t: (t + (0.8 if t > 0.5 else 0.0), 0.0, 0.0), until_s=4.0)
    assert not AGREEMENT.judge(moment)


# --- separation -------------------------------------------------------------------------------------------------------

SEPARATION = SeparationRule(ROBOT, People(intrusion_m=0.2), 1.2)


def crowd(
    *people: tuple[float, float], request: Motion | None = None, speed: float = 0.0, age_s: float = 0.0, **what: Any
) -> RuleContext:
    seen_ns = NOW - round(age_s * S)
    readings = {
        "ground_pose": Reading(Pose(0.0, 0.0, 0.0), NOW, NOW),
        "odometry": Reading(Odometry(0.0, 0.0, 0.0, speed, 0.0, 0.0), NOW, NOW),
        "occupancy": Reading(Occupancy(frozenset(), positions_m=tuple(people), **what), seen_ns, seen_ns),
    }
    return context(request, readings=readings, measured_mps=abs(speed))


def test_the_distance_is_the_sum_of_its_terms() -> None:
    reaction_s, v, a = 0.2, 0.5, 1.2
    terms = 1.6 * (reaction_s + v / a) + v * reaction_s + v * v / (2 * a) + 0.2 + 0.1 + 0.05
    assert SEPARATION.distance_m(v, v, reaction_s) == pytest.approx(terms)


def test_a_robot_that_passes_by_still_needs_the_time_to_stand() -> None:
    assert SEPARATION.distance_m(1.5, 0.0, 0.2) == pytest.approx(1.6 * (0.2 + 1.5 / 1.2) + 0.35)
    assert SEPARATION.distance_m(1.5, -1.5, 0.2) < SEPARATION.distance_m(1.5, 0.0, 0.2)


@given(
    gap_m=st.floats(0.0, 8.0), speed=st.floats(0.01, 3.0), cosine=st.floats(-1.0, 1.0), reaction_s=st.floats(0.01, 0.5)
)
def test_what_is_allowed_is_exactly_what_needs_that_distance(
    gap_m: float, speed: float, cosine: float, reaction_s: float
) -> None:
    share = SEPARATION.allowed_share(gap_m, speed, cosine * speed, reaction_s)
    needed_m = SEPARATION.distance_m(share * speed, share * cosine * speed, reaction_s)
    assert 0.0 <= share <= 1.0
    if 0.0 < share < 1.0:
        assert needed_m == pytest.approx(gap_m, abs=1e-6)
    elif share == 1.0:
        assert needed_m <= gap_m + 1e-6
    else:
        assert SEPARATION.distance_m(0.0, 0.0, reaction_s) >= gap_m - 1e-6


def test_the_robot_slows_towards_a_person_and_not_away_from_one() -> None:
    (verdict,) = SEPARATION.judge(crowd((2.5, 0.0), request=Motion(1.5)))
    assert (verdict.severity, verdict.source) == (Severity.LIMIT, "people")
    assert SEPARATION.distance_m(*[1.5 * verdict.scale] * 2, 0.13) == pytest.approx(2.5 - 0.4 - 0.4)
    assert not SEPARATION.judge(crowd((2.5, 0.0), request=Motion(-1.5)))
    assert not SEPARATION.judge(crowd((9.5, 0.0), request=Motion(1.5)))


def test_the_tightest_of_many_decides() -> None:
    (verdict,) = SEPARATION.judge(crowd((5.0, 0.0), (2.2, 0.0), (0.0, 2.5), request=Motion(1.5)))
    (alone,) = SEPARATION.judge(crowd((2.2, 0.0), request=Motion(1.5)))
    assert verdict.scale == alone.scale


def test_below_the_distance_with_the_measured_speed_is_a_stop_that_ends_by_itself() -> None:
    (verdict,) = SEPARATION.judge(crowd((2.0, 0.0), speed=0.8))
    assert verdict.severity is Severity.PROTECTIVE_STOP and verdict.self_clearing
    assert (verdict.value, verdict.unit) == (pytest.approx(1.6), "m")
    assert verdict.limit == pytest.approx(SEPARATION.distance_m(0.8, 0.8, 0.13))
    assert not SEPARATION.judge(crowd((2.0, 0.0), speed=-0.8)), "the way out stays open"


def test_a_robot_that_obeys_the_limit_is_never_stopped_by_a_person_who_stands() -> None:
    x, v, dt = 0.0, 0.0, 0.005
    for _ in range(4000):
        moment = crowd((5.0 - x, 0.0), request=Motion(1.5), speed=v)
        verdicts = SEPARATION.judge(moment)
        assert not any(verdict.stops for verdict in verdicts), verdicts
        target = 1.5 * min([1.0, *(verdict.scale for verdict in verdicts)])
        v += max(-1.2 * dt, min(1.0 * dt, target - v))
        x += v * dt
    assert v < 0.01 and 0.0 < 5.0 - x - 0.4 - SEPARATION.distance_m(0.0, 0.0, 0.13) < 0.5


@pytest.mark.parametrize(
    ("moment", "says"),
    [
        (context(), "nobody says who is there"),
        (crowd(valid=False, reason="the floor is being learnt"), "the floor is being learnt"),
        (crowd(age_s=0.7), "no data for 0.70 s"),
        (crowd(age_s=-0.7), "stamped 0.70 s in the future"),
        (crowd((math.nan, 0.0)), "not a number"),
    ],
)
def test_who_is_not_known_counts_as_there(moment: RuleContext, says: str) -> None:
    (verdict,) = SEPARATION.judge(moment)
    assert verdict.severity is Severity.PROTECTIVE_STOP and verdict.self_clearing and says in verdict.reason


CROSSING = Polygon.from_flat([3.0, -1.0, 5.0, -1.0, 5.0, 1.0, 3.0, 1.0])
ZONED = replace(SEPARATION, zones={"crossing": CROSSING}, guarded={"desk": Polygon.from_flat(DESK)})


def taken(
    *people: tuple[float, float], request: Motion | None = None, lost: tuple[float, float] | None = None
) -> RuleContext:
    moment = crowd(request=request)
    lost_m = () if lost is None else (lost,)
    said = Occupancy(frozenset({"crossing"}), positions_m=tuple(people), lost_m=lost_m)
    return replace(moment, readings={**moment.readings, "occupancy": Reading(said, NOW, NOW)})


def test_somebody_in_a_zone_that_nobody_knows_is_a_stop_everywhere() -> None:
    (verdict,) = SEPARATION.judge(taken())
    assert verdict.stops and "crossing" in verdict.reason


def test_somebody_in_a_zone_whom_nobody_places_counts_at_its_near_end_and_no_further() -> None:
    (verdict,) = ZONED.judge(taken(request=Motion(1.5)))
    (placed,) = ZONED.judge(taken((3.0, 0.0), request=Motion(1.5)))
    assert (verdict.severity, verdict.scale) == (Severity.LIMIT, placed.scale)
    assert not ZONED.judge(taken(request=Motion(-1.0)))


def test_one_who_is_seen_in_or_at_the_zone_is_the_one_who_occupies_it() -> None:
    assert not ZONED.judge(taken((5.4, 0.0), request=Motion(1.2)))
    assert ZONED.judge(taken((5.6, 0.0), request=Motion(1.2)))[0].scale < 1.0


def test_who_stands_behind_a_guard_does_not_count() -> None:
    at_desk = replace(crowd((5.0, 1.7), request=Motion(1.5)), now_ns=NOW)
    near = {"ground_pose": Reading(Pose(3.0, 1.7, 0.0), NOW, NOW)}
    moment = replace(at_desk, readings={**at_desk.readings, **near})
    assert SEPARATION.judge(moment) and not ZONED.judge(moment)


def test_somebody_who_goes_out_of_sight_beside_the_robot_needs_a_person_to_look() -> None:
    (verdict,) = ZONED.judge(taken((4.0, 0.0), lost=(0.9, 0.0)))
    assert verdict.severity is Severity.PROTECTIVE_STOP and verdict.source == "lost" and not verdict.self_clearing
    assert not ZONED.judge(taken((4.0, 0.0), lost=(2.0, 0.0)))


def test_the_age_of_what_is_seen_counts_as_reaction() -> None:
    (young,) = SEPARATION.judge(crowd((2.5, 0.0), request=Motion(1.5)))
    (old,) = SEPARATION.judge(crowd((2.5, 0.0), request=Motion(1.5), age_s=0.3))
    assert old.scale < young.scale


def test_a_measured_stop_that_is_longer_counts_and_a_shorter_one_does_not() -> None:
    assert measured_deceleration_mps2(ROBOT, [(1.0, 1.08)]) == pytest.approx(0.5)
    assert measured_deceleration_mps2(ROBOT, [(1.0, 0.2), (0.5, 0.01)]) == ROBOT.braking.deceleration_mps2
    block = {"type": "separation", "measured_stop_mps": [1.0], "measured_stop_m": [1.08]}
    rule = make_rule("separation", block, SITE)
    assert isinstance(rule, SeparationRule) and rule.deceleration_mps2 == pytest.approx(0.5)


# --- stop_response ----------------------------------------------------------------------------------------------------

RESPONSE = StopResponseRule(ROBOT, 0.05, 0.15)


def stopping(speed: float, elapsed_s: float, at_rest: bool = False, wz: float = 0.0, known: bool = True) -> RuleContext:
    start = StopStart(NOW - round(elapsed_s * S), Motion(1.0), 1.0)
    readings = {"odometry": Reading(Odometry(0.0, 0.0, 0.0, speed, 0.0, wz), NOW, NOW)}
    return context(readings=readings, stop=start, at_rest=at_rest, measured_mps=speed if known else math.nan)


@pytest.mark.parametrize(("speed", "elapsed_s"), [(1.0, 0.0), (1.0, 0.2), (0.7, 0.8), (0.04, 5.0)])
def test_a_robot_that_brakes_is_left_to_brake(speed: float, elapsed_s: float) -> None:
    assert not RESPONSE.judge(stopping(speed, elapsed_s))


@pytest.mark.parametrize(("speed", "elapsed_s"), [(1.3, 0.3), (1.0, 0.8), (0.15, 2.0)])
def test_one_that_does_not_slow_down_loses_its_power(speed: float, elapsed_s: float) -> None:
    (verdict,) = RESPONSE.judge(stopping(speed, elapsed_s))
    assert verdict.severity is Severity.EMERGENCY_STOP and verdict.removes_power and not verdict.self_clearing
    assert verdict.value == speed


def test_one_that_moves_or_turns_while_stopped_loses_its_power() -> None:
    assert not RESPONSE.judge(stopping(0.0, 60.0, at_rest=True))
    assert "moves while it is stopped" in RESPONSE.judge(stopping(0.1, 60.0, at_rest=True))[0].reason
    assert "turns while it is stopped" in RESPONSE.judge(stopping(0.0, 60.0, at_rest=True, wz=-0.3))[0].reason


def test_without_a_stop_or_without_odometry_it_says_nothing() -> None:
    assert not RESPONSE.judge(stopping(1.0, 2.0, known=False))
    assert not RESPONSE.judge(replace(stopping(1.0, 2.0), stop=None))


# --- bypass -----------------------------------------------------------------------------------------------------------


def publishers(*foreign: str, age_s: float = 0.0) -> RuleContext:
    at_ns = NOW - round(age_s * S)
    return context(readings={"publishers": Reading(Publishers(foreign), at_ns, at_ns)})


def test_each_other_publisher_is_an_emergency_by_name() -> None:
    verdicts = BypassRule(1.0).judge(publishers("/team/teleop", "/x/driver"))
    assert [verdict.source for verdict in verdicts] == ["/team/teleop", "/x/driver"]
    assert all(verdict.severity is Severity.EMERGENCY_STOP for verdict in verdicts)
    assert not BypassRule(1.0).judge(publishers())


@pytest.mark.parametrize("moment", [context(), publishers(age_s=1.5)])
def test_not_having_looked_is_not_knowing(moment: RuleContext) -> None:
    (verdict,) = BypassRule(1.0).judge(moment)
    assert verdict.severity is Severity.PROTECTIVE_STOP and "looked" in verdict.reason


# --- clock ------------------------------------------------------------------------------------------------------------

CLOCK = ClockRule(("odometry",), 0.05, 0.4, 0.1, 5)


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
    assert (verdict.value, verdict.limit) == (pytest.approx(abs(lag_s)), limit)
    assert verdict.reason.startswith("clock of odometry")


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
    assert verdict.stops and "nobody has looked" in verdict.reason


# --- frozen -----------------------------------------------------------------------------------------------------------

FROZEN = StuckInputRule(1.0, 8)


def told_to_move(for_s: float | None, same: int, over_s: float) -> RuleContext:
    history = History()
    for number in range(same):
        at_ns = NOW - round(over_s * S * (same - 1 - number) / max(1, same - 1))
        history.note(Reading(Pose(1.0, 2.0, 0.5), at_ns, at_ns))
    since_ns = None if for_s is None else NOW - round(for_s * S)
    reading = Reading(Pose(1.0, 2.0, 0.5), NOW, NOW)
    return context(
        readings={"ground_pose": reading}, histories={"ground_pose": history},
        last_output=LastOutput(Motion(0.4), NOW, NOW, since_ns),
    )  # fmt: skip


def test_a_value_that_stays_the_same_while_the_robot_is_told_to_move_is_frozen() -> None:
    (verdict,) = FROZEN.judge(told_to_move(1.5, 20, 1.4))
    assert (verdict.severity, verdict.rule, verdict.source) == (Severity.PROTECTIVE_STOP, "stuck_input", "ground_pose")
    assert (verdict.value, verdict.limit, verdict.unit) == (pytest.approx(1.4), 1.0, "s")


@pytest.mark.parametrize("moment", [(None, 500, 60.0), (0.5, 500, 60.0), (1.5, 20, 0.5), (1.5, 4, 1.4)])
def test_a_robot_that_stands_or_has_just_begun_may_stay_where_it_is(moment: tuple[float | None, int, float]) -> None:
    assert not FROZEN.judge(told_to_move(*moment))


def test_the_same_reading_told_twice_is_no_sign_of_life_and_none_of_death() -> None:
    history = History()
    for _ in range(50):
        history.note(Reading(Pose(1.0, 2.0, 0.5), NOW, NOW))
    assert history.same == 1 and len(history.lags_ns) == 1


# --- blocks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ({"type": "acceleration", "acceleration_mps2": 0.0, "yaw_acceleration_radps2": 1.0}, "acceleration_mps2: 0.0"),
        ({"type": "acceleration", "acceleration_mps2": 1.0}, "yaw_acceleration_radps2"),
        ({"type": "pose_agreement", "window_s": 60.0}, "window_s: 60.0"),
        ({"type": "pose_agreement", "distance_m": -1.0}, "distance_m: -1.0"),
        ({"type": "separation", "walk_mps": -1.0}, "walk_mps: -1.0"),
        ({"type": "separation", "measured_stop_mps": [1.0]}, "measured_stop_m"),
        ({"type": "separation", "walk_kmh": 5.0}, "walk_kmh"),
        ({"type": "separation", "guarded_m": {"desk": [0.0, 1.0]}}, "guarded_m.desk: expected three or more"),
        ({"type": "speed", "limit_mps": 1.0, "stale_s": 0.0}, "stale_s: 0.0"),
        ({"type": "stop_response", "rest_mps": 0.0}, "rest_mps: 0.0"),
        ({"type": "bypass", "stale_s": 0.0}, "stale_s: 0.0"),
        ({"type": "clock", "readings": 99}, "readings: 99"),
        ({"type": "clock", "step_s": 0.0}, "step_s: 0.0"),
        ({"type": "stuck_input", "readings": 1}, "readings: 1"),
    ],
)
def test_a_block_that_makes_no_sense_is_refused_by_its_key(block: dict[str, Any], says: str) -> None:
    with pytest.raises(EnvelopeError, match=says):
        make_rule("x", block, SITE)


def test_a_robot_with_other_brakes_needs_another_distance() -> None:
    weak = replace(ROBOT, braking=BrakingModel(0.08, 0.4))
    rule = make_rule("separation", {"type": "separation"}, Site(weak, (), ()))
    assert isinstance(rule, SeparationRule) and rule.deceleration_mps2 == 0.4
