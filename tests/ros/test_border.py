"""The border between two ROS domains, as real processes: what crosses, what does not, and what silence does."""

import contextlib
import signal
import socket
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped, Twist, TwistStamped
from port_interfaces.msg import (
    BorderState,
    EnableHeartbeat,
    EstopState,
    SafetyEvent,
    SessionState,
    ZoneOccupancy,
)
from port_interfaces.srv import Reset
from std_msgs.msg import String

from port_ros import qos
from port_session.border import certificates
from port_session.border.frames import DATA, GRAPH, HELLO, Frame, encode
from port_session.border.printed import printed
from tests.border_bench import TEAM, Border, RobotPeer
from tests.waiting import wait_until


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(params=["domain", "link"])
def border(request: pytest.FixtureRequest, ros_domain: int, tmp_path: Path) -> Iterator[Border]:
    if request.param == "link":
        certificates.invite(tmp_path / "ground", TEAM, timedelta(hours=1))
        made = Border(tmp_path, ros_domain, tmp_path / "ground", free_port())
    else:
        made = Border(tmp_path, ros_domain)
    yield made
    made.close()


def test_commands_and_claims_cross_and_nothing_else_does(border: Border) -> None:
    strange = border.peer.keep(String, "/diary", 10)
    diary = border.robot.node.create_publisher(String, "/diary", 10)
    border.robot.every(0.05, lambda: diary.publish(String(data="ours")))
    border.until_up().until_heard(0.25)
    border.odom_x, border.request_x = 3.5, 0.75
    wait_until(lambda: border.odometry and border.odometry[-1].pose.pose.position.x == 3.5, what="the odometry")
    wait_until(lambda: border.requests and border.requests[-1].linear.x == 0.75, what="the request")
    names = {name for name, _ in border.robot.node.get_topic_names_and_types()}
    assert not any("estop" in name or "enable" in name or "occupancy" in name for name in names)
    assert not strange and border.peer.node.count_publishers("/diary") == 0
    told = border.until_told("domain")
    assert told.level == b"\x00", told


def test_a_latched_word_reaches_who_comes_later(border: Border) -> None:
    border.stage.publish(String(data="halt"))
    border.until_up()
    stages = border.robot.keep(String, "/safety/stop_stage", qos.STATE_LATCHED)
    wait_until(lambda: stages and stages[-1].data == "halt", what="the stage")


@pytest.mark.parametrize("fate", [signal.SIGKILL, signal.SIGSTOP])
def test_a_robot_that_hears_no_ground_is_told_to_stop(border: Border, fate: signal.Signals) -> None:
    border.until_up().until_heard(0.5)
    border.edge.send_signal(fate)
    wait_until(lambda: border.heard[-1].linear.x == 0.0, what="the stop of the robot's side")
    before = len(border.heard)
    wait_until(lambda: len(border.heard) > before + 5, what="it is said again and again")
    if fate is signal.SIGSTOP:
        border.edge.kill()
    border.edge.wait()
    border.edge = border.start_edge()
    border.until_up().until_heard(0.5)


def test_a_robot_with_legs_that_is_cut_off_is_told_to_go_down(border: Border) -> None:
    stages = border.robot.keep(String, "/safety/stop_stage", qos.STATE_LATCHED)
    border.until_up().until_heard(0.5)
    border.edge.kill()
    border.edge.wait()
    wait_until(lambda: [s for s in stages if s.data == "damp"], what="the last stage of the stop")
    assert next(stage.data for stage in stages if stage.data) == "settle" and border.heard[-1].linear.x == 0.0


@pytest.mark.parametrize("fate", [signal.SIGKILL, signal.SIGSTOP])
def test_a_robots_side_that_is_gone_is_told_by_name(border: Border, fate: signal.Signals) -> None:
    border.until_up()
    border.side.send_signal(fate)
    state = border.until_down("the connection to the robot's side is lost")
    assert "see power, cable and network of the robot's computer" in state.reason
    border.side.kill()
    border.side.wait()
    border.side = border.start_side()
    border.until_up().until_heard(0.5)


def test_nothing_old_passes_after_a_pause(border: Border) -> None:
    """The robot's side stands still while the ground says go, and then stop: it never says go afterwards."""
    border.until_up().until_heard(0.0)
    border.side.send_signal(signal.SIGSTOP)
    until_s = time.monotonic() + 1.0
    while time.monotonic() < until_s:
        border.say(1.0)
        time.sleep(0.01)
    for _ in range(30):
        border.say(0.0)
        time.sleep(0.01)
    before = len(border.heard)
    border.side.send_signal(signal.SIGCONT)
    border.until_up()
    wait_until(lambda: len(border.heard) > before, what="a command")
    border.until_heard(0.125)
    assert {message.linear.x for message in border.heard[before:]} <= {0.0, 0.125}


def test_who_commands_the_robot_beside_port_is_named(border: Border) -> None:
    border.until_up()
    other = RobotPeer(border.robot_domain, "teleop")
    other.node.create_publisher(Twist, "/cmd_vel", 1)
    wait_until(lambda: border.state and list(border.state.foreign) == ["/teleop"], what="the name")
    told = border.until_told("/teleop publishes on the robot's command topic beside port")
    assert told.values[-1].value == "remap it to the request topic, or end it"
    other.close()
    wait_until(lambda: border.state and not border.state.foreign, what="it is gone")


def test_a_second_robot_is_turned_away_and_the_first_goes_on(border: Border) -> None:
    border.until_up()
    second = border.start_side(name="second")
    try:
        log = border.folder / "second.log"
        wait_until(lambda: "a robot is connected already" in log.read_text(), what="the refusal")
        border.until_heard(0.5)
        assert border.state is not None and border.state.up
    finally:
        second.terminate()
        second.wait()


def test_a_base_of_another_type_is_named(ros_domain: int, tmp_path: Path) -> None:
    border = Border(tmp_path, ros_domain)
    border.until_up()
    stamped = RobotPeer(border.robot_domain, "stamped_base")
    stamped.keep(TwistStamped, "/cmd_vel", 10)
    told = border.until_told("/stamped_base listens to /cmd_vel as geometry_msgs/msg/TwistStamped")
    assert told.values[-1].value == "set topics.command_type in the robot's profile to what it listens to"
    stamped.close()
    border.close()


def test_the_printed_file_connects_a_robot(ros_domain: int, tmp_path: Path) -> None:
    """In a Python that finds nothing of port."""
    certificates.invite(tmp_path / "ground", TEAM, timedelta(hours=1))
    border = Border(tmp_path, ros_domain, tmp_path / "ground", free_port())
    border.side.terminate()
    border.side.wait()
    file = tmp_path / "robot_link.py"
    file.write_text(printed())
    refuse = "import sys; sys.meta_path.insert(0, type('No', (), {'find_spec': staticmethod(lambda name, *_: 1 / 0 if"
    refuse += " name.startswith('port_') and name != 'port_interfaces' else None)}));"
    run = f"{refuse} import runpy; sys.argv[0] = {str(file)!r}; runpy.run_path({str(file)!r}, run_name='__main__')"
    border.side = border.start_side(program=[sys.executable, "-c", run])
    border.until_up().until_heard(0.5)
    border.close()


def test_a_certificate_that_is_taken_back_ends_the_link_that_runs(ros_domain: int, tmp_path: Path) -> None:
    folder = tmp_path / "ground"
    certificates.invite(folder, TEAM, timedelta(hours=1))
    border = Border(tmp_path, ros_domain, folder, free_port())
    border.until_up().until_heard(0.5)
    certificates.revoke(folder, TEAM)
    border.until_down("the certificate of blue was taken back")
    wait_until(lambda: border.heard[-1].linear.x == 0.0, what="the stop of the robot's side")
    border.close()


@pytest.mark.parametrize(
    ("kind", "payload", "words"),
    [
        (GRAPH, b"[" * 100_000, "the robot's side does not say what it should"),
        (GRAPH, b'{"topics": 7}', "the robot's side does not say what it should"),
        (HELLO, b"7", "the robot's side does not say what it should"),
        (DATA, b"x" * 3_000_000, "at most"),
    ],
)
def test_a_robots_side_that_says_nonsense_is_let_go_and_the_border_lives(
    ros_domain: int, tmp_path: Path, kind: int, payload: bytes, words: str
) -> None:
    border = Border(tmp_path, ros_domain)
    border.until_up()
    border.side.terminate()
    border.side.wait()
    border.until_down("the other side says: the robot's side was ended")
    with socket.socket(socket.AF_UNIX) as mad:
        mad.connect(border.where)
        with contextlib.suppress(OSError):
            mad.sendall(encode(Frame(HELLO, 0, 0, 0, b"{}")) + encode(Frame(kind, 1, 1, 0, payload)))
        border.until_down(words)
    border.side = border.start_side()
    border.until_up().until_heard(0.5)
    border.close()


def test_what_a_team_says_in_the_grounds_name_stays_on_its_side(border: Border) -> None:
    """With full knowledge of names and types: nobody of the session hears it, and nobody there answers."""
    topics = {"estop/state": EstopState, "safety/enable": EnableHeartbeat, "ground/occupancy": ZoneOccupancy,
              "ground/robot_pose": PoseWithCovarianceStamped, "session/state": SessionState,
              "safety/event": SafetyEvent, "border/state": BorderState}  # fmt: skip
    heard = {topic: border.peer.keep(kind, topic, 10) for topic, kind in topics.items() if topic != "border/state"}
    for topic, kind in topics.items():
        for name in (f"/t/{topic}", f"/{topic}"):
            publisher = border.robot.node.create_publisher(kind, name, 10)
            border.robot.every(0.05, lambda say=publisher, what=kind: say.publish(what()))  # type: ignore[misc]
    border.until_up().until_heard(0.25)
    wait_until(lambda: len(border.odometry) > 50, what="what may cross goes on crossing")
    assert not [topic for topic, messages in heard.items() if messages]
    assert all(state.session_id == "t" for state in border.states), "border/state is the border's own"
    client = border.robot.node.create_client(Reset, "/t/safety/reset")
    assert not client.wait_for_service(timeout_sec=1.0)
