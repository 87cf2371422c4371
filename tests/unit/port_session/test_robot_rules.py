"""The rules in a robot's profile: they reach the gate as its rules take them, and what does not fit is named."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from port_safety.model.braking_model import BrakingModel
from port_safety.model.joints import Joints
from port_safety.model.robot_model import RobotModel
from port_safety.rules.registry import make_envelope
from port_safety.rules.rule_type import Site
from port_session.admission.settings import settings
from port_session.description.errors import DescriptionError
from port_session.description.resolve import Resolved, resolve

CONFIG = Path(__file__).parents[3] / "config"
JOINTS: dict[str, Any] = {"names": ["hip", "knee"], "deceleration_radps2": 8.0, "reach_m": 1.0}
TOPICS = {"imu": "imu", "joint_states": "joints", "tool_pose": "tool", "contact_wrench": "wrench"}
RULES: dict[str, dict[str, Any]] = {
    "tilt": {"limit_rad": 0.4, "fall_rad": 0.8},
    "body_height": {"low_m": 0.3, "high_m": 1.0},
    "joint_runaway": {"velocity_radps": 20.0, "acceleration_radps2": 900.0},
    "ground_reaction": {"mass_kg": 45.0},
    "joint_limits": {"lower_rad": [-1, -2.0], "upper_rad": [1, 0.5], "velocity_radps": [9.0, 9.0]},
    "tool_workspace": {"low_m": [0.0, -1.0, 0.0], "high_m": [1.0, 1.0, 1.5], "deceleration_mps2": 3.0},
    "contact_force": {"limit_n": 120.0, "blow_n": 240.0},
}


def described(folder: Path, **changes: Any) -> Resolved:
    """The demonstration with another robot's profile."""
    for kind, name in (("grounds", "hall_lane"), ("trials", "lane_drive")):
        (folder / kind).mkdir()
        (folder / kind / f"{name}.yaml").write_text((CONFIG / kind / f"{name}.yaml").read_text())
    (folder / "grounds" / "cameras").symlink_to(CONFIG / "grounds" / "cameras")
    robot: dict[str, Any] = yaml.safe_load((CONFIG / "robots" / "sim_wheeled.yaml").read_text())
    robot["topics"] |= changes.pop("topics", TOPICS)
    (folder / "robots").mkdir()
    (folder / "robots" / "sim_wheeled.yaml").write_text(yaml.safe_dump(robot | changes))
    (folder / "sessions").mkdir()
    session = folder / "sessions" / "demo.yaml"
    session.write_text((CONFIG / "sessions" / "demo.yaml").read_text())
    return resolve(str(session))


def test_every_rule_of_a_profile_is_one_that_the_gate_makes(tmp_path: Path) -> None:
    parameters = described(tmp_path, joints=JOINTS, rules=RULES).process("gate").parameters
    assert set(RULES) <= set(parameters["rules"])
    assert {name: parameters[name] for name in TOPICS} == TOPICS
    assert parameters["joint_limits"]["lower_rad"] == [-1.0, -2.0]
    joints = Joints(tuple(parameters["robot"]["joints"]), 8.0, 1.0)
    robot = RobotModel("r", "wheeled", 1.0, 1.0, BrakingModel(0.1, 1.0), 0.4, 1.0, joints=joints)
    site = Site(robot, tuple(parameters["estops"]), tuple(parameters["plates"]), tuple(parameters["lookouts"]))
    assert set(RULES) <= set(make_envelope(parameters["rules"], parameters, site).rules)


@pytest.mark.parametrize(
    ("changes", "key", "says"),
    [
        ({"rules": {"tilt": RULES["tilt"]}, "topics": {}}, "topics.imu", "rule tilt looks at it"),
        ({"rules": {"tool_workspace": RULES["tool_workspace"]}, "topics": {}}, "topics.tool_pose", "PoseStamped"),
        ({"rules": {"joint_runaway": RULES["joint_runaway"]}}, "joints", "holds the robot by its joints"),
        ({"rules": {"tilt": {"limit_deg": 20.0}}}, "rules.tilt.limit_deg", "unknown key"),
        ({"rules": {"tillt": {}}}, "rules.tillt", "did you mean 'tilt'"),
        ({"joints": JOINTS | {"names": ["a", "a"]}}, "joints.names", "each once"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, changes: dict[str, Any], key: str, says: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        described(tmp_path, **changes)
    assert caught.value.key == key and says in caught.value.problem


@pytest.mark.parametrize(
    ("rule", "change", "key", "says"),
    [
        ("tilt", {"fall_rad": 0.3}, "fall_rad", "must lie in limit_rad (0.4)"),
        ("contact_force", {"blow_n": 300.0}, "blow_n", "twice that"),
        ("body_height", {"low_m": 1.2}, "low_m", "must lie in 0..high_m (1.0)"),
        ("joint_limits", {"upper_rad": [1.0]}, "upper_rad", "expected 2 numbers, one a joint, got 1"),
        ("joint_limits", {"upper_rad": [1.0, -2.0]}, "lower_rad", "-2.0 of knee and upper_rad -2.0 leave no room"),
        ("tool_workspace", {"low_m": [2.0, -1.0, 0.0]}, "low_m", "x 2.0 must be below high_m (1.0)"),
    ],
)
def test_what_the_gate_would_refuse_is_named_by_its_key_in_the_profile(
    tmp_path: Path, rule: str, change: dict[str, Any], key: str, says: str
) -> None:
    resolved = described(tmp_path, joints=JOINTS, rules={rule: RULES[rule] | change})
    (found,) = settings(resolved)
    assert (found.file, found.key) == (resolved.files["robot"], f"rules.{rule}.{key}")
    assert says in found.problem
