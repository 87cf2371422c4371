"""What is wrong on the robot's side is told by name, with what mends it."""

import msgspec
import pytest

from port_session.border.echo import Offset
from port_session.border.findings import Endpoints, Report, as_report, faults, foreign
from tests.border_rows import NAV, ROWS, TWIST

BASE = ["/base", TWIST, "", "reliable"]
GOOD = {
    "/cmd_vel": Endpoints([], [BASE]),
    "/cmd_vel_request": Endpoints([["/nav", TWIST, "", "reliable"]], []),
    "/odom": Endpoints([["/base", NAV, "", "reliable"]], []),
}


def told(report: Report, offset: Offset | None = None) -> list[tuple[str, str]]:
    return [(fault.what, fault.remedy) for fault in faults(report, ROWS, offset)]


def changed(
    topic: str, publishers: list[list[str]] | None = None, subscribers: list[list[str]] | None = None
) -> Report:
    ends = GOOD[topic]
    now = Endpoints(
        ends.publishers if publishers is None else publishers, ends.subscribers if subscribers is None else subscribers
    )
    return Report({**GOOD, topic: now})


def test_a_robot_that_is_right() -> None:
    assert told(Report(GOOD), Offset(0, 40_000_000, 2_000_000)) == []


def test_nobody_hears_the_stop() -> None:
    report = changed("/cmd_vel", subscribers=[])
    ((what, remedy),) = told(report)
    assert what == "nobody listens to /cmd_vel on the robot's side: it would not hear a stop"
    assert remedy.startswith("start the robot's base driver or controller")
    elsewhere = msgspec.structs.replace(report, seen=[("/robot1/cmd_vel", [TWIST]), ("/cmd_vel", [TWIST])])
    assert told(elsewhere)[0][0].endswith("it would not hear a stop; there is /robot1/cmd_vel")


def test_a_base_of_another_type() -> None:
    ((what, remedy),) = told(changed("/cmd_vel", subscribers=[["/base", "geometry_msgs/msg/TwistStamped", "", "r"]]))
    assert what == f"/base listens to /cmd_vel as geometry_msgs/msg/TwistStamped, the gate sends {TWIST}"
    assert remedy == "set topics.command_type in the robot's profile to what it listens to"


def test_somebody_beside_port() -> None:
    report = changed("/cmd_vel", publishers=[["/teleop", TWIST, "", "reliable"], ["/teleop", TWIST, "", "reliable"]])
    assert foreign(report, ROWS) == ["/teleop"]
    assert told(report)[0][0] == "/teleop publishes on the robot's command topic beside port"


@pytest.mark.parametrize(
    ("topic", "remedy"), [("/odom", "start the robot's odometry"), ("/cmd_vel_request", "start the robot's stack")]
)
def test_what_the_gate_needs_is_not_there(topic: str, remedy: str) -> None:
    ((what, mend),) = told(changed(topic, publishers=[]))
    assert what == f"nobody publishes {topic} on the robot's side" and mend.startswith(remedy)


def test_two_of_one_or_of_another_type() -> None:
    two = changed("/odom", publishers=[["/ekf", NAV, "", ""], ["/base", NAV, "", ""]])
    assert told(two) == [("2 publishers on /odom: /base, /ekf", "end or remap all but one")]
    other = changed("/odom", publishers=[["/base", "geometry_msgs/msg/Pose", "", ""]])
    assert told(other)[0][0] == f"/base publishes /odom as geometry_msgs/msg/Pose, the robot's profile says {NAV}"


def test_a_type_that_the_robots_side_does_not_have() -> None:
    report = Report(GOOD, missing={"/odom": NAV, "/cmd_vel": TWIST})
    assert [what for what, _ in told(report)] == [
        f"{TWIST} is not installed on the robot's side", f"{NAV} of /odom is not installed on the robot's side"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("ahead_ms", "words"), [(310, "0.310 s ahead of"), (-1000, "1.000 s behind"), (51, None), (-50, None)]
)
def test_a_clock_that_is_off_by_more_than_is_sure(ahead_ms: int, words: str | None) -> None:
    found = told(Report(GOOD), Offset(0, ahead_ms * 1_000_000, 2_000_000))
    assert ([] if words is None else [f"the robot's clock is {words} this machine's (± 2.0 ms)"]) == [
        w for w, _ in found
    ]


def test_what_is_no_report_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        as_report({"topics": {"/odom": {"publishers": [7]}}})
    assert as_report({"topics": {"/odom": {"publishers": [BASE], "subscribers": []}}}).topics["/odom"].publishers == [
        BASE
    ]
