"""A profile out of what was seen: kinds, the right one of several topics, what will not do; nothing is made up."""

from dataclasses import replace

import pytest

from port_ros.yaml_file import parse_yaml
from port_session.robots.domain_look import DomainLook, JointContent, OdometryContent, TopicEnd, TopicLook
from port_session.robots.profile_draft import FIGURES, Entry, scalar, text
from port_session.robots.profile_guess import IMU, JOINT_COMMANDS, JOINT_STATES, ODOMETRY, TWISTS, NoRobot, draft, found
from port_session.robots.profile_guess import remarks as all_remarks
from port_session.robots.shown import table

TWIST, STAMPED = TWISTS
TRAJECTORY, VELOCITIES = JOINT_COMMANDS
HASH = "RIHS01_aa"


def listened(name: str, kind: str, *nodes: str, by: str = "") -> TopicLook:
    """A topic that nodes listen to; published `by` a node of the stack, if it is."""
    ends = tuple(TopicEnd(node, kind, HASH, "reliable", "volatile") for node in nodes or ("/base",))
    return TopicLook(name, (TopicEnd(by, kind, HASH, "reliable", "volatile"),) if by else (), ends)


def said(name: str, kind: str, node: str = "/base", rate_hz: float = 50.0) -> TopicLook:
    return TopicLook(name, (TopicEnd(node, kind, HASH, "best_effort", "volatile"),), rate_hz=rate_hz, lag_s=0.01,
                     zero_stamps=0.0, frame_id="odom", child_frame_id="base_link")  # fmt: skip


def odometry(name: str = "/odom", height_m: float = 0.0, moved_m: float = 0.0, twist: bool = True) -> TopicLook:
    return replace(said(name, ODOMETRY), odometry=OdometryContent(moved_m, twist, height_m, height_m))


def joints(*names: str, velocities: bool = True) -> TopicLook:
    return replace(said("/joint_states", JOINT_STATES), joints=JointContent(names, velocities))


def look(*topics: TopicLook) -> DomainLook:
    return DomainLook(42, 10.0, ("/base",), topics)


def remarks(seen: DomainLook) -> str:
    return "\n".join(all_remarks(seen, found(seen)))


@pytest.mark.parametrize(
    ("names", "height_m", "imu", "kind", "likely"),
    [
        ((), 0.0, False, "wheeled", False),
        (("left_wheel_joint", "right_wheel_joint"), 0.0, True, "wheeled", False),
        (("FL_hip_joint", "FL_thigh_joint", "FL_calf_joint"), 0.3, True, "quadruped", True),
        (("front_left_hip_x", "front_left_knee"), 0.5, False, "quadruped", True),
        (("left_hip_pitch_joint", "left_knee_joint", "waist_yaw_joint"), 0.75, True, "humanoid", True),
        ((), 0.32, True, "quadruped", True),
        ((), 0.75, True, "humanoid", True),
        ((), 0.2, False, "wheeled", False),
    ],
)
def test_the_kind_of_a_robot_that_takes_a_twist(
    names: tuple[str, ...], height_m: float, imu: bool, kind: str, likely: bool
) -> None:
    seen = look(
        listened("/cmd_vel", TWIST), odometry(height_m=height_m), *([joints(*names)] if names else []),
        *([said("/imu", IMU)] if imu else []),
    )  # fmt: skip
    guessed = found(seen).kind
    assert (guessed.name, guessed.likely) == (kind, likely)
    lines = text(*draft(seen, "mine"))
    assert ("a guess, correct it if it is wrong" in lines) == likely


def test_an_arm_is_what_takes_joints_and_has_no_twist() -> None:
    seen = look(
        joints("elbow_joint", "gripper_finger_joint"), listened("/controller/joint_trajectory", TRAJECTORY, "/arm"),
        listened("/velocity/commands", VELOCITIES, "/arm"),
    )  # fmt: skip
    tree = parse_yaml(text(*draft(seen, "mine")))
    assert tree["kind"] == "arm" and tree["joints"]["names"] == ["elbow_joint"]
    assert tree["topics"]["command_out"] == "/controller/joint_trajectory" and "odometry" not in tree["topics"]
    assert "it could be commanded on /velocity/commands, too" in remarks(seen)


def test_a_base_with_an_arm_on_it_is_commanded_as_a_base() -> None:
    seen = look(listened("/cmd_vel", TWIST), odometry(), joints("elbow"), listened("/arm/joint_trajectory", TRAJECTORY))
    assert found(seen).command.name == "/cmd_vel" and "/arm/joint_trajectory, too" in remarks(seen)


def test_of_several_twists_the_one_that_the_robots_own_driver_listens_to() -> None:
    seen = look(
        listened("/cmd_vel_nav", TWIST, "/smoother", by="/planner"), listened("/drive", TWIST, "/base", by="/smoother"),
        odometry(),
    )  # fmt: skip
    assert found(seen).command.name == "/drive"
    assert "/drive: published by /smoother now; remap that to /drive_request" in remarks(seen)


def test_the_odometry_is_the_one_that_is_called_so() -> None:
    assert found(look(listened("/cmd_vel", TWIST), odometry("/a/visual"), odometry("/b/odom"))).odometry == odometry(
        "/b/odom"
    )


def test_no_figure_is_made_up() -> None:
    for kind, seen in {
        "wheeled": look(listened("/cmd_vel", TWIST), odometry()),
        "quadruped": look(listened("/cmd_vel", TWIST), odometry(), joints("FL_hip_joint")),
        "humanoid": look(listened("/cmd_vel", TWIST), odometry(), joints("left_hip", "waist")),
        "arm": look(joints("a"), listened("/t/joint_trajectory", TRAJECTORY)),
    }.items():
        _, entries = draft(seen, "mine")
        assert {entry.key for entry in entries if entry.blank} == {*FIGURES[kind]}
        assert all(entry.comment.startswith("FILL IN: ") for entry in entries if entry.blank)


def test_a_topic_that_nobody_publishes_is_left_to_fill_in() -> None:
    _, entries = draft(look(listened("/cmd_vel", TWIST)), "mine")
    assert [entry.value for entry in entries if entry.key == "topics.odometry"] == [None]


@pytest.mark.parametrize(
    ("topics", "words"),
    [
        ((), "nobody listens to"),
        ((said("/scan", "sensor_msgs/msg/LaserScan"),), "topics seen: /scan"),
        ((listened("/t/joint_trajectory", TRAJECTORY),), "nobody publishes sensor_msgs/msg/JointState"),
    ],
)
def test_nothing_to_command(topics: tuple[TopicLook, ...], words: str) -> None:
    with pytest.raises(NoRobot, match=words):
        draft(look(*topics), "mine")


@pytest.mark.parametrize(
    ("topics", "words"),
    [
        ((replace(odometry(), rate_hz=5.0),), "5 Hz, the gate wants 20 Hz or more"),
        ((replace(odometry(), rate_hz=0.0),), "nothing came; is the robot switched on?"),
        ((replace(odometry(), zero_stamps=1.0, lag_s=float("nan")),), "stamps are 0"),
        ((replace(odometry(), lag_s=1.0),), "1.00 s behind this machine's clock"),
        ((replace(odometry(), lag_s=-0.4),), "0.40 s ahead of this machine's clock"),
        ((odometry(moved_m=0.5, twist=False),), "its position changes and its twist is zero"),
        ((replace(odometry(), publishers=(TopicEnd("/a", ODOMETRY), TopicEnd("/b", ODOMETRY))),), "2 publishers (/a"),
    ],
)  # fmt: skip
def test_odometry_that_will_not_do(topics: tuple[TopicLook, ...], words: str) -> None:
    seen = look(listened("/cmd_vel", TWIST), *topics)
    assert words in remarks(seen)
    assert words in text(*draft(seen, "mine")), "and stands in the file"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (
            TopicLook("/cmd_vel", (TopicEnd("/nav", STAMPED, HASH),), (TopicEnd("/base", TWIST, HASH),)),
            f"{STAMPED} is published there and {TWIST} is listened to",
        ),
        (
            TopicLook("/cmd_vel", (), (TopicEnd("/base", TWIST, HASH, "reliable", "transient_local"),)),
            "asks for transient local",
        ),
        (
            TopicLook("/cmd_vel", (TopicEnd("/nav", TWIST, HASH, "best_effort"),), (TopicEnd("/base", TWIST, HASH),)),
            "your stack publishes best effort",
        ),
    ],
)
def test_a_command_topic_that_will_not_do(command: TopicLook, words: str) -> None:
    assert words in remarks(look(command, odometry()))


def test_a_robot_without_type_hashes_is_of_an_older_distribution() -> None:
    old = TopicLook("/cmd_vel", (), (TopicEnd("/base", TWIST),))
    assert "Humble or older" in remarks(look(old))
    assert "Humble" not in remarks(look(listened("/cmd_vel", TWIST)))


def test_joints_without_velocity_do_not_measure_an_arm() -> None:
    seen = look(joints("a", velocities=False), listened("/t/joint_trajectory", TRAJECTORY))
    assert "no velocities" in remarks(seen)


@pytest.mark.parametrize(
    "value", ["/a/b", "rover", "null", "true", "1e3", "a b", "x: y", "-", "#", "ü", '"', 1.5, [1, "a"]]
)
def test_what_is_written_is_what_is_read(value: object) -> None:
    assert parse_yaml(text([], [Entry("a.b", value, "a comment")])) == {"a": {"b": value}}
    assert parse_yaml(scalar(value)) == value


def test_a_long_list_has_its_comment_above() -> None:
    names = [f"joint_number_{number}" for number in range(12)]
    written = text([], [Entry("joints.names", names, "check the order")])
    assert "  # check the order\n  names: [" in written and parse_yaml(written) == {"joints": {"names": names}}


def test_the_table_shows_who_publishes_and_who_listens() -> None:
    shown = table(
        look(
            listened("/cmd_vel", TWIST, by="/nav"),
            odometry(),
            replace(said("/map", "x/msg/Y"), unheard="not listened to: large"),
        )
    )
    assert "/nav → /base" in shown and "50 Hz, frame odom → base_link" in shown and "not listened to: large" in shown


def test_a_look_goes_through_json_and_back() -> None:
    seen = look(listened("/cmd_vel", TWIST), odometry(), joints("a"))
    back = DomainLook.from_json(seen.to_json())
    assert back.topics[1:] == seen.topics[1:], "what is no number would differ from itself"
    assert back.topics[0].name == "/cmd_vel" and back.topics[0].rate_hz != back.topics[0].rate_hz
