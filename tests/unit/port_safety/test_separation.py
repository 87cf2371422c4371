"""`separation`: the robot slows towards people, stands before it reaches them, and who is not known counts as there."""

import math
from dataclasses import replace
from typing import Any

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.model.geometry import Polygon
from port_safety.model.readings import Occupancy, Odometry, Pose, Reading
from port_safety.model.verdict import Severity
from port_safety.rules.context import RuleContext
from port_safety.rules.separation import People, SeparationRule
from tests.gate_bench import DESK, ROBOT, Bench
from tests.unit.port_safety.rule_bench import (
    EVEN,
    LITTLE,
    NOW,
    STAMP,
    STILL,
    S,
    above,
    below,
    context,
    exactly,
    moment,
    near,
    seen,
    told,
)

SEPARATION = SeparationRule(ROBOT, People(intrusion_m=0.2), 1.2)
CROSSING = Polygon.from_flat([3.0, -1.0, 5.0, -1.0, 5.0, 1.0, 3.0, 1.0])
ZONED = replace(SEPARATION, zones={"crossing": CROSSING}, guarded={"desk": Polygon.from_flat(DESK)})
#: S at rest is 1 + 1.6·(0.05 + 0.08 + 0.002), between the person and the robot's edge at 0.4 m.
AT_REST_M = 1.0 + 1.6 * 0.132
KEEPS = SeparationRule(ROBOT, People(), 1.2)
#: S at rest is 1·(0.25 + 0.25) + 0.5 = 1 m.
ONES = People(1.0, 0.25, 0.5, 0.0, 0.0, 0.25, 0.5)
EVEN_KEEPS = SeparationRule(EVEN, ONES, 2.0)
LATE = "stamps are 3.20 s behind this machine's clock"


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


def test_the_robot_slows_towards_a_person_and_not_away_from_one() -> None:
    (verdict,) = SEPARATION.judge(crowd((2.5, 0.0), request=Motion(1.5)))
    assert (verdict.severity, verdict.source) == (Severity.LIMIT, "people")
    passed_mps = 1.5 * verdict.scale
    assert SEPARATION.distance_m(passed_mps, passed_mps, 0.13) == pytest.approx(2.5 - 0.4 - 0.4)
    assert not SEPARATION.judge(crowd((2.5, 0.0), request=Motion(-1.5)))
    assert not SEPARATION.judge(crowd((9.5, 0.0), request=Motion(1.5)))


def test_the_nearest_of_many_people_decides() -> None:
    (verdict,) = SEPARATION.judge(crowd((5.0, 0.0), (2.2, 0.0), (0.0, 2.5), request=Motion(1.5)))
    (alone,) = SEPARATION.judge(crowd((2.2, 0.0), request=Motion(1.5)))
    assert verdict.scale == alone.scale


def test_somebody_too_near_is_a_stop_that_ends_by_itself() -> None:
    """Below the distance with the measured speed is a stop that ends by itself."""
    (verdict,) = SEPARATION.judge(crowd((2.0, 0.0), speed=0.8))
    assert verdict.severity is Severity.PROTECTIVE_STOP and verdict.self_clearing
    assert (verdict.value, verdict.unit) == (exactly(1.6), "m")
    assert verdict.limit == pytest.approx(SEPARATION.distance_m(0.8, 0.8, 0.13))
    assert not SEPARATION.judge(crowd((2.0, 0.0), speed=-0.8)), "the way out stays open"


def test_an_obedient_robot_is_never_stopped_by_who_stands() -> None:
    """A robot that obeys the limit is never stopped by a person who stands."""
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
def test_unknown_people_count_as_there(moment: RuleContext, says: str) -> None:
    (verdict,) = SEPARATION.judge(moment)
    assert verdict.severity is Severity.PROTECTIVE_STOP and verdict.self_clearing and says in verdict.reason


def taken(
    *people: tuple[float, float], request: Motion | None = None, lost: tuple[float, float] | None = None
) -> RuleContext:
    moment = crowd(request=request)
    lost_m = () if lost is None else (lost,)
    said = Occupancy(frozenset({"crossing"}), positions_m=tuple(people), lost_m=lost_m)
    return replace(moment, readings={**moment.readings, "occupancy": Reading(said, NOW, NOW)})


def test_somebody_in_an_unknown_zone_is_a_stop_everywhere() -> None:
    """Somebody in a zone that nobody knows is a stop everywhere."""
    (verdict,) = SEPARATION.judge(taken())
    assert verdict.stops and "crossing" in verdict.reason


def test_an_unplaced_person_counts_at_the_near_end_of_the_zone() -> None:
    """Somebody in a zone whom nobody places counts at its near end and no further."""
    (verdict,) = ZONED.judge(taken(request=Motion(1.5)))
    (placed,) = ZONED.judge(taken((3.0, 0.0), request=Motion(1.5)))
    assert (verdict.severity, verdict.scale) == (Severity.LIMIT, placed.scale)
    assert not ZONED.judge(taken(request=Motion(-1.0)))


def test_a_person_seen_at_an_occupied_zone_is_its_occupant() -> None:
    """One who is seen in or at the zone is the one who occupies it."""
    assert not ZONED.judge(taken((5.4, 0.0), request=Motion(1.2)))
    assert ZONED.judge(taken((5.6, 0.0), request=Motion(1.2)))[0].scale < 1.0


def test_a_person_behind_a_guard_does_not_count() -> None:
    at_desk = replace(crowd((5.0, 1.7), request=Motion(1.5)), now_ns=NOW)
    near = {"ground_pose": Reading(Pose(3.0, 1.7, 0.0), NOW, NOW)}
    moment = replace(at_desk, readings={**at_desk.readings, **near})
    assert SEPARATION.judge(moment) and not ZONED.judge(moment)


def test_a_person_lost_beside_the_robot_is_a_stop_that_latches() -> None:
    """Somebody who goes out of sight beside the robot needs a person to look."""
    (verdict,) = ZONED.judge(taken((4.0, 0.0), lost=(0.9, 0.0)))
    assert verdict.severity is Severity.PROTECTIVE_STOP and verdict.source == "lost" and not verdict.self_clearing
    assert not ZONED.judge(taken((4.0, 0.0), lost=(2.0, 0.0)))


def test_the_age_of_what_is_seen_counts_as_reaction() -> None:
    (young,) = SEPARATION.judge(crowd((2.5, 0.0), request=Motion(1.5)))
    (old,) = SEPARATION.judge(crowd((2.5, 0.0), request=Motion(1.5), age_s=0.3))
    assert old.scale < young.scale


def crowd_by_figures(*people: tuple[float, float], vx: float = 0.0, asked: float = 0.0, **said: Any) -> RuleContext:
    occupancy = Occupancy(said.pop("occupied", frozenset()), positions_m=people, **said)
    context = moment(
        Motion(asked), ground_pose=Pose(0.0, 0.0, 0.0), occupancy=occupancy,
        odometry=Odometry(0.0, 0.0, 0.0, vx, 0.0, 0.0),
    )  # fmt: skip
    return replace(context, measured_mps=vx)


def test_people_nearer_than_the_distance_are_a_stop() -> None:
    """Further away they are a limit, with every figure."""
    edge_m = 0.4 + AT_REST_M
    assert not KEEPS.judge(crowd_by_figures((0.0, edge_m + LITTLE)))
    assert told(KEEPS.judge(crowd_by_figures((9.0, 0.0), (0.0, edge_m - LITTLE)))) == [
        ("PROTECTIVE_STOP", "separation", "people", near(AT_REST_M), near(AT_REST_M), "m", STAMP)
    ]
    (slower,) = KEEPS.judge(crowd_by_figures((3.0, 0.0), asked=1.0))
    assert slower.limit == slower.scale == pytest.approx(KEEPS.allowed_share(2.2, 1.0, 1.0, 0.132))
    assert (slower.value, slower.unit, slower.source) == (1.0, "m/s", "people")
    (aside,) = KEEPS.judge(crowd_by_figures((0.0, 2.1), asked=1.0))
    assert aside.scale == pytest.approx(KEEPS.allowed_share(1.7, 1.0, 0.0, 0.132)), "no margin on the way past"
    (near_one,) = KEEPS.judge(crowd_by_figures((1.4, 0.0)))
    assert (near_one.value, near_one.limit) == (near(1.0), near(AT_REST_M))
    assert KEEPS.judge(crowd_by_figures((0.0, 0.0)))[0].value == near(-0.4)


def test_a_person_lost_within_a_metre_is_a_stop() -> None:
    assert not KEEPS.judge(crowd_by_figures(lost_m=((0.0, 1.4 + LITTLE),)))
    assert told(KEEPS.judge(crowd_by_figures(lost_m=((9.0, 0.0), (0.0, -1.3))))) == [
        ("PROTECTIVE_STOP", "separation", "lost", near(0.9), 1.0, "m", STAMP)
    ]
    (under,) = KEEPS.judge(crowd_by_figures(lost_m=((0.0, 0.1),)))
    assert (under.source, under.value) == ("lost", near(-0.3))


def even_crowd(
    *people: tuple[float, float], asked: Motion = ZERO, measured: Motion = ZERO, age_ns: int = 0, **said: Any
) -> RuleContext:
    """A robot at (2, −3)."""
    occupancy = Occupancy(said.pop("occupied", frozenset()), positions_m=people, **said)
    odometry = Odometry(0.0, 0.0, 0.0, measured.vx, measured.vy, measured.wz)
    context = seen(request=asked, ground_pose=Pose(2.0, -3.0, 0.0), odometry=odometry)
    told = {**context.readings, "occupancy": Reading(occupancy, NOW - age_ns, NOW - age_ns)}
    return replace(context, measured_mps=measured.speed_mps, readings=told)


def test_somebody_at_the_very_distance_is_far_enough() -> None:
    assert not EVEN_KEEPS.judge(even_crowd((3.5, -3.0))) and not EVEN_KEEPS.judge(even_crowd((2.0, -4.5)))
    (near,) = EVEN_KEEPS.judge(even_crowd((2.0, -4.25)))
    assert (near.value, near.limit, near.self_clearing, near.stamp_ns) == (0.75, 1.0, True, NOW)
    assert EVEN_KEEPS.judge(even_crowd((below(3.5), -3.0)))[0].stops


def test_motion_towards_somebody_counts_with_both_its_parts() -> None:
    """A person 3 m ahead and 4 m to the left of the robot: 4.5 m from its edge."""
    for asked in (Motion(6.0, 2.0), Motion(2.0, 6.0)):
        towards = 0.6 * asked.vx + 0.8 * asked.vy
        (slower,) = EVEN_KEEPS.judge(even_crowd((5.0, 1.0), asked=asked))
        assert slower.scale == pytest.approx(EVEN_KEEPS.allowed_share(4.5 - 0.25, asked.speed_mps, towards, 0.5))
        assert slower.limit == slower.scale * asked.speed_mps


def test_a_robot_that_stands_or_leaves_is_told_no_limit() -> None:
    """Who stands still is told no limit and who leaves keeps no margin."""
    assert not EVEN_KEEPS.judge(even_crowd((3.625, -3.0))) and EVEN_KEEPS.judge(
        even_crowd((3.625, -3.0), asked=Motion(0.1))
    )
    assert not EVEN_KEEPS.judge(even_crowd((3.505, -3.0), asked=Motion(-0.125)))
    backwards = even_crowd((3.25, -3.0), measured=Motion(-3.0))
    quick = replace(EVEN_KEEPS, people=replace(ONES, walk_mps=0.1, intrusion_m=0.7))
    assert quick.judge(backwards) == [], "a robot on its way out that asks to stand"


def test_a_person_lost_a_metre_away_is_gone() -> None:
    assert not EVEN_KEEPS.judge(even_crowd(lost_m=((3.5, -3.0), (2.0, -1.5))))
    for lost in ((below(3.5), -3.0), (2.0, below(-1.5))):
        assert [each.source for each in EVEN_KEEPS.judge(even_crowd(lost_m=(lost,)))] == ["lost"]


def test_without_a_pose_or_a_motion_people_are_a_stop() -> None:
    context = even_crowd((2.0, -4.0))
    for missing in ("ground_pose", "odometry"):
        left = {name: reading for name, reading in context.readings.items() if name != missing}
        (verdict,) = EVEN_KEEPS.judge(replace(context, readings=left))
        assert verdict.stops and verdict.missing_input == missing


def test_unknown_occupancy_is_a_stop_with_its_reason() -> None:
    fresh = even_crowd()
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
        verdicts = EVEN_KEEPS.judge(context)
        assert [verdict.reason for verdict in verdicts] == ([f"separation: {says}"] if says else [])
        assert all(verdict.self_clearing and verdict.stamp_ns == 0 for verdict in verdicts)
    assert nan.fault and not EVEN_KEEPS.judge(even_crowd(age_ns=S // 2))


def test_a_person_half_a_metre_from_an_occupied_zone_occupies_it() -> None:
    """The zone begins 1 m ahead of the robot; nobody but who occupies it is that near."""
    zoned = replace(EVEN_KEEPS, zones={"z": Polygon.from_flat([3.0, -9.0, 9.0, -9.0, 9.0, 9.0, 3.0, 9.0])})
    busy = frozenset({"z"})
    assert zoned.judge(even_crowd(occupied=busy))[0].value == 0.5, "its near end"
    for spot, explains in (((9.5, 0.0), True), ((above(9.5), 0.0), False), ((6.0, 0.0), True), ((9.25, 0.0), True)):
        assert bool(zoned.judge(even_crowd(spot, occupied=busy))) is not explains


def test_an_occupancy_whose_clock_is_late_is_named_so() -> None:
    bench = Bench()
    bench.stamped_late_ns["occupancy"] = 3_200_000_000
    bench.turn(0.5)
    assert bench.gate.reason == f"separation: nobody knows who is there: {LATE}"


def test_of_several_lookouts_the_one_that_is_old_is_named() -> None:
    bench = Bench()
    bench.occupancy = None
    for name, reading in (("occupancy north", 3.2), ("occupancy south", 0.01), ("occupancy", 3.2)):
        bench.gate.update(name, Occupancy(frozenset()), bench.now_ns - round(reading * S), bench.now_ns)
    bench.turn(0.01)
    assert f"occupancy north: {LATE}" in bench.gate.reason
