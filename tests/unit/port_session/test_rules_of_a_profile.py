"""What a profile may say of rules that ground, session and limits make, in which unit, and where its trial ends."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from port_session.description.errors import DescriptionError
from port_session.description.plausible import doubts
from port_session.description.resolve import Resolved, resolve
from tests.unit.port_session.test_robot_rules import CONFIG, JOINTS, RULES, TOPICS, described

TWO_TURNS = {"lower_rad": [-7.0, -2.0], "upper_rad": [7.0, 0.5], "velocity_radps": [9.0, 9.0]}
DEGREES = {"lower_rad": [-180.0, -90.0], "upper_rad": [180.0, 90.0], "velocity_radps": [180.0, 180.0]}


@pytest.mark.parametrize(
    ("rule", "block", "says"),
    [
        ("separation", {"walk_mps": 0.0}, "the ground's people"),
        ("keep_out", {"polygon_m": [0, 0, 1, 0, 0, 1]}, "the ground's zones"),
        ("keep_in", {"polygon_m": [0, 0, 1, 0, 0, 1]}, "the ground's zones"),
        ("speed", {"limit_mps": 9.0}, "limits.speed_mps"),
        ("acceleration", {"acceleration_mps2": 9.0, "yaw_acceleration_radps2": 9.0}, "limits.acceleration_mps2"),
    ],
)
def test_a_rule_that_is_made_of_other_keys_is_refused(tmp_path: Path, rule: str, block: Any, says: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        described(tmp_path, rules={rule: block})
    assert caught.value.key == f"rules.{rule}" and says in caught.value.problem


@pytest.mark.parametrize(
    ("rule", "key", "value"),
    [("input_timeout", "estop_s", 10.0), ("stop_response", "rest_mps", 1.0), ("bypass", "stale_s", 10.0)],
)
def test_a_profile_does_not_loosen_the_rules_of_all(tmp_path: Path, rule: str, key: str, value: float) -> None:
    with pytest.raises(DescriptionError) as caught:
        described(tmp_path, rules={rule: {key: value}})
    assert caught.value.key == f"rules.{rule}.{key}"
    assert f"{value} is not stricter than" in caught.value.problem and f"gate.{rule}.{key}" in caught.value.problem


def test_a_profile_may_be_stricter_and_says_how_its_robot_follows(tmp_path: Path) -> None:
    rules = {"input_timeout": {"estop_s": 0.12}, "command_following": {"tolerance_mps": 0.9}}
    parameters = described(tmp_path, rules=rules).process("gate").parameters
    assert parameters["input_timeout"]["estop_s"] == 0.12 and parameters["command_following"]["tolerance_mps"] == 0.9


def test_a_simulated_base_is_commanded_by_a_twist(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match="a simulated base is commanded by geometry_msgs/msg/Twist") as caught:
        described(tmp_path, topics={"command_type": "geometry_msgs/msg/TwistStamped"})
    assert caught.value.key == "topics.command_type"


@pytest.mark.parametrize(("block", "unlikely"), [(DEGREES, False), (TWO_TURNS, True)])
def test_joint_limits_in_degrees_are_refused(tmp_path: Path, block: dict[str, Any], unlikely: bool) -> None:
    rules = {"joint_limits": block}
    found = doubts(described(tmp_path, joints=JOINTS, rules=rules, topics=TOPICS).description)
    assert {one.unlikely for one in found} == {unlikely}
    assert {"rules.joint_limits.lower_rad[0]", "rules.joint_limits.upper_rad[0]"} <= {one.key for one in found}
    if not unlikely:
        assert "rules.joint_limits.velocity_radps[0]" in {one.key for one in found}
        assert all("degrees" in one.problem for one in found)


def test_limits_of_common_joints_raise_no_doubt(tmp_path: Path) -> None:
    assert doubts(described(tmp_path, joints=JOINTS, rules={"joint_limits": RULES["joint_limits"]}).description) == []


def arm(folder: Path, **trial: Any) -> Resolved:
    """The arm's session with another trial, its robot with limits of its joints."""
    shutil.copytree(CONFIG, folder / "config")
    session = folder / "config" / "sessions" / "arm.yaml"
    names = yaml.safe_load(session.read_text())
    profile, goal = (folder / "config" / f"{kind}s" / f"{names[kind]}.yaml" for kind in ("robot", "trial"))
    robot = yaml.safe_load(profile.read_text())
    count = len(robot["joints"]["names"])
    limits = {"lower_rad": [-2.0] * count, "upper_rad": [2.0] * count, "velocity_radps": [3.0] * count}
    profile.write_text(yaml.safe_dump(robot | {"rules": {**robot.get("rules", {}), "joint_limits": limits}}))
    goal.write_text(yaml.safe_dump(yaml.safe_load(goal.read_text()) | trial))
    return resolve(str(session))


@pytest.mark.parametrize("key", ["start_rad", "goal_rad"])
def test_a_trial_begins_and_ends_where_the_joints_can_be(tmp_path: Path, key: str) -> None:
    count = len(yaml.safe_load((CONFIG / "robots" / "sim_arm.yaml").read_text())["joints"]["names"])
    with pytest.raises(DescriptionError) as caught:
        arm(tmp_path, **{key: [0.5, 2.5, *[0.5] * (count - 2)]})
    assert caught.value.key == f"{key}[1]" and "expected -2 to 2 rad" in caught.value.problem


def test_a_trial_within_the_range_of_the_joints_is_accepted(tmp_path: Path) -> None:
    assert "joint_limits" in arm(tmp_path).process("gate").parameters["rules"]
