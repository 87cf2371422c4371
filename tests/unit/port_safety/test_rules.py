"""Zones and speeds: where the robot is slowed, where it is stopped, and that the way out stays open."""

import math
from dataclasses import replace

import pytest

from port_safety.commands.twist import Motion
from port_safety.model.braking_model import SETTLE_S, BrakingModel
from port_safety.model.geometry import Polygon
from port_safety.model.readings import Occupancy, Odometry, Pose, Reading
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.keep_in import KeepInRule
from port_safety.rules.keep_out import KeepOutRule
from port_safety.rules.registry import EnvelopeError, make_envelope
from port_safety.rules.rule_type import Site
from port_safety.rules.speed import HOLD_M, SpeedRule
from tests.gate_bench import BLOCKS, DESK, LANE, ROBOT

NOW = 10_000_000_000
L_SHAPE = Polygon(((0.0, 0.0), (4.0, 0.0), (4.0, 1.0), (1.0, 1.0), (1.0, 4.0), (0.0, 4.0)))


def context(
    x: float,
    y: float,
    yaw: float,
    request: Motion,
    speed: float = 0.0,
    occupied: frozenset[str] | None = None,
    age_s: float = 0.0,
) -> RuleContext:
    stamp = NOW - round(age_s * 1e9)
    readings = {
        "ground_pose": Reading(Pose(x, y, yaw), stamp, stamp),
        "odometry": Reading(Odometry(x, y, yaw, speed, 0.0, 0.0), NOW, NOW),
    }
    if occupied is not None:
        readings["occupancy"] = Reading(Occupancy(occupied), NOW, NOW)
    return RuleContext(NOW, readings, request, NOW, True)


KEEP_IN = KeepInRule("lane", Polygon.from_flat(LANE), 0.05, ROBOT)
KEEP_OUT = KeepOutRule("desk", Polygon.from_flat(DESK), 0.05, ROBOT)


def test_keep_in_says_nothing_in_the_middle() -> None:
    assert KEEP_IN.judge(context(5.0, 0.0, 0.0, Motion(1.5))) == ()


def test_keep_in_slows_towards_the_edge_by_the_braking_way_left() -> None:
    (verdict,) = KEEP_IN.judge(context(10.0, 0.0, 0.0, Motion(1.5)))
    assert verdict.severity is Severity.LIMIT
    allowed = 1.5 * verdict.scale
    assert ROBOT.braking.stopping_distance_m(allowed) + SETTLE_S * allowed == pytest.approx(11.0 - 10.0 - 0.4 - 0.05)


def test_a_robot_that_comes_faster_than_allowed_is_given_the_way_that_it_still_goes() -> None:
    (slow,) = KEEP_IN.judge(context(9.5, 0.0, 0.0, Motion(1.5)))
    (fast,) = KEEP_IN.judge(replace(context(9.5, 0.0, 0.0, Motion(1.5), speed=1.5), measured_mps=1.5))
    assert fast.scale < slow.scale
    (leaving,) = KEEP_IN.judge(replace(context(9.5, 0.0, 0.0, Motion(1.5), speed=-1.5), measured_mps=1.5))
    assert leaving.scale == slow.scale


def test_keep_in_leaves_the_way_back_open() -> None:
    assert KEEP_IN.judge(context(10.5, 0.0, math.pi, Motion(1.5))) == ()
    assert KEEP_IN.judge(context(10.5, 0.0, 0.0, Motion(-1.5))) == ()


def test_keep_in_stops_when_the_footprint_is_over_the_edge() -> None:
    (verdict,) = KEEP_IN.judge(context(10.7, 0.0, math.pi, Motion(0.5)))
    assert verdict.severity is Severity.PROTECTIVE_STOP
    assert verdict.value == pytest.approx(-0.1) and verdict.unit == "m"


def test_keep_in_stops_when_the_robot_is_outside_altogether() -> None:
    (verdict,) = KEEP_IN.judge(context(20.0, 0.0, 0.0, Motion()))
    assert verdict.severity is Severity.PROTECTIVE_STOP and verdict.value == pytest.approx(-9.4)


def test_an_old_pose_leaves_less_speed() -> None:
    (young,) = KEEP_IN.judge(context(10.0, 0.0, 0.0, Motion(1.5)))
    (old,) = KEEP_IN.judge(context(10.0, 0.0, 0.0, Motion(1.5), age_s=0.3))
    assert old.scale < young.scale


def test_keep_out_slows_before_and_stops_inside() -> None:
    (verdict,) = KEEP_OUT.judge(context(3.0, 1.7, 0.0, Motion(1.5)))
    assert verdict.severity is Severity.LIMIT
    assert KEEP_OUT.judge(context(3.0, 1.7, math.pi, Motion(1.5))) == ()
    (verdict,) = KEEP_OUT.judge(context(5.0, 1.7, 0.0, Motion()))
    assert verdict.severity is Severity.PROTECTIVE_STOP


def test_driving_past_a_keep_out_zone_is_free() -> None:
    assert KEEP_OUT.judge(context(3.0, 0.0, 0.0, Motion(1.5))) == ()


def test_a_concave_polygon_needs_no_special_case() -> None:
    rule = KeepInRule("l", L_SHAPE, 0.0, ROBOT)
    (inner_corner,) = rule.judge(context(0.5, 0.5, math.pi / 4, Motion(1.5)))
    assert inner_corner.severity is Severity.LIMIT
    (outside_the_l,) = rule.judge(context(2.5, 2.5, 0.0, Motion()))
    assert outside_the_l.severity is Severity.PROTECTIVE_STOP


CROSSING = SpeedRule("crossing", 0.5, ROBOT, Polygon(((3.5, -1.5), (6.5, -1.5), (6.5, 1.5), (3.5, 1.5))), 0.0)


def test_speed_is_reduced_to_the_limit_in_the_zone() -> None:
    (verdict,) = CROSSING.judge(context(5.0, 0.0, 0.0, Motion(1.2), occupied=frozenset()))
    assert verdict.scale * 1.2 == pytest.approx(0.5)


def test_the_robot_brakes_before_the_zone_begins() -> None:
    assert CROSSING.judge(context(0.0, 0.0, 0.0, Motion(1.2), occupied=frozenset())) == ()
    (verdict,) = CROSSING.judge(context(2.8, 0.0, 0.0, Motion(1.2), occupied=frozenset()))
    assert 0.5 < 1.2 * verdict.scale < 1.2


def test_measured_overspeed_is_a_protective_stop() -> None:
    everywhere = SpeedRule("robot", 1.5, ROBOT)
    (verdict,) = everywhere.judge(context(0.0, 0.0, 0.0, Motion(), speed=2.0))
    assert verdict.severity is Severity.PROTECTIVE_STOP
    assert (verdict.value, verdict.limit, verdict.unit) == (2.0, 1.5, "m/s")
    assert everywhere.judge(context(0.0, 0.0, 0.0, Motion(), speed=1.55)) == []


def test_turning_faster_than_the_robot_may_is_reduced() -> None:
    (verdict,) = SpeedRule("robot", 1.5, ROBOT).judge(context(0.0, 0.0, 0.0, Motion(0.0, 0.0, 3.0)))
    assert verdict.scale_angular == 0.5 and verdict.scale == 1.0


@pytest.mark.parametrize("occupied", [frozenset({"crossing"}), None])
def test_an_occupied_or_unknown_zone_holds_the_robot_back(occupied: frozenset[str] | None) -> None:
    (verdict,) = CROSSING.judge(context(3.0, 0.0, 0.0, Motion(1.2), occupied=occupied))
    assert verdict.severity is Severity.LIMIT and verdict.scale * 1.2 < 0.5
    (inside,) = CROSSING.judge(context(5.0, 0.0, 0.0, Motion(0.3), occupied=occupied))
    assert inside.severity is Severity.PROTECTIVE_STOP and inside.self_clearing


def test_an_occupancy_that_nobody_renews_counts_as_occupied() -> None:
    moment = context(5.0, 0.0, 0.0, Motion(0.3), occupied=frozenset())
    later = replace(moment, now_ns=NOW + 600_000_000)
    assert CROSSING.judge(moment) == []
    (verdict,) = CROSSING.judge(later)
    assert verdict.severity is Severity.PROTECTIVE_STOP and "occupancy unknown: no data for 0.60 s" in verdict.reason


def test_a_robot_is_held_so_far_before_an_occupied_zone_that_what_it_overshoots_does_not_take_it_in() -> None:
    edge_m = 3.5 - ROBOT.footprint_radius_m
    (verdict,) = CROSSING.judge(
        context(edge_m - HOLD_M + 0.01, 0.0, 0.0, Motion(1.2), occupied=frozenset({"crossing"}))
    )
    assert verdict.severity is Severity.LIMIT and verdict.scale == 0.0
    assert not CROSSING.judge(context(edge_m - 0.05, 0.0, 0.0, Motion(-0.5), occupied=frozenset({"crossing"})))


def test_without_a_pose_each_zone_is_a_stop() -> None:
    nowhere = RuleContext(NOW, {}, Motion(1.0), NOW, True)
    for rule in (KEEP_IN, KEEP_OUT, CROSSING):
        (verdict,) = rule.judge(nowhere)
        assert verdict.stops and verdict.missing_input == "ground_pose"


def test_what_is_missing_is_told_once_by_the_rule_that_watches_it() -> None:
    """A zone that cannot judge stops by itself; beside `input_timeout`, which names the input, it adds nothing."""
    nowhere = RuleContext(NOW, {}, Motion(1.0), NOW, False)
    site = Site(ROBOT, (), ())
    blocks = {name: BLOCKS[name] for name in ("input_timeout", "lane", "desk")}
    told = make_envelope(list(blocks), blocks, site).judge(nowhere)
    assert {verdict.source for verdict in told} == {"odometry", "ground_pose"}
    alone = make_envelope(list(blocks), blocks, site).judge(nowhere, overridden=("input_timeout",))
    assert {verdict.source for verdict in alone} == {"zone lane", "zone desk"}


def test_braking_allows_exactly_what_stops_in_time() -> None:
    braking = BrakingModel(0.1, 1.2)
    for distance in (0.01, 0.5, 3.0):
        allowed = braking.allowed_approach_mps(distance)
        assert braking.stopping_distance_m(allowed) + SETTLE_S * allowed == pytest.approx(distance)
    assert braking.allowed_approach_mps(0.0) == 0.0
    assert braking.allowed_approach_mps(-1.0, 0.3) == 0.3


def test_the_lag_of_the_drives_counts_like_their_latency() -> None:
    assert BrakingModel(0.08, 1.2, 0.1).stopping_distance_m(1.0) == pytest.approx(0.18 + 1.0 / 2.4)
    assert BrakingModel(0.08, 1.2, 0.1).allowed_approach_mps(1.0) == BrakingModel(0.18, 1.2).allowed_approach_mps(1.0)
    with pytest.raises(ValueError, match="response_s: -1"):
        BrakingModel(0.08, 1.2, -1.0)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lane": {"type": "keepin"}}, "lane.type: 'keepin' is none of acceleration, .*keep_in"),
        ({"lane": {"type": "keep_in", "polygon": LANE}}, "lane: Object"),
        ({"lane": {"type": "keep_in", "polygon_m": [0.0, 1.0, 2.0]}}, "3 numbers do not make x, y pairs"),
        (
            {"lane": {"type": "keep_in", "polygon_m": [0.0, 1.0, 2.0, 2.0]}},
            "polygon_m: expected three or more corners, got 2",
        ),
        ({"speed_robot": {"type": "speed", "limit_mps": -1.0}}, "limit_mps: -1.0"),
        ({"crossing": {"type": "speed", "limit_mps": 0.5, "occupied_limit_mps": 0.9}}, "occupied_limit_mps: 0.9"),
        ({"input_timeout": {"type": "speed", "limit_mps": 1.0}}, "none of type input_timeout"),
    ],
)
def test_a_wrong_block_is_refused_with_its_name(change: dict[str, object], says: str) -> None:
    blocks = {**BLOCKS, **change}
    with pytest.raises(EnvelopeError, match=says.replace("(", r"\(")):
        make_envelope(list(blocks), blocks, Site(ROBOT, ("station_1",), ()))


def test_the_hash_of_the_envelope_follows_every_value() -> None:
    site = Site(ROBOT, ("station_1",), ())
    one = make_envelope(list(BLOCKS), BLOCKS, site)
    changed = {**BLOCKS, "speed_robot": {"type": "speed", "limit_mps": 1.4}}
    assert one.digest == make_envelope(list(BLOCKS), BLOCKS, site).digest
    assert one.digest != make_envelope(list(changed), changed, site).digest


@pytest.mark.parametrize(
    "bad",
    [
        {"scale": 1.5},
        {"scale_angular": -0.1},
        {"reason": ""},
        {"severity": Severity.EMERGENCY_STOP, "self_clearing": True},
    ],
)
def test_a_verdict_that_makes_no_sense_cannot_be_born(bad: dict[str, object]) -> None:
    fine: dict[str, object] = {"severity": Severity.LIMIT, "rule": "r", "source": "s", "reason": "why"}
    with pytest.raises(ValueError):
        Verdict(**{**fine, **bad})  # type: ignore[arg-type]
