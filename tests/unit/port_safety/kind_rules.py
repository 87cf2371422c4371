"""The rules of legged robots and arms, as their tests make them: blocks, inputs, values that each is content with."""

import math
from dataclasses import replace
from typing import Any

from port_safety.commands.twist import ZERO
from port_safety.model.braking_model import BrakingModel
from port_safety.model.history import History
from port_safety.model.readings import Attitude, Body, Force, JointStates, PlateForce, Reading, ToolPoint, Value
from port_safety.model.verdict import Severity
from port_safety.rules.context import RuleContext
from port_safety.rules.envelope import LastRule, Rule
from port_safety.rules.registry import make_rule
from port_safety.rules.rule_type import Site
from tests.gate_bench import robot_of
from tests.unit.port_safety.rule_bench import MS, NOW

ARM_ROBOT = robot_of("arm", braking=BrakingModel(0.05, 2.0, 0.05))  # joints base, shoulder, elbow
ARM_SITE = Site(ARM_ROBOT, ("station_1",), ("left", "right"), by_joints=True)
WALKER_SITE = Site(robot_of("humanoid"), ("station_1",), ("left", "right"))
#: The site of a robot that each rule can judge.
SITES = {
    "tilt": WALKER_SITE, "body_height": WALKER_SITE, "ground_reaction": WALKER_SITE, "joint_runaway": ARM_SITE,
    "joint_limits": ARM_SITE, "tool_workspace": ARM_SITE, "contact_force": ARM_SITE,
}  # fmt: skip
NAN = math.nan

KIND_BLOCKS: dict[str, dict[str, Any]] = {
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


STILL_JOINTS = joints((0.0, 0.0), (0.0, 0.0), (0.0, 0.0))
#: Of each rule: its inputs, a value that it is content with, and the same with a number that is none.
CONTENT: dict[str, tuple[tuple[str, ...], Value, Value]] = {
    "tilt": (("imu",), upright(0.1), Attitude(NAN, 0.0, 0.0, 1.0)),
    "body_height": (("body",), Body(0.9), Body(NAN)),
    "joint_runaway": (("joints",), STILL_JOINTS, joints((0.0, NAN), (0.0, 0.0), (0.0, 0.0))),
    "ground_reaction": (
        ("force_plate left", "force_plate right"), PlateForce(240.0, 260.0, 10.0), PlateForce(0.0, NAN, 0.0),
    ),
    "joint_limits": (("joints",), STILL_JOINTS, joints((NAN, 0.0), (0.0, 0.0), (0.0, 0.0))),
    "tool_workspace": (("tool_pose",), ToolPoint(0.5, 0.0, 0.5), ToolPoint(0.5, math.inf, 0.5)),
    "contact_force": (("contact_wrench",), Force(3.0, 4.0, 0.0), Force(NAN, 0.0, 0.0)),
}  # fmt: skip


def made_rule(kind: str, **changes: Any) -> Rule:
    made = make_rule(kind, {"type": kind, **KIND_BLOCKS[kind], **changes}, SITES[kind])
    assert not isinstance(made, LastRule)
    return made


def row_of(*values: Value, name: str, period_ms: int = 10, age_ms: int = 0) -> RuleContext:
    """A row of values of one input, the last one `age_ms` old."""
    history = History()
    for number, value in enumerate(values):
        stamp_ns = NOW - (age_ms + period_ms * (len(values) - 1 - number)) * MS
        history.note(Reading(value, stamp_ns, stamp_ns))
    return RuleContext(NOW, {name: history.recent[-1]}, ZERO, NOW, True, histories={name: history})


def every_input(kind: str, value: Value, age_ms: int = 0) -> RuleContext:
    """All inputs of a rule with the same value."""
    views = [row_of(value, name=name, age_ms=age_ms) for name in CONTENT[kind][0]]
    return replace(views[0], readings={name: reading for each in views for name, reading in each.readings.items()})


def severities(kind: str, value: Value) -> list[tuple[Severity, float]]:
    verdicts = made_rule(kind).judge(every_input(kind, value))
    return [(verdict.severity, verdict.value) for verdict in verdicts]
