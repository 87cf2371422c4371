"""`speed`: too fast a request is reduced, everywhere and in zones; measured overspeed and occupied zones are stops."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from port_safety.commands.twist import Motion
from port_safety.model.geometry import Polygon
from port_safety.model.readings import Occupancy, Odometry, Pose, Reading
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.speed import HOLD_M, SpeedRule
from tests.gate_bench import ROBOT
from tests.unit.port_safety.rule_bench import (
    EVEN,
    LITTLE,
    NOW,
    STAMP,
    STILL,
    S,
    above,
    exactly,
    moment,
    near,
    placed,
    seen,
    told,
)

CROSSING = SpeedRule("crossing", 0.5, ROBOT, Polygon(((3.5, -1.5), (6.5, -1.5), (6.5, 1.5), (3.5, 1.5))), 0.0)
SQUARE_10M = Polygon.from_flat([0.0, 0.0, 10.0, 0.0, 10.0, 10.0, 0.0, 10.0])
SQUARE_8M = Polygon.from_flat([0.0, 0.0, 8.0, 0.0, 8.0, 8.0, 0.0, 8.0])


def test_speed_is_reduced_to_the_limit_in_the_zone() -> None:
    (verdict,) = CROSSING.judge(placed(5.0, 0.0, 0.0, Motion(1.2), occupied=frozenset()))
    assert verdict.scale * 1.2 == pytest.approx(0.5)


def test_the_robot_brakes_before_the_zone_begins() -> None:
    assert CROSSING.judge(placed(0.0, 0.0, 0.0, Motion(1.2), occupied=frozenset())) == ()
    (verdict,) = CROSSING.judge(placed(2.8, 0.0, 0.0, Motion(1.2), occupied=frozenset()))
    assert 0.5 < 1.2 * verdict.scale < 1.2


def test_measured_overspeed_is_a_protective_stop() -> None:
    everywhere = SpeedRule("robot", 1.5, ROBOT)
    (verdict,) = everywhere.judge(placed(0.0, 0.0, 0.0, Motion(), speed=2.0))
    assert verdict.severity is Severity.PROTECTIVE_STOP
    assert (verdict.value, verdict.limit, verdict.unit) == (2.0, 1.5, "m/s")
    assert everywhere.judge(placed(0.0, 0.0, 0.0, Motion(), speed=1.55)) == []


def test_turning_faster_than_the_robot_may_is_reduced() -> None:
    (verdict,) = SpeedRule("robot", 1.5, ROBOT).judge(placed(0.0, 0.0, 0.0, Motion(0.0, 0.0, 3.0)))
    assert verdict.scale_angular == 0.5 and verdict.scale == 1.0


@pytest.mark.parametrize("occupied", [frozenset({"crossing"}), None])
def test_an_occupied_or_unknown_zone_holds_the_robot_back(occupied: frozenset[str] | None) -> None:
    (verdict,) = CROSSING.judge(placed(3.0, 0.0, 0.0, Motion(1.2), occupied=occupied))
    assert verdict.severity is Severity.LIMIT and verdict.scale * 1.2 < 0.5
    (inside,) = CROSSING.judge(placed(5.0, 0.0, 0.0, Motion(0.3), occupied=occupied))
    assert inside.severity is Severity.PROTECTIVE_STOP and inside.self_clearing


def test_an_occupancy_that_nobody_renews_counts_as_occupied() -> None:
    moment = placed(5.0, 0.0, 0.0, Motion(0.3), occupied=frozenset())
    later = replace(moment, now_ns=NOW + 600_000_000)
    assert CROSSING.judge(moment) == []
    (verdict,) = CROSSING.judge(later)
    assert verdict.severity is Severity.PROTECTIVE_STOP and verdict.self_clearing


def test_a_robot_is_held_well_before_an_occupied_zone() -> None:
    """A robot is held so far before an occupied zone that what it overshoots does not take it in."""
    edge_m = 3.5 - ROBOT.footprint_radius_m
    (verdict,) = CROSSING.judge(placed(edge_m - HOLD_M + 0.01, 0.0, 0.0, Motion(1.2), occupied=frozenset({"crossing"})))
    assert verdict.severity is Severity.LIMIT and verdict.scale == 0.0
    assert not CROSSING.judge(placed(edge_m - 0.05, 0.0, 0.0, Motion(-0.5), occupied=frozenset({"crossing"})))


def test_speed_at_the_very_limit_is_free_everywhere() -> None:
    rule = SpeedRule("robot", 1.0, ROBOT)

    def at(vx: float, wz: float = 0.0, measured: float = 0.0) -> Sequence[Verdict]:
        return rule.judge(moment(Motion(vx, 0.0, wz), odometry=Odometry(0.0, 0.0, 0.0, measured, 0.0, 0.0)))

    assert not at(1.0, 1.5, 1.2 - LITTLE) and not at(-1.0, -1.5)
    assert told(at(-2.0)) == [("LIMIT", "speed", "zone robot", 2.0, 1.0, "m/s", 0)] and at(-2.0)[0].scale == 0.5
    assert told(at(0.0, -3.0)) == [("LIMIT", "speed", "turn robot", 3.0, 1.5, "rad/s", 0)]
    assert (at(0.0, -3.0)[0].scale, at(0.0, -3.0)[0].scale_angular) == (1.0, 0.5)
    assert told(at(0.0, 0.0, 1.2 + LITTLE)) == [
        ("PROTECTIVE_STOP", "speed", "zone robot", near(1.2), 1.0, "m/s", STAMP)
    ]
    wrong: list[dict[str, Any]] = [
        {"limit_mps": -0.1},
        {"occupied_limit_mps": -0.1},
        {"occupied_limit_mps": 1.1},
        {"stale_s": 0.0},
    ]
    for bad in wrong:
        with pytest.raises(ValueError, match=next(iter(bad))):
            replace(rule, **bad)
    assert replace(rule, limit_mps=0.0, occupied_limit_mps=0.0) and replace(rule, occupied_limit_mps=1.0)


def zoned(
    x: float, vx: float, occupied_mps: float | None = 0.0, busy: bool = True, age_ns: int = 0, measured: float = 0.0
) -> Sequence[Verdict]:
    context = moment(Motion(vx), ground_pose=Pose(x, 5.0, 0.0), odometry=Odometry(0.0, 0.0, 0.0, measured, 0.0, 0.0))
    said = Reading(Occupancy(frozenset({"z"} if busy else ())), NOW - age_ns, NOW - age_ns)
    return SpeedRule("z", 0.5, ROBOT, SQUARE_10M, occupied_mps).judge(
        replace(context, readings={**context.readings, "occupancy": said})
    )


def test_a_zones_limit_holds_as_long_as_the_robot_is_in_it() -> None:
    """Free, occupied, or not known any more."""
    assert not zoned(5.0, 0.5, busy=False) and not zoned(5.0, 0.2, 0.2)
    assert told(zoned(5.0, 1.0, busy=False)) == [("LIMIT", "speed", "zone z", 1.0, 0.5, "m/s", 0)]
    assert told(zoned(5.0, 0.0, measured=0.25)) == [("PROTECTIVE_STOP", "speed", "zone z", 0.25, 0.0, "m/s", STAMP)]
    assert zoned(5.0, 0.0)[0].self_clearing and zoned(5.0, 0.0)[0].stops
    assert told(zoned(5.0, 0.4, 0.2)) == [("LIMIT", "speed", "zone z", 0.4, 0.2, "m/s", 0)]
    assert zoned(5.0, 0.5, None) == [] and not zoned(5.0, 0.0, busy=False, age_ns=S // 2)
    assert zoned(5.0, 0.0, busy=False, age_ns=S // 2 + 1000)[0].stops
    assert told(zoned(-0.4 + LITTLE, 0.0))[0][0] == "PROTECTIVE_STOP" and not zoned(-0.4 - LITTLE, 0.0)
    assert not zoned(-0.4 + LITTLE, 0.0, 0.2, measured=9.0), "only the part of the robot that is in counts"
    assert told(zoned(5.0, 0.0, 0.2, measured=9.0))[0][0] == "PROTECTIVE_STOP"


def test_a_robot_is_slowed_on_its_way_to_a_zone() -> None:
    late_s = 0.08 + 0.002 + 0.2
    (free,) = zoned(-1.0, 2.0, busy=False)
    allowed = math.sqrt((1.2 * late_s) ** 2 + 0.25 + 2.4 * 0.6) - 1.2 * late_s
    assert (free.limit, free.value, free.scale) == (exactly(allowed), 2.0, exactly(allowed / 2.0))
    (held,) = zoned(-1.0, 2.0)
    nearer = math.sqrt((1.2 * late_s) ** 2 + 2.4 * 0.4) - 1.2 * late_s
    assert held.limit == pytest.approx(nearer)
    assert not zoned(-1.0, -2.0) and not zoned(-1.0, 0.5, busy=False)


def test_a_robot_on_the_line_of_an_occupied_zone_is_not_in_it() -> None:
    """A robot whose edge is on the line of an occupied zone is not in it."""
    rule = SpeedRule("z", 1.0, EVEN, SQUARE_8M, 0.0)
    busy = Occupancy(frozenset({"z"}))
    assert not rule.judge(seen(ground_pose=Pose(-0.5, 4.0, 0.0), occupancy=busy, odometry=STILL))
    assert rule.judge(seen(ground_pose=Pose(above(-0.5), 4.0, 0.0), occupancy=busy, odometry=STILL))[0].stops


def test_a_sound_controllers_overshoot_is_no_overspeed() -> None:
    bound_mps = 1.0 * (1.0 + 0.1) + 0.1
    for speed_mps, stops in ((bound_mps, False), (above(bound_mps), True)):
        assert bool(SpeedRule("robot", 1.0, ROBOT).judge(seen(odometry=replace(STILL, vx=speed_mps)))) is stops
