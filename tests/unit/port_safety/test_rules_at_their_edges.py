"""Every rule at the very edge of what it allows: there it is content, a little beyond it says so with every figure."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.model.braking_model import BrakingModel
from port_safety.model.geometry import Polygon
from port_safety.model.history import KEPT, History
from port_safety.model.readings import (
    Attitude,
    Body,
    ClockStep,
    Estop,
    Force,
    JointStates,
    Occupancy,
    Odometry,
    PlateForce,
    Pose,
    Publishers,
    Reading,
    ToolPoint,
    Value,
)
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.acceleration import AccelerationRule
from port_safety.rules.body_height import BodyHeightRule
from port_safety.rules.bypass import BypassRule
from port_safety.rules.clock import ClockRule
from port_safety.rules.contact_force import ContactForceRule
from port_safety.rules.context import LastOutput, RuleContext
from port_safety.rules.estop import EstopRule
from port_safety.rules.ground_reaction import GroundReactionRule
from port_safety.rules.input_timeout import InputTimeoutRule, TimedInput
from port_safety.rules.joint_limits import JointLimitsRule
from port_safety.rules.joint_runaway import JointRunawayRule
from port_safety.rules.keep_in import KeepInRule
from port_safety.rules.keep_out import KeepOutRule
from port_safety.rules.pose_agreement import PoseAgreementRule
from port_safety.rules.registry import rule_types
from port_safety.rules.separation import People, SeparationParameters, SeparationRule
from port_safety.rules.speed import SpeedRule
from port_safety.rules.stop_response import StopResponseRule
from port_safety.rules.stop_start import StopStart
from port_safety.rules.stuck_input import StuckInputRule
from port_safety.rules.tilt import TiltRule
from port_safety.rules.tool_workspace import ToolWorkspaceRule
from tests.gate_bench import ROBOT, robot_of

NOW, S, MS = 100_000_000_000, 1_000_000_000, 1_000_000
#: When what a rule looks at was stamped.
STAMP = NOW - 2 * MS
LITTLE = 1e-6


def moment(request: Motion = ZERO, armed: bool = True, **readings: Value) -> RuleContext:
    """All these readings at STAMP; two underscores in a name stand for a space."""
    readings.setdefault("odometry", Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0))
    named = {name.replace("__", " "): Reading(value, STAMP, STAMP + MS) for name, value in readings.items()}
    histories = {name: History() for name in named}
    for name, reading in named.items():
        histories[name].note(reading)
    return RuleContext(NOW, named, request, NOW, armed, histories=histories)


def row(name: str, *values: Value, period_ms: int = 10) -> RuleContext:
    """One input with these values after one another, the last one at STAMP."""
    history = History()
    for number, value in enumerate(values):
        stamp_ns = STAMP - period_ms * MS * (len(values) - 1 - number)
        history.note(Reading(value, stamp_ns, stamp_ns + MS))
    return RuleContext(NOW, {name: history.recent[-1]}, ZERO, NOW, True, histories={name: history})


def told(verdicts: Sequence[Verdict]) -> list[tuple[Any, ...]]:
    return [
        (each.severity.name, each.rule, each.source, each.value, each.limit, each.unit, each.stamp_ns)
        for each in verdicts
    ]


def near(value: float) -> Any:
    return pytest.approx(value, abs=3 * LITTLE)


# --- tilt, body height ------------------------------------------------------------------------------------------------


def leaning(rad: float) -> RuleContext:
    return moment(imu=Attitude(math.sin(rad / 2), 0.0, 0.0, math.cos(rad / 2)))


def test_tilt() -> None:
    rule = TiltRule(0.3, 0.6, 0.1)
    assert told(rule.judge(leaning(0.3 - LITTLE))) == []
    assert told(rule.judge(leaning(0.3 + LITTLE))) == [
        ("PROTECTIVE_STOP", "tilt", "body", near(0.3), 0.3, "rad", STAMP)
    ]
    assert told(rule.judge(leaning(0.6 - LITTLE)))[0][0] == "PROTECTIVE_STOP"
    assert told(rule.judge(leaning(0.6 + LITTLE))) == [("EMERGENCY_STOP", "tilt", "body", near(0.6), 0.6, "rad", STAMP)]
    assert rule.judge(leaning(0.5))[0].reason == "tilt: the robot leans 0.50 rad, 0.30 allowed"
    assert rule.judge(leaning(0.7))[0].reason == "tilt: the robot falls: 0.70 rad from upright"
    assert TiltRule(0.6, 0.6, 0.1).judge(leaning(0.7))
    (exact,) = TiltRule(0.1, 0.2, 0.1).judge(leaning(0.5))
    assert not TiltRule(exact.value, exact.value, 0.1).judge(leaning(0.5)), "at the very edge it is content"
    assert TiltRule(0.1, 3.15, 0.1).fall_rad == 3.15
    with pytest.raises(ValueError, match="fall_rad"):
        TiltRule(0.1, 3.16, 0.1)
    with pytest.raises(ValueError, match="fall_rad"):
        TiltRule(0.3, 0.2, 0.1)


def test_body_height() -> None:
    rule = BodyHeightRule(0.5, 1.0, 0.3)
    assert told(rule.judge(moment(body=Body(0.5)))) == told(rule.judge(moment(body=Body(1.0)))) == []
    for height_m, limit_m in ((0.5 - LITTLE, 0.5), (1.0 + LITTLE, 1.0)):
        assert told(rule.judge(moment(body=Body(height_m)))) == [
            ("PROTECTIVE_STOP", "body_height", "body", height_m, limit_m, "m", STAMP)
        ]
    assert BodyHeightRule(0.0, 0.1, 0.3).low_m == 0.0
    for low_m, high_m in ((-0.5, 1.0), (1.0, 1.0), (1.5, 1.0)):
        with pytest.raises(ValueError, match="low_m"):
            BodyHeightRule(low_m, high_m, 0.3)


# --- joints -----------------------------------------------------------------------------------------------------------

LIMITS = JointLimitsRule(("a", "b"), 0.1, (-1.0, -2.0), (1.0, 2.0), (2.0, 3.0), 4.0, 0.25, 0.1)


@pytest.mark.parametrize(
    ("place", "speed", "stands", "limit"),
    [
        (0.75, 0.0, 0.75, 0.75),
        (-0.75, 0.0, -0.75, -0.75),
        (0.15, 2.0, 0.15 + 0.2 + 0.5 - 0.1, 0.75),  # the way of its reaction and of its brakes
        (0.05, 2.0, 0.75, 0.75),
        (-0.05, -2.0, -0.75, -0.75),
    ],
)
def test_joint_limits(place: float, speed: float, stands: float, limit: float) -> None:
    way = speed * 0.1 + speed * abs(speed) / 8.0
    outward = math.copysign(LITTLE, limit)
    at_edge = limit - way

    def judged(position: float) -> list[tuple[Any, ...]]:
        return told(LIMITS.judge(moment(joints=JointStates((position, 0.0), (speed, 0.0)))))

    assert judged(at_edge - outward) == []
    assert judged(at_edge + outward) == [("PROTECTIVE_STOP", "joint_limits", "a", near(limit), limit, "rad", STAMP)]


def test_a_joint_beyond_its_limit_may_come_back_and_none_may_be_too_fast() -> None:
    for place, speed in ((0.9, -1.0), (-0.9, 1.0)):
        assert not LIMITS.judge(moment(joints=JointStates((place, 0.0), (speed, 0.0))))
    assert not LIMITS.judge(moment(joints=JointStates((0.0, 0.0), (-2.0, 3.0))))
    for speeds, name, fastest in (((-2.01, 0.0), "a", 2.0), ((0.0, 3.01), "b", 3.0)):
        assert told(LIMITS.judge(moment(joints=JointStates((0.0, 0.0), speeds)))) == [
            ("PROTECTIVE_STOP", "joint_limits", name, fastest + 0.01, fastest, "rad/s", STAMP)
        ]
    (high,) = LIMITS.judge(moment(joints=JointStates((0.5, 0.0), (2.0, 0.0))))
    (low,) = LIMITS.judge(moment(joints=JointStates((-0.5, 0.0), (-2.0, 0.0))))
    assert high.reason == "joint_limits: a at 0.50 rad would stand at 1.20, 0.75 allowed"
    assert low.reason == "joint_limits: a at -0.50 rad would stand at -1.20, -0.75 allowed"


def test_joint_runaway() -> None:
    rule = JointRunawayRule(("a", "b"), 10.0, 500.0, 2, 0.1)

    def speeds(*pairs: tuple[float, float]) -> list[tuple[Any, ...]]:
        return told(rule.judge(row("joints", *(JointStates((0.0, 0.0), pair) for pair in pairs))))

    assert speeds((10.0, 0.0), (10.0, 0.0)) == [] == speeds((9.0, 0.0), (11.0, 0.0))
    assert speeds((0.0, -10.5), (0.0, 10.25)) == [
        ("EMERGENCY_STOP", "joint_runaway", "turns b", 10.25, 10.0, "rad/s", STAMP)
    ]
    assert speeds((0.0, 0.0), (5.0, 0.0), (0.0, 0.0)) == []
    assert speeds((0.0, 0.0), (5.25, 0.0), (-0.0, 0.0)) == [
        ("EMERGENCY_STOP", "joint_runaway", "jerks a", near(525.0), 500.0, "rad/s²", STAMP)
    ]
    assert speeds((0.0, 0.0), (5.25, 0.0)) == [], "two steps in a row are needed"
    assert JointRunawayRule(("a",), 1.0, 1.0, KEPT - 1, 0.1)
    with pytest.raises(ValueError, match="readings"):
        JointRunawayRule(("a",), 1.0, 1.0, KEPT, 0.1)


# --- tool -------------------------------------------------------------------------------------------------------------

TOOL = ToolWorkspaceRule(
    robot_of("arm", braking=BrakingModel(0.1, 2.0, 0.1)), (0.0, -1.0, 0.0), (1.0, 1.0, 2.0), 3.0, 0.1
)


@pytest.mark.parametrize(("axis", "low", "high"), [(0, 0.0, 1.0), (1, -1.0, 1.0), (2, 0.0, 2.0)])
def test_tool_workspace(axis: int, low: float, high: float) -> None:
    """At 0.5 m/s the tool needs 0.5·0.2 + 0.25/6 m."""
    way_m = 0.1 + 0.25 / 6.0
    for edge, towards in ((low, -1.0), (high, 1.0)):
        for beyond in (False, True):
            at = edge - towards * (way_m + (-LITTLE if beyond else LITTLE))
            was, now = [0.5, 0.0, 0.5], [0.5, 0.0, 0.5]
            was[axis], now[axis] = at - towards * 0.005, at
            judged = told(TOOL.judge(row("tool_pose", ToolPoint(*was), ToolPoint(*now))))
            name = f"tool {'xyz'[axis]}"
            assert judged == (
                [("PROTECTIVE_STOP", "tool_workspace", name, near(edge), edge, "m", STAMP)] if beyond else []
            )


def test_a_tool_that_stands_may_touch_the_sides_of_its_box_and_one_outside_is_outside() -> None:
    assert not TOOL.judge(row("tool_pose", ToolPoint(0.0, 1.0, 2.0), ToolPoint(0.0, 1.0, 2.0)))
    assert not TOOL.judge(moment(tool_pose=ToolPoint(1.0, -1.0, 0.0))), "one reading tells no speed"
    comes_back = TOOL.judge(row("tool_pose", ToolPoint(1.2, 0.0, 0.5), ToolPoint(1.1, 0.0, 0.5)))
    assert [each.value for each in comes_back] == [1.1]
    assert comes_back[0].reason.startswith("tool_workspace: the tool at x = 1.10 m would stand at 1.10, 1.00 allowed")


def test_a_tool_whose_stamps_do_not_advance_has_no_speed() -> None:
    for later_ns in (0, -MS):
        history = History()
        for at, stamp_ns in ((0.9, STAMP), (0.5, STAMP + later_ns), (0.99, STAMP)):
            history.recent.append(Reading(ToolPoint(at, 0.99, 1.99), stamp_ns, STAMP))
        history.recent.pop()
        context = RuleContext(NOW, {"tool_pose": Reading(ToolPoint(0.99, 0.99, 1.99), STAMP, STAMP)}, ZERO, NOW, True)
        assert not TOOL.judge(replace(context, histories={"tool_pose": history}))
    assert TOOL._velocity(moment(tool_pose=ToolPoint(0.5, 0.0, 0.5))) == (0.0, 0.0, 0.0)
    three = row("tool_pose", ToolPoint(0.5, 0.0, 0.5), ToolPoint(0.6, 0.0, 0.5), ToolPoint(0.6, 0.1, 0.3))
    assert TOOL._velocity(three) == pytest.approx((0.0, 10.0, -20.0)), "of the last two"
    with_fault = row("tool_pose", ToolPoint(0.5, 0.0, 0.5), ToolPoint(math.nan, 0.0, 0.5))
    assert TOOL._velocity(with_fault) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "bad",
    [
        {"low_m": (0.0, 0.0)},
        {"high_m": (1.0, 1.0, 1.0, 1.0)},
        {"low_m": (1.0, -1.0, 0.0)},
        {"low_m": (0.0, 1.5, 0.0)},
        {"deceleration_mps2": 0.0},
        {"stale_s": math.inf},
    ],
)
def test_a_tool_workspace_that_is_none_cannot_be_born(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        replace(TOOL, **bad)


def test_contact_force() -> None:
    rule = ContactForceRule(50.0, 100.0, 2, 0.1)

    def felt(*forces: float) -> list[tuple[Any, ...]]:
        return told(rule.judge(row("contact_wrench", *(Force(0.6 * force, 0.0, -0.8 * force) for force in forces))))

    assert felt(50.0, 50.0) == [] == felt(60.0) == felt(40.0, 100.0)
    assert felt(70.0, 60.0) == [("PROTECTIVE_STOP", "contact_force", "tool", near(60.0), 50.0, "N", STAMP)]
    assert felt(100.5) == [("EMERGENCY_STOP", "contact_force", "tool", near(100.5), 100.0, "N", STAMP)]
    assert ContactForceRule(50.0, 50.0, KEPT, 0.1)
    for bad in ((50.0, 49.0, 2), (50.0, 101.0, 2), (50.0, 100.0, 0), (50.0, 100.0, KEPT + 1)):
        with pytest.raises(ValueError, match="must lie in"):
            ContactForceRule(*bad, stale_s=0.1)


# --- force plates -----------------------------------------------------------------------------------------------------

GROUND = GroundReactionRule(("left", "right"), 10.0, 2.0, 5.0, 0.5, 0.5)


def loads(left: PlateForce, right: PlateForce | None = None) -> list[tuple[Any, ...]]:
    context = moment(force_plate__left=left, force_plate__right=right or PlateForce(0.0, 0.0, 0.0))
    return told(GROUND.judge(context))


def test_ground_reaction() -> None:
    most_n = 2.0 * 10.0 * 9.81
    assert loads(PlateForce(-5.0, 100.0, 55.0), PlateForce(0.0, most_n - 100.0, 0.0)) == []
    assert loads(PlateForce(-5.5, 0.0, 0.0)) == [
        ("PROTECTIVE_STOP", "ground_reaction", "force_plate left", -5.5, -5.0, "N", STAMP)
    ]
    assert loads(PlateForce(0.0, 100.0, 55.5)) == [
        ("PROTECTIVE_STOP", "ground_reaction", "force_plate left", 55.5, 55.0, "N", STAMP)
    ]
    assert loads(PlateForce(-5.0, -3.0, 5.5))[0][3:5] == (5.5, 5.0), "a plate that is pulled explains nothing"
    assert loads(PlateForce(0.0, 100.0, 0.0), PlateForce(0.0, most_n - 99.0, 0.0)) == [
        ("PROTECTIVE_STOP", "ground_reaction", "plates", near(most_n + 1.0), near(most_n), "N", STAMP)
    ]


# --- freshness, clocks, frozen values ---------------------------------------------------------------------------------


def test_fresh() -> None:
    rule = InputTimeoutRule((TimedInput("odometry", 0.25, Severity.PROTECTIVE_STOP),), 0.5)

    def aged(age_ns: int, request_age_ns: int = 0, armed: bool = True) -> list[tuple[Any, ...]]:
        value = Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        readings = {"odometry": Reading(value, NOW - age_ns, NOW - age_ns)}
        return told(rule.judge(RuleContext(NOW, readings, ZERO, NOW - request_age_ns, armed)))

    assert aged(S // 4, S // 2) == []
    assert aged(S // 4 + 1000) == [
        ("PROTECTIVE_STOP", "input_timeout", "odometry", near(0.250001), 0.25, "s", NOW - S // 4 - 1000)
    ]
    assert aged(0, S // 2 + 1000) == [("LIMIT", "input_timeout", "command", near(0.500001), 0.5, "s", 0)]
    assert aged(0, S, armed=False) == []
    (limit,) = rule.judge(RuleContext(NOW, {"odometry": Reading(ClockStep(), NOW, NOW)}, ZERO, None, True))
    assert (limit.scale, limit.scale_angular, limit.reason) == (0.0, 0.0, "command: no data")
    (nothing,) = rule.judge(RuleContext(NOW, {}, ZERO, NOW, True))
    assert nothing.stamp_ns == 0 and nothing.reason == "odometry: no data"


def test_a_stamp_from_the_future_is_told_by_how_much() -> None:
    rule = InputTimeoutRule((TimedInput("odometry", 0.25, Severity.PROTECTIVE_STOP),), 0.5)
    early = Reading(Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0), NOW + S // 2, NOW)
    (verdict,) = rule.judge(RuleContext(NOW, {"odometry": early}, ZERO, NOW, True))
    assert verdict.reason == "odometry: stamped 0.50 s in the future" and verdict.value == 0.0
    just = Reading(Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0), NOW + S // 10, NOW)
    assert not rule.judge(RuleContext(NOW, {"odometry": just}, ZERO, NOW, True))


def test_an_age_limit_is_above_zero() -> None:
    with pytest.raises(ValueError, match="limit_s"):
        TimedInput("odometry", 0.0, Severity.PROTECTIVE_STOP)


def lagging(*lags_s: float, step_s: float = 0.0) -> list[tuple[Any, ...]]:
    history = History()
    for number, lag_s in enumerate(lags_s):
        stamp_ns = NOW + number * S
        history.note(Reading(ClockStep(), stamp_ns, stamp_ns + round(lag_s * S)))
    readings = {"system_clock": Reading(ClockStep(step_s), STAMP, STAMP)}
    context = RuleContext(NOW, readings, ZERO, NOW, True, histories={"odometry": history})
    return told(ClockRule(("odometry", "imu"), 0.25, 0.5, 0.125, 3).judge(context))


def test_clock() -> None:
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


def test_what_is_wrong_with_a_clock_is_told_with_its_newest_lag() -> None:
    for lags_s, says in (((0.75, 1.0, 1.25), "lag by 1.25 s"), ((-0.75, -1.0, -1.25), "run 1.25 s ahead")):
        history = History()
        for number, lag_s in enumerate(lags_s):
            history.note(Reading(ClockStep(), NOW + number * S, NOW + number * S + round(lag_s * S)))
        readings = {"system_clock": Reading(ClockStep(), STAMP, STAMP)}
        context = RuleContext(NOW, readings, ZERO, NOW, True, histories={"odometry": history})
        (verdict,) = ClockRule(("odometry",), 0.25, 0.5, 0.125, 3).judge(context)
        assert verdict.reason == f"clock of odometry: stamps {says}"


def test_what_nobody_sent_has_no_stamp_and_its_age_is_in_seconds() -> None:
    (nothing,) = BodyHeightRule(0.5, 1.0, 0.3).judge(moment())
    assert nothing.stamp_ns == 0 and nothing.reason == "body_height: body: no data"
    old = RuleContext(NOW, {"body": Reading(Body(0.7), NOW - 5 * S // 2, NOW)}, ZERO, NOW, True)
    assert old.age_s("body") == 2.5 and old.age_s("imu") is None
    assert BodyHeightRule(0.5, 1.0, 0.3).judge(old)[0].stamp_ns == NOW


def frozen(for_s: float, times: int, moving_s: float | None) -> list[tuple[Any, ...]]:
    values = [Pose(1.0, 2.0, 3.0)] * times
    context = row("ground_pose", *values, period_ms=round(for_s * 1000 / (times - 1)))
    since_ns = None if moving_s is None else NOW - round(moving_s * S)
    return told(StuckInputRule(1.0, 5).judge(replace(context, last_output=LastOutput(Motion(1.0), 0, 0, since_ns))))


def test_frozen() -> None:
    assert frozen(1.0, 5, 1.0) == [("PROTECTIVE_STOP", "stuck_input", "ground_pose", 1.0, 1.0, "s", STAMP)]
    assert frozen(0.996, 5, 1.0) == [] == frozen(1.2, 4, 1.0) == frozen(1.0, 5, 0.999) == frozen(1.0, 5, None)
    with pytest.raises(ValueError, match="readings"):
        StuckInputRule(1.0, 1)
    assert StuckInputRule(1.0, 2)


# --- e-stop, bypass ---------------------------------------------------------------------------------------------------


def test_estop() -> None:
    rule = EstopRule(("one", "two"))
    fine, pressed = Estop(True, True, False, True), Estop(False, False, False, True)
    assert told(rule.judge(moment(estop__one=fine, estop__two=fine))) == []
    verdicts = rule.judge(moment(estop__one=fine, estop__two=pressed))
    assert told(verdicts)[0][:3] == ("EMERGENCY_STOP", "estop", "estop two") and verdicts[0].stamp_ns == STAMP
    for value, says in (
        (pressed, "pressed"),
        (Estop(True, False, False, True), "channel B open, the other closed: press fully and release"),
        (Estop(False, True, False, True), "channel A open, the other closed: press fully and release"),
        (Estop(True, True, False, True, False, "cable"), "cable"),
        (Estop(True, True, False, True, False), "no link"),
        (ClockStep(), "not an e-stop reading"),
    ):
        assert [each.reason for each in rule.judge(moment(estop__one=value))] == [f"estop one: {says}"]


def test_bypass() -> None:
    rule = BypassRule(1.0)

    def seen(publishers: Publishers, age_ns: int = 0) -> Sequence[Verdict]:
        reading = Reading(publishers, NOW - age_ns, NOW - age_ns)
        return rule.judge(RuleContext(NOW, {"publishers": reading}, ZERO, NOW, True))

    assert not seen(Publishers(), S)
    assert told(seen(Publishers(), S + 1000)) == [
        ("PROTECTIVE_STOP", "bypass", "publishers", near(1.000001), 1.0, "s", 0)
    ]
    assert told(seen(Publishers((), 2))) == [("PROTECTIVE_STOP", "bypass", "gate before", 2.0, 0.0, "nodes", NOW)]
    names = ("/a", "/b", "/c", "/d", "/e")
    assert told(seen(Publishers(names, 1))) == [
        ("EMERGENCY_STOP", "bypass", name, 5.0, 0.0, "nodes", NOW) for name in names[:4]
    ]
    assert rule.judge(moment())[0].reason == "bypass: nobody has looked yet who else commands the robot"
    for stale_s in (0.0, -1.0):
        with pytest.raises(ValueError, match="stale_s"):
            BypassRule(stale_s)


# --- zones and speeds -------------------------------------------------------------------------------------------------

SQUARE = Polygon.from_flat([0.0, 0.0, 10.0, 0.0, 10.0, 10.0, 0.0, 10.0])
#: ROBOT: footprint 0.4 m, 0.08 s latency, 1.2 m/s².


@pytest.mark.parametrize("outside", [False, True])
def test_the_edge_of_a_zone(outside: bool) -> None:
    rule = (KeepOutRule if outside else KeepInRule)("z", SQUARE, 0.05, ROBOT)
    kind, edge_x = ("keep_out", -0.4) if outside else ("keep_in", 0.4)
    into = 1.0 if outside else -1.0
    assert rule.key == (kind, "zone z") and rule.clearance_m((edge_x, 5.0)) == near(0.0)
    assert not rule.judge(moment(ground_pose=Pose(edge_x - into * LITTLE, 5.0, 0.0)))
    assert told(rule.judge(moment(ground_pose=Pose(edge_x + into * LITTLE, 5.0, 0.0)))) == [
        ("PROTECTIVE_STOP", kind, "zone z", near(0.0), 0.0, "m", STAMP)
    ]
    assert rule.clearance_m((5.0, 5.0)) == (-5.4 if outside else 4.6)
    assert rule.clearance_m((-3.0, 5.0)) == pytest.approx(2.6 if outside else -3.4)
    (over,) = rule.judge(moment(ground_pose=Pose(edge_x + into * 0.25, 5.0, 0.0)))
    assert over.reason == f"z: the robot is 0.25 m {'inside' if outside else 'over the edge'}"
    (slower,) = rule.judge(moment(Motion(into * 2.0), ground_pose=Pose(edge_x - into * 0.25, 5.0, 0.0)))
    late_s = 0.08 + 0.002 + 0.2
    allowed = math.sqrt((1.2 * late_s) ** 2 + 2.4 * 0.2) - 1.2 * late_s
    assert (slower.value, slower.limit, slower.unit) == (2.0, pytest.approx(allowed), "m/s")
    assert slower.scale == pytest.approx(allowed / 2.0) and slower.scale_angular == 1.0
    aside = Motion(0.0, into * 2.0)
    (y_slower,) = rule.judge(moment(aside, ground_pose=Pose(5.0, edge_x - into * 0.25, 0.0)))
    assert y_slower.limit == pytest.approx(allowed) and not rule.judge(
        moment(replace(aside, vy=-aside.vy), ground_pose=Pose(5.0, edge_x - into * 0.25, 0.0))
    )
    towards = "it" if outside else "the edge"
    assert slower.reason == f"z: 2.00 m/s towards {towards}, {allowed:.2f} allowed here"


def test_speed_everywhere() -> None:
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
    for bad in ({"limit_mps": -0.1}, {"occupied_limit_mps": -0.1}, {"occupied_limit_mps": 1.1}, {"stale_s": 0.0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            replace(rule, **bad)
    assert replace(rule, limit_mps=0.0, occupied_limit_mps=0.0) and replace(rule, occupied_limit_mps=1.0)


def zoned(
    x: float, vx: float, occupied_mps: float | None = 0.0, busy: bool = True, age_ns: int = 0, measured: float = 0.0
) -> Sequence[Verdict]:
    context = moment(Motion(vx), ground_pose=Pose(x, 5.0, 0.0), odometry=Odometry(0.0, 0.0, 0.0, measured, 0.0, 0.0))
    said = Reading(Occupancy(frozenset({"z"} if busy else ())), NOW - age_ns, NOW - age_ns)
    return SpeedRule("z", 0.5, ROBOT, SQUARE, occupied_mps).judge(
        replace(context, readings={**context.readings, "occupancy": said})
    )


def test_speed_in_a_zone() -> None:
    assert not zoned(5.0, 0.5, busy=False) and not zoned(5.0, 0.2, 0.2)
    assert told(zoned(5.0, 1.0, busy=False)) == [("LIMIT", "speed", "zone z", 1.0, 0.5, "m/s", 0)]
    assert told(zoned(5.0, 0.0, measured=0.25)) == [("PROTECTIVE_STOP", "speed", "zone z", 0.25, 0.0, "m/s", STAMP)]
    assert zoned(5.0, 0.0)[0].self_clearing and zoned(5.0, 0.0)[0].reason == "z: occupied, the robot must stand"
    assert told(zoned(5.0, 0.4, 0.2)) == [("LIMIT", "speed", "zone z", 0.4, 0.2, "m/s", 0)]
    assert zoned(5.0, 0.5, None) == [] and not zoned(5.0, 0.0, busy=False, age_ns=S // 2)
    assert zoned(5.0, 0.0, busy=False, age_ns=S // 2 + 1000)[0].stops
    assert told(zoned(-0.4 + LITTLE, 0.0))[0][0] == "PROTECTIVE_STOP" and not zoned(-0.4 - LITTLE, 0.0)
    assert not zoned(-0.4 + LITTLE, 0.0, 0.2, measured=9.0), "only the part of the robot that is in counts"
    assert told(zoned(5.0, 0.0, 0.2, measured=9.0))[0][0] == "PROTECTIVE_STOP"


def test_speed_before_a_zone() -> None:
    late_s = 0.08 + 0.002 + 0.2
    (free,) = zoned(-1.0, 2.0, busy=False)
    allowed = math.sqrt((1.2 * late_s) ** 2 + 0.25 + 2.4 * 0.6) - 1.2 * late_s
    assert (free.limit, free.value, free.scale) == (pytest.approx(allowed), 2.0, pytest.approx(allowed / 2.0))
    assert free.reason == f"z: 2.00 m/s towards it, {allowed:.2f} allowed here"
    (held,) = zoned(-1.0, 2.0)
    nearer = math.sqrt((1.2 * late_s) ** 2 + 2.4 * 0.4) - 1.2 * late_s
    assert held.limit == pytest.approx(nearer) and held.reason.endswith("allowed here (occupied)")
    assert not zoned(-1.0, -2.0) and not zoned(-1.0, 0.5, busy=False)


# --- people -----------------------------------------------------------------------------------------------------------


def crowd(*people: tuple[float, float], vx: float = 0.0, asked: float = 0.0, **said: Any) -> RuleContext:
    occupancy = Occupancy(said.pop("occupied", frozenset()), positions_m=people, **said)
    context = moment(
        Motion(asked), ground_pose=Pose(0.0, 0.0, 0.0), occupancy=occupancy,
        odometry=Odometry(0.0, 0.0, 0.0, vx, 0.0, 0.0),
    )  # fmt: skip
    return replace(context, measured_mps=vx)


#: S at rest is 1 + 1.6·(0.05 + 0.08 + 0.002), between the person and the robot's edge at 0.4 m.
AT_REST_M = 1.0 + 1.6 * 0.132
KEEPS = SeparationRule(ROBOT, People(), 1.2)


def test_separation() -> None:
    edge_m = 0.4 + AT_REST_M
    assert not KEEPS.judge(crowd((0.0, edge_m + LITTLE)))
    assert told(KEEPS.judge(crowd((9.0, 0.0), (0.0, edge_m - LITTLE)))) == [
        ("PROTECTIVE_STOP", "separation", "people", near(AT_REST_M), near(AT_REST_M), "m", STAMP)
    ]
    (slower,) = KEEPS.judge(crowd((3.0, 0.0), asked=1.0))
    assert slower.limit == slower.scale == pytest.approx(KEEPS.allowed_share(2.2, 1.0, 1.0, 0.132))
    assert (slower.value, slower.unit, slower.source) == (1.0, "m/s", "people")
    assert slower.reason == f"separation: 1.00 m/s with somebody 2.60 m away, {slower.limit:.2f} allowed"
    (aside,) = KEEPS.judge(crowd((0.0, 2.1), asked=1.0))
    assert aside.scale == pytest.approx(KEEPS.allowed_share(1.7, 1.0, 0.0, 0.132)), "no margin on the way past"
    (near_one,) = KEEPS.judge(crowd((1.4, 0.0)))
    assert near_one.reason == f"separation: somebody is 1.00 m away, {AT_REST_M:.2f} m needed"
    assert KEEPS.judge(crowd((0.0, 0.0)))[0].value == near(-0.4)


def test_who_was_lost_beside_the_robot() -> None:
    assert not KEEPS.judge(crowd(lost_m=((0.0, 1.4 + LITTLE),)))
    assert told(KEEPS.judge(crowd(lost_m=((9.0, 0.0), (0.0, -1.3))))) == [
        ("PROTECTIVE_STOP", "separation", "lost", near(0.9), 1.0, "m", STAMP)
    ]
    (under,) = KEEPS.judge(crowd(lost_m=((0.0, 0.1),)))
    assert under.reason == "separation: somebody went out of sight 0.00 m from the robot"


# --- poses, stops, acceleration ---------------------------------------------------------------------------------------


def compared(ground: Pose, robot: Odometry, age_ms: int = 0) -> list[tuple[Any, ...]]:
    """Both begin at zero; one second later they say this."""
    zero = {"ground_pose": Pose(0.0, 0.0, 0.0), "odometry": Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)}
    views = [
        row(name, begin, end, period_ms=1000) for (name, begin), end in zip(zero.items(), (ground, robot), strict=True)
    ]
    context = replace(
        views[0], now_ns=STAMP + age_ms * MS,
        readings={**views[0].readings, **views[1].readings}, histories={**views[0].histories, **views[1].histories},
    )  # fmt: skip
    return told(PoseAgreementRule(2.0, 0.25, 0.5, 0.5).judge(context))


def test_pose_agreement() -> None:
    still = Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert compared(Pose(0.25, 0.0, 0.5), still) == [] == compared(Pose(0.0, -0.25, -0.5), still)
    assert compared(Pose(0.375, 0.5, 0.0), replace(still, x=0.0, y=0.0)) == [
        ("PROTECTIVE_STOP", "pose_agreement", "displacement", 0.625, 0.25, "m", STAMP)
    ]
    assert compared(Pose(0.0, 0.0, 3.0), replace(still, yaw=-3.0)) == []
    assert compared(Pose(0.0, 0.0, -0.25), replace(still, yaw=0.5)) == [
        ("PROTECTIVE_STOP", "pose_agreement", "heading", 0.75, 0.5, "rad", STAMP)
    ]
    assert compared(Pose(9.0, 0.0, 0.0), still, 500) and not compared(Pose(9.0, 0.0, 0.0), still, 501)
    assert PoseAgreementRule(12.0, 0.1, 0.1, 0.1)
    with pytest.raises(ValueError, match="window_s"):
        PoseAgreementRule(12.5, 0.1, 0.1, 0.1)


def responded(
    speed: float, elapsed_s: float, at_rest: bool = False, wz: float = 0.0, began: float = 1.0
) -> list[tuple[Any, ...]]:
    context = moment(odometry=Odometry(0.0, 0.0, 0.0, speed, 0.0, wz))
    start = StopStart(NOW - round(elapsed_s * S), Motion(began), began)
    verdicts = StopResponseRule(ROBOT, 0.05, 0.15).judge(
        replace(context, stop=start, at_rest=at_rest, measured_mps=speed)
    )
    assert all(each.removes_power for each in verdicts)
    return told(verdicts)


def test_stop_response() -> None:
    """ROBOT: 1.5 s for its ramp, 0.08 s latency, 0.15 s grace."""
    row_of = ("EMERGENCY_STOP", "stop_response", "robot")
    assert responded(0.05, 9.0, at_rest=True, wz=0.15) == [] == responded(0.06, 1.7299, wz=9.0)
    assert responded(0.0625, 9.0, at_rest=True) == [(*row_of, 0.0625, 0.05, "m/s", STAMP)]
    assert responded(0.0625, 1.7301) == [(*row_of, 0.0625, 0.05, "m/s", STAMP)]
    assert responded(0.0, 9.0, at_rest=True, wz=-0.25) == [(*row_of, 0.25, 0.15, "rad/s", STAMP)]
    assert responded(1.0, 1.23) == [(*row_of, 1.0, 0.05, "m/s", STAMP)], "it does not slow down"
    for bad in ({"rest_mps": 0.0}, {"rest_radps": 0.0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            StopResponseRule(ROBOT, **{"rest_mps": 1.0, "rest_radps": 1.0, **bad})


def test_acceleration() -> None:
    rule = AccelerationRule(2.0, 4.0)
    was = LastOutput(Motion(0.5, 0.0, 0.25), NOW - 50 * MS, NOW - 25 * MS, None)

    def asked(motion: Motion, share: float = 1.0) -> Sequence[Verdict]:
        return rule.judge_last(replace(moment(motion), last_output=was), share, share)

    assert not asked(Motion(0.6, 0.0, 0.35)) and not asked(Motion(1.2, 0.0, 0.7), 0.5)
    speed, turn = asked(Motion(1.2, 0.0, 0.7))
    assert told([speed, turn]) == [
        ("LIMIT", "acceleration", "speed", 1.2, near(0.6), "m/s", 0),
        ("LIMIT", "acceleration", "turn", 0.7, near(0.35), "rad/s", 0),
    ]
    assert (speed.scale, speed.scale_angular) == (near(0.5), 1.0)
    assert (turn.scale, turn.scale_angular) == (1.0, near(0.5))
    (back,) = asked(Motion(0.0, 0.0, -0.5))
    assert back.limit == near(0.1), "the other way begins at zero"
    assert asked(Motion(0.0, 1.0))[0].limit == near(0.1) and asked(Motion(-1.0))[0].limit == near(0.1)
    assert asked(Motion(0.6, 0.8))[0].limit == near(0.4)
    assert speed.reason == "acceleration: 1.20 m/s asked, 0.60 allowed so soon"
    halved, turned = asked(Motion(2.0, 0.0, 1.5), 0.5)
    assert (halved.value, halved.scale) == (1.0, near(0.3)) and (turned.value, turned.scale_angular) == (
        0.75, near(0.35 / 1.5),
    )  # fmt: skip
    aslant = LastOutput(Motion(0.5, 0.2, -0.25), NOW, NOW, None)
    (along,) = rule.judge_last(replace(moment(Motion(1.2, 1.6)), last_output=aslant), 1.0, 1.0)
    assert along.limit == near(0.46) and along.scale == near(0.23)
    (against,) = rule.judge_last(replace(moment(Motion(0.0, 0.0, -1.0)), last_output=aslant), 1.0, 1.0)
    assert against.limit == near(0.25), "further the same way"
    assert not rule.judge_last(replace(moment(Motion(9.0, 0.0, 9.0)), last_output=aslant), 0.0, 0.0)
    early = LastOutput(Motion(), NOW + S, NOW + S, None)
    assert rule.judge_last(replace(moment(Motion(1.0)), last_output=early), 1.0, 1.0)[0].limit == 0.0


# --- what a block leaves out ------------------------------------------------------------------------------------------

LEFT_OUT: dict[str, dict[str, Any]] = {
    "keep_in": {"margin_m": 0.05},
    "keep_out": {"margin_m": 0.05},
    "speed": {"polygon_m": (), "occupied_limit_mps": None, "stale_s": 0.5},
    "pose_agreement": {"window_s": 2.0, "distance_m": 0.3, "heading_rad": 0.35, "fresh_s": 0.5},
    "stop_response": {"rest_mps": 0.05, "rest_radps": 0.15},
    "bypass": {"stale_s": 1.0},
    "clock": {"ahead_s": 0.05, "behind_s": 0.4, "step_s": 0.1, "readings": 5},
    "tilt": {"stale_s": 0.1},
    "body_height": {"stale_s": 0.3},
    "joint_runaway": {"readings": 5, "stale_s": 0.1},
    "ground_reaction": {"peak_bodyweights": 6.0, "pull_n": 50.0, "friction": 1.5, "stale_s": 0.5},
    "joint_limits": {"margin_rad": 0.02, "stale_s": 0.1},
    "tool_workspace": {"stale_s": 0.1},
    "contact_force": {"readings": 10, "stale_s": 0.1},
    "stuck_input": {"after_s": 1.0, "readings": 8},
}


def test_a_figure_that_a_block_leaves_out_is_that_of_the_documents() -> None:
    for name, promised in LEFT_OUT.items():
        kind = rule_types()[name].parameters
        fields = zip(reversed(kind.__struct_fields__), reversed(kind.__struct_defaults__), strict=False)  # type: ignore[attr-defined]
        assert {name: has() if callable(has) else has for name, has in _plain(fields).items()} == promised, kind


def test_the_terms_of_separation_are_the_same_in_its_block() -> None:
    block = SeparationParameters()
    assert People(**{name: getattr(block, name) for name in People.__dataclass_fields__}) == People()


def _plain(fields: Any) -> dict[str, Any]:
    """msgspec keeps a factory for a list that is empty by default."""
    return {name: getattr(default, "factory", default) for name, default in fields}
