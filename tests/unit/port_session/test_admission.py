"""The admission check judges what was seen; each fault comes with its remedy."""

import pytest

from port_ros.machine_load import MachineLoad
from port_session.admission.finding import Finding, table
from port_session.admission.judge import Diagnosis, Publisher, Seen, judge
from port_session.description.expectations import Stream

ODOM = Stream(topic="odom", type="nav_msgs/msg/Odometry", min_hz=10.0, remedy="start the odometry")
GOOD = Seen(
    seconds=2.0,
    diagnostics={"gate": Diagnosis("gate", "ok", "200 Hz")},
    rates_hz={"odom": 50.0},
    publishers={
        "odom": (Publisher("robot", "nav_msgs/msg/Odometry"),),
        "cmd_vel": (Publisher("gate", "geometry_msgs/msg/Twist"),),
    },
    safety=("STANDBY", "ready to be armed", ""),
)


def findings(**changes: object) -> dict[str, Finding]:
    seen = Seen(**{**GOOD.__dict__, **changes})  # type: ignore[arg-type]
    return {finding.name: finding for finding in judge(seen, [ODOM], ["gate"], "cmd_vel")}


def test_all_well() -> None:
    assert all(finding.ok for finding in findings().values())


@pytest.mark.parametrize(
    ("changes", "name", "problem", "remedy"),
    [
        ({"diagnostics": {}}, "gate", "says nothing in /diagnostics", "log"),
        ({"diagnostics": {"gate": Diagnosis("gate", "error", "hung", "restart")}}, "gate", "hung", "restart"),
        ({"rates_hz": {"odom": 2.0}}, "odom", "2.0 Hz, expected 10 Hz or more", "start the odometry"),
        ({"publishers": {"cmd_vel": GOOD.publishers["cmd_vel"]}}, "odom", "nobody publishes it", "start the odometry"),
        (
            {"publishers": {**GOOD.publishers, "odom": (Publisher("r", "x/msg/Y"),)}},
            "odom", "r publishes x/msg/Y, expected nav_msgs/msg/Odometry", "profile",
        ),
        (
            {"publishers": {**GOOD.publishers, "cmd_vel": (Publisher("gate", "t"), Publisher("teleop", "t"))}},
            "cmd_vel", "published by teleop past the gate", "remap",
        ),
        ({"safety": None}, "safety", "the gate says nothing", "log"),
        ({"safety": ("STOPPED", "estop pressed", "release it")}, "safety", "STOPPED: estop pressed", "release it"),
    ],
)  # fmt: skip
def test_each_fault_has_its_remedy(changes: dict[str, object], name: str, problem: str, remedy: str) -> None:
    finding = findings(**changes)[name]
    assert not finding.ok and problem in finding.problem and remedy in finding.remedy


BUSY = MachineLoad(13.0, 2, 0.97)


@pytest.mark.parametrize(
    ("changes", "name", "remedy"),
    [
        ({"rates_hz": {"odom": 2.0}}, "odom", "end other work on it"),
        ({"rates_hz": {}}, "odom", "end other work on it; if it stays, start the odometry"),
        ({"publishers": {}}, "odom", "end other work on it; if it stays, start the odometry"),
        ({"diagnostics": {}}, "gate", "end other work on it; if it stays, see its log, and `port session state`"),
        ({"safety": None}, "safety", "end other work on it; if it stays, see log/gate.log"),
    ],
)
def test_a_machine_that_is_too_busy_is_named_before_the_robot_is_blamed(
    changes: dict[str, object], name: str, remedy: str
) -> None:
    finding = findings(**changes, load=BUSY)[name]
    assert not finding.ok and finding.remedy == f"this machine is too busy (load 13 on 2 cores), {remedy}"


def test_what_is_wrong_for_another_reason_is_not_laid_on_the_machine() -> None:
    others = (Publisher("gate", "t"), Publisher("teleop", "t"))
    finding = findings(publishers={**GOOD.publishers, "cmd_vel": others}, load=BUSY)["cmd_vel"]
    assert not finding.ok and "busy" not in finding.remedy


def test_table_for_people() -> None:
    text = table([Finding("a", True, detail="fine"), Finding("long name", False, "broken", "mend it")])
    assert text.splitlines() == [
        "a          ok  fine",
        "long name  !!  broken",
        "               -> mend it",
        "1 of 2 not ok",
    ]
