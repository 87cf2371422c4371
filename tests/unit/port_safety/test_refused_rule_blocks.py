"""A rule with a figure that makes no sense is not made; the refusal names block and figure."""

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import pytest

from port_safety.model.history import KEPT
from port_safety.model.verdict import Severity
from port_safety.rules.acceleration import AccelerationRule
from port_safety.rules.body_height import BodyHeightRule
from port_safety.rules.clock import ClockRule
from port_safety.rules.contact_force import ContactForceRule
from port_safety.rules.ground_reaction import GroundReactionRule
from port_safety.rules.input_timeout import TimedInput
from port_safety.rules.joint_limits import JointLimitsRule
from port_safety.rules.joint_runaway import JointRunawayRule
from port_safety.rules.pose_agreement import PoseAgreementRule
from port_safety.rules.registry import EnvelopeError, make_envelope, make_rule
from port_safety.rules.rule_type import Site
from port_safety.rules.separation import People
from port_safety.rules.speed import SpeedRule
from port_safety.rules.stop_response import StopResponseRule
from port_safety.rules.stuck_input import StuckInputRule
from port_safety.rules.tilt import TiltRule
from tests.gate_bench import BLOCKS, LANE, ROBOT, robot_of
from tests.unit.port_safety.kind_rules import KIND_BLOCKS, made_rule
from tests.unit.port_safety.rule_bench import SITE, above, below

LIMITS = JointLimitsRule(("a", "b"), 0.1, (-1.0, -2.0), (1.0, 2.0), (2.0, 3.0), 4.0, 0.25, 0.1)


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
def test_a_block_of_any_robot_that_makes_no_sense_is_refused(block: dict[str, Any], says: str) -> None:
    with pytest.raises(EnvelopeError, match=says):
        make_rule("x", block, SITE)


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
def test_a_block_of_one_kind_that_makes_no_sense_is_refused(kind: str, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(EnvelopeError, match=f"^{kind}: {says}"):
        made_rule(kind, **changes)


@pytest.mark.parametrize("kind", ["joint_runaway", "joint_limits"])
def test_a_robot_that_names_no_joints_cannot_be_held_by_them(kind: str) -> None:
    with pytest.raises(EnvelopeError, match="names no joints"):
        make_rule(kind, {"type": kind, **KIND_BLOCKS[kind]}, Site(robot_of("wheeled"), (), ()))


def test_plates_that_are_not_there_cannot_be_relied_on() -> None:
    with pytest.raises(EnvelopeError, match="this ground has none"):
        make_rule("ground_reaction", {"type": "ground_reaction", "mass_kg": 50.0}, Site(robot_of("humanoid"), (), ()))


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


def test_a_figure_that_does_not_fit_the_others_is_refused() -> None:
    """A figure that does not fit the others is refused by its name."""
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


def test_a_refusal_says_what_is_allowed() -> None:
    with pytest.raises(ValueError, match=rf"1\.\.{KEPT - 1}$"):
        JointRunawayRule(("a",), 1.0, 1.0, 0, 0.1)
    with pytest.raises(ValueError, match=r"must not be above 12$"):
        PoseAgreementRule(13.0, 1.0, 1.0, 1.0)
