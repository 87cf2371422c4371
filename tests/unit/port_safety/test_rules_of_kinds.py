"""The rules of legged robots and arms: what each objects to, when it is content, and that nothing known is a stop."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_safety.commands.twist import ZERO
from port_safety.model.braking_model import BrakingModel
from port_safety.model.history import History
from port_safety.model.readings import Alive, Attitude, Body, Force, JointStates, PlateForce, Reading, ToolPoint, Value
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.envelope import Rule
from port_safety.rules.registry import EnvelopeError, make_rule, parameters_of, rule_types
from port_safety.rules.required_input import GRAVITY_MPS2
from port_safety.rules.rule_type import Site
from tests.gate_bench import robot_of

NOW = 100_000_000_000
MS = 1_000_000
ROBOT = robot_of("arm", braking=BrakingModel(0.05, 2.0, 0.05))  # joints base, shoulder, elbow
ARM = Site(ROBOT, ("station_1",), ("left", "right"), by_joints=True)
WALKER = Site(robot_of("humanoid"), ("station_1",), ("left", "right"))
#: The site of a robot that each rule can judge.
SITES = {
    "tilt": WALKER, "body_height": WALKER, "ground_reaction": WALKER, "joint_runaway": ARM, "joint_limits": ARM,
    "tool_workspace": ARM, "contact_force": ARM,
}  # fmt: skip
NAN = math.nan

BLOCKS: dict[str, dict[str, Any]] = {
    "tilt": {"limit_rad": 0.35, "fall_rad": 0.7},
    "body_height": {"low_m": 0.5, "high_m": 1.2},
    "joint_runaway": {"velocity_radps": 10.0, "acceleration_radps2": 500.0, "readings": 3},
    "ground_reaction": {"mass_kg": 50.0, "peak_bodyweights": 6.0},
    "joint_limits": {
        "lower_rad": [-2.0, -1.0, -2.0], "upper_rad": [2.0, 1.0, 2.0], "velocity_radps": [2.0, 2.0, 3.0],
        "margin_rad": 0.0,
    },
    "tool_workspace": {"low_m": [0.0, -0.5, 0.2], "high_m": [1.0, 0.5, 1.0], "deceleration_mps2": 2.0},
    "contact_force": {"limit_n": 100.0, "blow_n": 180.0, "readings": 3},
}  # fmt: skip


def upright(angle_rad: float, heading_rad: float = 0.0) -> Attitude:
    """Turned about z, then leaning about x."""
    s, c = math.sin(angle_rad / 2), math.cos(angle_rad / 2)
    hs, hc = math.sin(heading_rad / 2), math.cos(heading_rad / 2)
    return Attitude(hc * s, hs * s, hs * c, hc * c)


def joints(*pairs: tuple[float, float]) -> JointStates:
    return JointStates(tuple(place for place, _ in pairs), tuple(speed for _, speed in pairs))


STILL = joints((0.0, 0.0), (0.0, 0.0), (0.0, 0.0))
#: Of each rule: its inputs, a value that it is content with, and the same with a number that is none.
CONTENT: dict[str, tuple[tuple[str, ...], Value, Value]] = {
    "tilt": (("imu",), upright(0.1), Attitude(NAN, 0.0, 0.0, 1.0)),
    "body_height": (("body",), Body(0.9), Body(NAN)),
    "joint_runaway": (("joints",), STILL, joints((0.0, NAN), (0.0, 0.0), (0.0, 0.0))),
    "ground_reaction": (
        ("force_plate left", "force_plate right"), PlateForce(240.0, 260.0, 10.0), PlateForce(0.0, NAN, 0.0),
    ),
    "joint_limits": (("joints",), STILL, joints((NAN, 0.0), (0.0, 0.0), (0.0, 0.0))),
    "tool_workspace": (("tool_pose",), ToolPoint(0.5, 0.0, 0.5), ToolPoint(0.5, math.inf, 0.5)),
    "contact_force": (("contact_wrench",), Force(3.0, 4.0, 0.0), Force(NAN, 0.0, 0.0)),
}  # fmt: skip


def rule(kind: str, **changes: Any) -> Rule:
    made = make_rule(kind, {"type": kind, **BLOCKS[kind], **changes}, SITES[kind])
    assert hasattr(made, "judge")
    return made


def seen(*values: Value, name: str, period_ms: int = 10, age_ms: int = 0) -> RuleContext:
    """A row of values of one input, the last one `age_ms` old."""
    history = History()
    for number, value in enumerate(values):
        stamp_ns = NOW - (age_ms + period_ms * (len(values) - 1 - number)) * MS
        history.note(Reading(value, stamp_ns, stamp_ns))
    return RuleContext(NOW, {name: history.recent[-1]}, ZERO, NOW, True, histories={name: history})


def every(kind: str, value: Value, age_ms: int = 0) -> RuleContext:
    """All inputs of a rule with the same value."""
    views = [seen(value, name=name, age_ms=age_ms) for name in CONTENT[kind][0]]
    return replace(views[0], readings={name: reading for each in views for name, reading in each.readings.items()})


# --- what holds for all -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CONTENT)
def test_a_healthy_value_is_no_objection(kind: str) -> None:
    assert not rule(kind).judge(every(kind, CONTENT[kind][1]))


@pytest.mark.parametrize("kind", CONTENT)
@pytest.mark.parametrize(
    ("age_ms", "says"), [(None, "no data"), (900, "no data for 0.90 s"), (-300, "in the future"), (0, " is ")]
)
def test_what_is_missing_old_early_or_no_number_is_a_stop(kind: str, age_ms: int | None, says: str) -> None:
    value = CONTENT[kind][2] if age_ms == 0 else CONTENT[kind][1]
    moment = RuleContext(NOW, {}, ZERO, NOW, True) if age_ms is None else every(kind, value, age_ms)
    verdicts = rule(kind).judge(moment)
    assert len(verdicts) == len(CONTENT[kind][0]) and all(verdict.stops for verdict in verdicts)
    assert all(verdict.rule == kind and verdict.source in CONTENT[kind][0] for verdict in verdicts)
    assert says in verdicts[0].reason or "not a number" in verdicts[0].reason


@pytest.mark.parametrize("kind", CONTENT)
def test_another_kind_of_value_is_a_stop(kind: str) -> None:
    assert "not what this rule looks at" in rule(kind).judge(every(kind, Alive()))[0].reason


@pytest.mark.parametrize("kind", CONTENT)
def test_a_frozen_source_is_stale_by_its_stamp_though_it_goes_on_sending(kind: str) -> None:
    """The same stamp told again and again is one reading that grows old."""
    name, value = CONTENT[kind][0][0], CONTENT[kind][1]
    old = Reading(value, NOW - 900 * MS, NOW)
    moment = replace(every(kind, value), readings={**every(kind, value).readings, name: old})
    assert rule(kind).judge(moment)[0].source == name


@pytest.mark.parametrize("kind", CONTENT)
def test_each_tells_the_state_how_old_its_inputs_may_be(kind: str) -> None:
    made = rule_types()[kind]
    watched = made.watches(parameters_of(kind, {"type": kind, **BLOCKS[kind]}), SITES[kind])
    assert tuple(watched) == CONTENT[kind][0] and made.reads_values


# --- tilt -------------------------------------------------------------------------------------------------------------


def told(kind: str, value: Value) -> list[tuple[Severity, float]]:
    verdicts = rule(kind).judge(every(kind, value))
    return [(verdict.severity, verdict.value) for verdict in verdicts]


@given(angle=st.floats(0.0, math.pi), heading=st.floats(-math.pi, math.pi))
def test_the_angle_from_upright_is_measured_whatever_the_heading(angle: float, heading: float) -> None:
    assert upright(angle, heading).tilt_rad == pytest.approx(angle, abs=1e-6)


def test_leaning_is_a_protective_stop_and_falling_an_emergency() -> None:
    assert not told("tilt", upright(0.34))
    assert told("tilt", upright(0.4)) == [(Severity.PROTECTIVE_STOP, pytest.approx(0.4))]
    assert told("tilt", upright(-0.8, 2.0)) == [(Severity.EMERGENCY_STOP, pytest.approx(0.8))]
    assert not told("tilt", upright(0.34))


@pytest.mark.parametrize(
    ("attitude", "says"),
    [
        (Attitude(0.0, 0.0, 0.0, 1.0, known=False), "gives no orientation"),
        (Attitude(0.0, 0.0, 0.0, 0.0), "no rotation"),
    ],
)
def test_an_orientation_that_is_none_is_a_stop(attitude: Attitude, says: str) -> None:
    assert says in rule("tilt").judge(every("tilt", attitude))[0].reason


# --- body_height ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("height_m", "stops"), [(0.49, True), (0.51, False), (1.19, False), (1.21, True)])
def test_a_body_that_sinks_or_leaves_the_floor_is_a_stop(height_m: float, stops: bool) -> None:
    assert bool(told("body_height", Body(height_m))) == stops


# --- joint_runaway ---


def whip(*speeds: float) -> RuleContext:
    values = [joints((0.0, 0.0), (0.0, speed), (0.0, 0.0)) for speed in speeds]
    return seen(*values, name="joints")


def test_a_joint_that_is_too_fast_in_a_row_of_readings_is_an_emergency_by_name() -> None:
    assert not rule("joint_runaway").judge(whip(0.0, 11.0, 11.0))
    (verdict,) = rule("joint_runaway").judge(whip(9.0, 11.0, 12.0, 11.5))
    assert (verdict.severity, verdict.source, verdict.value) == (Severity.EMERGENCY_STOP, "turns shoulder", 11.0)
    assert not rule("joint_runaway").judge(whip(11.0, 11.0, 11.0, 9.0))


def test_a_joint_that_jerks_to_and_fro_is_seen_before_it_is_fast() -> None:
    (verdict,) = rule("joint_runaway").judge(whip(6.0, -6.0, 6.0, -6.0))
    assert verdict.source == "jerks shoulder" and verdict.value == pytest.approx(1200.0)
    assert not rule("joint_runaway").judge(whip(6.0, 6.0, 6.0, -6.0)), "one odd sample is an encoder's"


# --- ground_reaction --------------------------------------------------------------------------------------------------


def plates(left: PlateForce, right: PlateForce) -> list[Verdict]:
    readings = {f"force_plate {name}": Reading(value, NOW, NOW) for name, value in (("left", left), ("right", right))}
    return list(rule("ground_reaction").judge(RuleContext(NOW, readings, ZERO, NOW, True)))


def test_the_plates_together_carry_no_more_than_the_robot_can_weigh_on_them() -> None:
    bound_n = 6.0 * 50.0 * GRAVITY_MPS2
    half = PlateForce(0.0, bound_n / 2 - 1.0, 10.0)
    assert not plates(half, half)
    (verdict,) = plates(half, replace(half, highest_n=bound_n / 2 + 2.0))
    assert (verdict.source, verdict.limit, verdict.unit) == ("plates", pytest.approx(bound_n), "N")


@pytest.mark.parametrize(
    ("force", "says"),
    [
        (PlateForce(-60.0, 0.0, 0.0), "pulled by 60 N"),
        (PlateForce(100.0, 100.0, 250.0), "sideways by 250 N"),
        (PlateForce(0.0, 0.0, 0.0, "saturated"), "saturated"),
    ],
)
def test_what_no_foot_can_do_is_a_fault_of_the_plate(force: PlateForce, says: str) -> None:
    (verdict,) = plates(force, PlateForce(0.0, 0.0, 0.0))
    assert verdict.stops and verdict.source == "force_plate left" and says in verdict.reason


# --- joint_limits -----------------------------------------------------------------------------------------------------


def arm(place: float, speed: float) -> list[Verdict]:
    return list(rule("joint_limits").judge(seen(joints((0.0, 0.0), (0.0, 0.0), (place, speed)), name="joints")))


def test_a_joint_is_stopped_where_it_can_still_stand_before_its_limit() -> None:
    needs_rad = 1.0 * 0.1 + 1.0 / (2 * 4.0)
    assert not arm(2.0 - needs_rad - 0.01, 1.0)
    (verdict,) = arm(2.0 - needs_rad + 0.01, 1.0)
    assert (verdict.source, verdict.value, verdict.limit) == ("elbow", pytest.approx(2.01), 2.0)
    assert not arm(1.99, -1.0), "the way back is free"
    assert arm(-1.95, -1.0) and arm(2.01, 0.0)


def test_a_joint_that_is_faster_than_it_may_be_is_a_stop() -> None:
    (verdict,) = arm(0.0, -3.1)
    assert (verdict.value, verdict.limit, verdict.unit) == (3.1, 3.0, "rad/s")


@given(place=st.floats(-1.9, 1.9), speed=st.floats(-3.0, 3.0))
def test_whoever_stops_when_told_stands_within_the_limits(place: float, speed: float) -> None:
    if not arm(place, speed):
        stands = place + speed * 0.1 + speed * abs(speed) / 8.0
        assert -2.0 - 1e-9 <= stands <= 2.0 + 1e-9


# --- tool_workspace ---


def tool(*points: tuple[float, float, float]) -> list[Verdict]:
    return list(rule("tool_workspace").judge(seen(*(ToolPoint(*point) for point in points), name="tool_pose")))


def test_a_tool_is_stopped_where_it_can_still_stand_inside_its_box() -> None:
    assert not tool((0.5, 0.0, 0.5), (0.51, 0.0, 0.5))
    (verdict,) = tool((0.69, 0.0, 0.5), (0.70, 0.0, 0.5))  # 1 m/s: 0.1 s and 0.25 m
    assert verdict.source == "tool x" and verdict.value == pytest.approx(1.05) and verdict.limit == 1.0
    assert not tool((0.99, 0.0, 0.5), (0.98, 0.0, 0.5)), "the way back is free"


@pytest.mark.parametrize("point", [(1.1, 0.0, 0.5), (0.5, -0.6, 0.5), (0.5, 0.0, 0.1)])
def test_a_tool_outside_is_a_stop_also_when_nothing_says_how_fast_it_is(point: tuple[float, float, float]) -> None:
    assert len(tool(point)) == 1


# --- contact_force ----------------------------------------------------------------------------------------------------


def pushes(*forces_n: float) -> list[Verdict]:
    return list(rule("contact_force").judge(seen(*(Force(0.0, -n, 0.0) for n in forces_n), name="contact_wrench")))


def test_pushing_too_hard_in_a_row_of_readings_is_a_stop_and_a_blow_an_emergency() -> None:
    assert not pushes(20.0, 120.0, 120.0)
    (held,) = pushes(120.0, 110.0, 130.0)
    assert (held.severity, held.value) == (Severity.PROTECTIVE_STOP, 110.0)
    (blow,) = pushes(20.0, 181.0)
    assert blow.severity is Severity.EMERGENCY_STOP
    assert not pushes(120.0, 110.0, 130.0, 90.0)


# --- blocks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "changes", "says"),
    [
        ("tilt", {"fall_rad": 0.2}, "fall_rad: 0.2"),
        ("tilt", {"limit_rad": -1.0}, "limit_rad: -1.0"),
        ("body_height", {"low_m": 1.5}, "low_m: 1.5"),
        ("joint_runaway", {"readings": 32}, "readings: 32"),
        ("joint_runaway", {"velocity_radps": 0.0}, "velocity_radps: 0.0"),
        ("ground_reaction", {"mass_kg": -1.0}, "mass_kg: -1.0"),
        ("joint_limits", {"lower_rad": [0.0]}, "lower_rad: expected 3 numbers, one a joint, got 1"),
        (
            "joint_limits",
            {"margin_rad": 1.0, "lower_rad": [-0.5, -0.5, -0.5], "upper_rad": [0.5, 0.5, 0.5]},
            "lower_rad: -0.5 of base and upper_rad 0.5 leave no room",
        ),
        ("joint_limits", {"velocity_radps": [1.0, 1.0, 0.0]}, "velocity_radps: 0.0 of elbow"),
        ("tool_workspace", {"low_m": [0.0, 0.0]}, "low_m: x, y and z"),
        ("tool_workspace", {"low_m": [0.0, -0.5, 1.0]}, "low_m: z 1.0"),
        ("contact_force", {"blow_n": 300.0}, "blow_n: 300.0"),
    ],
)
def test_a_block_that_makes_no_sense_is_refused_by_its_key(kind: str, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(EnvelopeError, match=f"^{kind}: {says}"):
        rule(kind, **changes)


@pytest.mark.parametrize("kind", ["joint_runaway", "joint_limits"])
def test_a_robot_that_names_no_joints_cannot_be_held_by_them(kind: str) -> None:
    with pytest.raises(EnvelopeError, match="names no joints"):
        make_rule(kind, {"type": kind, **BLOCKS[kind]}, Site(robot_of("wheeled"), (), ()))


def test_plates_that_are_not_there_cannot_be_relied_on() -> None:
    with pytest.raises(EnvelopeError, match="this ground has none"):
        make_rule("ground_reaction", {"type": "ground_reaction", "mass_kg": 50.0}, Site(robot_of("humanoid"), (), ()))
