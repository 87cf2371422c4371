"""A session whose robot has computers of its own: what is started, what crosses, who may speak for the robot."""

import json
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from port_safety.ros.parameters import make_gate, split
from port_session.border import robot_network
from port_session.border.robot_network import udp_ports
from port_session.description.errors import DescriptionError
from port_session.description.resolve import Resolved, resolve
from tests.unit.port_session.test_resolve import CONFIG, publishers, variant

DOMAIN: dict[str, object] = {"way": "domain", "domain": 42, "interface": "192.168.10.1"}
LINK: dict[str, object] = {"way": "link", "listen": "192.168.10.1:7450"}


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/x")


def behind(tmp_path: Path, network: dict[str, object], **changes: object) -> Resolved:
    return resolve(str(variant(tmp_path, network=network, **changes)), out=tmp_path / "out")


def test_a_robot_in_the_sessions_own_domain_has_no_border() -> None:
    demo = resolve(str(CONFIG / "sessions" / "demo.yaml"))
    assert not {"border", "robot_side"} & {process.name for process in demo.processes}
    assert "border" not in demo.process("gate").parameters["rules"]


@pytest.mark.parametrize("robot", ["sim_wheeled", "sim_quadruped", "sim_humanoid"])
def test_the_gate_of_a_robot_behind_a_border_judges_it(tmp_path: Path, robot: str) -> None:
    trial = "lane_walk" if robot == "sim_humanoid" else "lane_drive"
    tree = behind(tmp_path, DOMAIN, robot=robot, trial=trial).process("gate").parameters
    assert "border" in make_gate(*split(tree)).envelope.watched
    who = publishers(behind(tmp_path, DOMAIN, robot=robot, trial=trial))
    assert who["border/state"] == who["odom"] == who["cmd_vel_request"] == ["border"]


def test_an_arm_is_carried_by_its_joints(tmp_path: Path) -> None:
    rows = behind(tmp_path, LINK, robot="sim_arm", trial="arm_reach").process("border").parameters
    assert rows["command_in"]["type"] == "trajectory_msgs/msg/JointTrajectory" == rows["command_out"]["type"]
    assert "joint_states" in rows["channels"] and "odometry" not in rows["channels"]
    assert rows["joints"] and rows["joint_states"]["topic"] == "/" + rows["joint_states"]["ground_topic"]


@pytest.mark.parametrize(("robot", "kind"), [("sim_quadruped", "quadruped"), ("sim_humanoid", "humanoid")])
def test_a_robot_with_legs_that_is_cut_off_goes_down_in_the_stages_of_its_stop(
    tmp_path: Path, robot: str, kind: str
) -> None:
    trial = "lane_walk" if robot == "sim_humanoid" else "lane_drive"
    resolved = behind(tmp_path, DOMAIN, robot=robot, trial=trial)
    tree = resolved.process("border").parameters
    profile = make_gate(*split(resolved.process("gate").parameters)).profile
    told = list(zip(tree["stages"], tree["stages_after_s"], strict=True))
    assert told == [(stage.name, before.by_s) for before, stage in pairwise(profile.stages[:-1])]


def test_the_most_urgent_goes_first_and_the_ground_keeps_the_rest(tmp_path: Path) -> None:
    channels = behind(tmp_path, DOMAIN).process("border").parameters["channels"]
    assert channels[:4] == ["command_out", "stop_stage", "command_in", "odometry"]
    carried = {channel: behind(tmp_path, DOMAIN).process("border").parameters[channel] for channel in channels}
    inward = {row["ground_topic"] for row in carried.values() if row["direction"] == "in"}
    assert inward == {"cmd_vel_request", "odom"}, "a team says what it asks and what its robot does, nothing else"
    outward = {row["ground_topic"] for row in carried.values() if row["direction"] == "out"}
    assert not {"estop/state", "safety/enable", "safety/event"} & outward


def test_names_on_the_robots_side(tmp_path: Path) -> None:
    rows = behind(tmp_path, {**DOMAIN, "namespace": "/robot1"}).process("border").parameters
    assert rows["command_out"]["topic"] == "/robot1/cmd_vel" and rows["command_out"]["ground_topic"] == "cmd_vel"


def test_this_machine_joins_the_robots_domain_on_one_interface(tmp_path: Path) -> None:
    side = behind(tmp_path, {**DOMAIN, "peers": ["192.168.10.2"]}).process("robot_side")
    assert side.environment["ROS_DOMAIN_ID"] == "42"
    assert side.environment["FASTRTPS_DEFAULT_PROFILES_FILE"] == "/run/x/port/demo/robot_dds.xml"
    tree = ElementTree.fromstring(side.files["robot_dds.xml"])  # noqa: S314  (our own)
    addresses = [one.text for one in tree.iter() if one.tag.endswith("}address")]
    assert addresses == ["192.168.10.1", "192.168.10.2", "192.168.10.1"]
    assert json.loads(side.files["robot_link.json"]) == {"connect": "/run/x/port/demo/border.sock"}


def test_what_plays_the_robot_is_in_its_domain_and_all_else_is_not(tmp_path: Path) -> None:
    there = {p.name for p in behind(tmp_path, DOMAIN).processes if p.environment.get("ROS_DOMAIN_ID") == "42"}
    assert there == {"robot", "driver", "robot_side"}
    assert behind(tmp_path, DOMAIN).process("robot").namespace == "/"


def test_a_linked_robot_starts_its_side_itself(tmp_path: Path) -> None:
    robot = yaml.safe_load((CONFIG / "robots" / "sim_wheeled.yaml").read_text()) | {"name": "real", "simulated": False}
    file = variant(tmp_path, network=LINK, robot="real", stack="own")
    (tmp_path / "robots").unlink()
    (tmp_path / "robots").mkdir()
    (tmp_path / "robots" / "real.yaml").write_text(yaml.safe_dump(robot))
    resolved = resolve(str(file))
    assert {"border", "robot_side"} & {process.name for process in resolved.processes} == {"border"}
    assert resolved.process("border").parameters["listen"] == "192.168.10.1:7450"
    assert resolved.process("border").parameters["certificates"].endswith("port/link")


@pytest.mark.parametrize(
    ("network", "key", "words"),
    [
        ({"way": "domain", "interface": "10.0.0.1"}, "network.domain", "missing: the way 'domain' needs it"),
        ({"way": "domain", "domain": 4}, "network.interface", "missing"),
        ({"way": "link"}, "network.listen", "missing: the way 'link' needs it"),
        ({**LINK, "interface": "10.0.0.1"}, "network.interface", "means nothing on the way 'link'"),
        ({**DOMAIN, "listen": "10.0.0.1:7450"}, "network.listen", "means nothing on the way 'domain'"),
        ({**DOMAIN, "interface": "eth1"}, "network.interface", "expected an IPv4 address such as 192.168.10.1"),
        ({**DOMAIN, "peers": ["10.0.0.2", "robot"]}, "network.peers[1]", "expected an IPv4 address"),
        ({"way": "link", "listen": "0.0.0.0:7450"}, "network.listen", "is no address of one machine"),
        ({"way": "link", "listen": "10.0.0.1"}, "network.listen", ""),
        ({"way": "link", "listen": "10.0.0.1:80"}, "network.listen", "a port from 1024 to 65535"),
        ({**LINK, "certificates": "link"}, "network.certificates", "expected a folder's whole path"),
        ({**DOMAIN, "namespace": "robot1"}, "network.namespace", "expected a ROS namespace such as /robot1"),
        ({**DOMAIN, "domain": 233}, "network.domain", ""),
        ({"way": "bridge"}, "network.way", ""),
    ],
)
def test_a_network_that_cannot_be(tmp_path: Path, network: dict[str, object], key: str, words: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        behind(tmp_path, network)
    assert caught.value.key == key and words in caught.value.problem


def test_which_ports_a_firewall_must_let_through() -> None:
    """DDSI-RTPS 2.5, 9.6.1.1: 7400 + 250 × domain, then 0, 1, and 10 and 11 + 2 × participant."""
    assert udp_ports(0, 1) == (7400, 7411) and udp_ports(42, 8) == (17900, 17925)


def test_discovery_by_multicast_unless_peers_are_named(tmp_path: Path) -> None:
    assert "initialPeersList" not in behind(tmp_path, DOMAIN).process("robot_side").files["robot_dds.xml"]
    assert robot_network.environment("/run/x", 7)["ROS_DOMAIN_ID"] == "7"
