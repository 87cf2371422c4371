"""`port robot probe` at five robots' stacks: the profile that it writes passes `port check`, its blanks filled in."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
import yaml
from rclpy.context import Context

from port_session.cli import main
from port_session.description.load import load
from port_session.description.robot import Robot
from port_session.robots.domain_look import DomainLook
from port_session.ros import domain_look
from port_session.supervisor.middleware import DECISIVE
from tests.robot_sessions import copied, filled_in, session_of
from tests.robot_stacks import ARM_JOINTS, SPOT_JOINTS, STACKS
from tests.waiting import PATIENCE_S, wait_until

ROOT = Path(__file__).parents[2]
TWIST, STAMPED = "geometry_msgs/msg/Twist", "geometry_msgs/msg/TwistStamped"

#: Of each stack: kind, and its topics.
EXPECTED: dict[str, tuple[str, dict[str, str]]] = {
    "turtlebot": ("wheeled", {"command_out": "/cmd_vel", "command_type": STAMPED, "odometry": "/odom"}),
    "nav2": ("wheeled", {"command_out": "/cmd_vel", "command_type": TWIST, "odometry": "/odom"}),
    "ur": (
        "arm",
        {
            "command_out": "/scaled_joint_trajectory_controller/joint_trajectory",
            "command_type": "trajectory_msgs/msg/JointTrajectory", "joint_states": "/joint_states",
        },
    ),
    "quadruped": (
        "quadruped",
        {
            "command_out": "/dog/cmd_vel", "command_type": TWIST, "odometry": "/dog/odom", "imu": "/dog/imu",
            "joint_states": "/dog/joint_states",
        },
    ),
    "spot": (
        "quadruped",
        {
            "command_out": "/spot/cmd_vel", "command_type": TWIST, "odometry": "/spot/odometry",
            "joint_states": "/spot/joint_states",
        },
    ),
}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, runtime_root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A team's own copy of the configuration, with free TCP ports; returns the folder of its profiles."""
    monkeypatch.chdir(tmp_path)
    return copied(tmp_path)


@pytest.fixture
def stack(request: pytest.FixtureRequest, ros_domain: int) -> Iterator[str]:
    """One of the stacks, in a process of its own."""
    with started(request.param):
        yield request.param


class started:
    """A stack's process, ended with the block."""

    def __init__(self, name: str) -> None:
        words = [sys.executable, "-m", "tests.robot_stacks", name]
        self._process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "up\n"

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_S)


def probed(domain: int, file: Path, least: int) -> dict[str, Any]:
    """The profile that a look writes, once it has found so many topics; a busy machine may need several."""

    def look() -> dict[str, Any] | None:
        assert main(["robot", "probe", "--domain", str(domain), "--out", str(file), "--seconds", "3", "--force"]) in (
            0,
            1,
        )
        tree = yaml.safe_load(file.read_text()) if file.exists() else None
        return tree if tree and len(tree["topics"]) >= least and " 0 Hz" not in file.read_text() else None

    return wait_until(look, what="the stack is found")


@pytest.mark.parametrize("stack", STACKS, indirect=True)
def test_the_profile_of_a_robots_stack_passes_the_check_with_its_blanks_filled_in(
    stack: str, ros_domain: int, desk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    kind, topics = EXPECTED[stack]
    profile = desk / f"{stack}.yaml"
    tree = probed(ros_domain, profile, least=len(topics) + 1)
    assert tree["kind"] == kind and tree["name"] == stack
    assert tree["topics"] == {"command_in": f"{topics['command_out']}_request", **topics}
    session = session_of(profile)
    capfd.readouterr()
    assert main(["check", str(session)]) == 2, "what is left empty is refused"
    left = capfd.readouterr().err
    for key in filled_in(profile):
        assert key in left and str(profile) in left
    robot = load(profile, Robot)
    assert robot.joints is None or robot.joints.names == ARM_JOINTS, "a gripper's joint is not the arm's"
    assert main(["check", str(session)]) == 0, capfd.readouterr().out


@pytest.mark.parametrize("stack", ["spot"], indirect=True)
def test_what_was_seen_goes_through_json_and_back(
    stack: str, ros_domain: int, capfd: pytest.CaptureFixture[str]
) -> None:
    def look() -> DomainLook | None:
        assert main(["robot", "probe", "--domain", str(ros_domain), "--seconds", "2", "--json"]) == 0
        seen = DomainLook.from_json(capfd.readouterr().out)
        return seen if any(topic.joints for topic in seen.topics) else None

    seen = wait_until(look, what="the stack is found")
    topics = {topic.name: topic for topic in seen.topics}
    joints = topics["/spot/joint_states"]
    assert joints.joints is not None and joints.joints.names == SPOT_JOINTS and joints.joints.velocities
    assert [end.node for end in joints.publishers] == ["/spot/spot_ros2"]
    assert joints.publishers[0].type_hash.startswith("RIHS01_")
    assert topics["/spot/odometry"].frame_id == "odom" and topics["/spot/odometry"].child_frame_id == "base_link"
    assert DomainLook.from_json(seen.to_json()).nodes == seen.nodes


def test_the_look_publishes_nothing_and_offers_no_service(ros_domain: int) -> None:
    context = Context()
    rclpy.init(context=context, domain_id=ros_domain)
    witness = rclpy.create_node("witness", context=context, enable_rosout=False)
    try:
        with domain_look._listener(ros_domain) as (node, _):
            own = node.get_name(), node.get_namespace()
            wait_until(lambda: own in witness.get_node_names_and_namespaces(), what="it is seen")
            assert list(node.publishers) == [] and witness.get_publisher_names_and_types_by_node(*own) == []
            assert witness.get_service_names_and_types_by_node(*own) == []
    finally:
        witness.destroy_node()
        rclpy.try_shutdown(context=context)


def test_an_empty_domain_says_what_to_look_at(
    ros_domain: int, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    file = tmp_path / "nobody.yaml"
    assert main(["robot", "probe", "--domain", str(ros_domain), "--seconds", "0.5", "--out", str(file)]) == 1
    said = capfd.readouterr().err
    for word in (f"domain {ros_domain}", "ROS_DOMAIN_ID", "set here: this shell finds nobody", "firewall", "--peer"):
        assert word in said
    assert str(7400 + 250 * ros_domain) in said and not file.exists()


@pytest.mark.parametrize("stack", ["nav2"], indirect=True)
def test_an_interface_and_peers_that_are_named_are_used(
    stack: str, ros_domain: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """Named is this machine itself; without multicast."""
    way = ["--interface", "127.0.0.1", "--peer", "127.0.0.1"]

    def nodes() -> list[str]:
        assert main(["robot", "probe", "--domain", str(ros_domain), "--seconds", "2", "--json", *way]) == 0
        found: list[str] = json.loads(capfd.readouterr().out)["nodes"]
        return found

    wait_until(lambda: "/base_driver" in nodes(), what="the stack is found")


@pytest.mark.parametrize("stack", ["turtlebot"], indirect=True)
def test_a_new_profile_may_come_from_a_look_instead_of_answers(
    stack: str, ros_domain: int, desk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["robot", "new", "rover", "--from-domain", str(ros_domain), "--seconds", "3", "--force"]
    wait_until(lambda: main(words) == 0, what="the stack is found")
    tree = yaml.safe_load((desk / "rover.yaml").read_text())
    assert (tree["name"], tree["topics"]["command_type"]) == ("rover", STAMPED)
    assert "written to config/robots/rover.yaml; to fill in: " in capfd.readouterr().out


def test_a_profile_that_is_there_is_not_written_over(
    ros_domain: int, desk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = desk / "sim_wheeled.yaml"
    before = file.read_text()
    assert main(["robot", "probe", "--domain", str(ros_domain), "--out", str(file)]) == 2
    assert "is there already" in capfd.readouterr().err and file.read_text() == before


@pytest.mark.parametrize(("shell", "reach"), [(None, "SUBNET"), ("SUBNET", "SUBNET"), ("LOCALHOST", "SYSTEM_DEFAULT")])
def test_a_shell_that_says_nothing_of_reach_looks_on_its_networks(
    shell: str | None, reach: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ROS does; localhost is looked at by sockets, with the settings of a session."""
    seen: list[str] = []
    for name in DECISIVE:
        monkeypatch.delenv(name, raising=False)
    if shell:
        monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", shell)

    def looked(domain: int, seconds: float) -> DomainLook:
        seen.append(os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"])
        return DomainLook(domain, seconds)

    monkeypatch.setattr(domain_look, "look", looked)
    out = str(tmp_path / "nobody.yaml")
    assert main(["robot", "probe", "--domain", "99", "--seconds", "0.5", "--out", out]) == 1
    assert seen == [reach] and os.environ.get("ROS_AUTOMATIC_DISCOVERY_RANGE") == shell, "the shell's own is as before"
