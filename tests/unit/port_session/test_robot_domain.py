"""A robot of which nothing is heard: in another domain, on another machine, or nowhere. Each is told by name."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from port_session.admission.arrivals import Flow
from port_session.admission.robot_domain import Place, place_of, robot_domain
from port_session.robots import local_participants
from port_session.robots.local_participants import domains_of, sockets_by_port
from port_session.robots.participant import Participant
from tests.unit.port_session.test_admission import EXPECTED, GOOD

SILENT = replace(GOOD, flows={})
HERE, THERE = Place(87, "", "domain"), Place(42, "192.168.1.5", "network.domain")
BASE = Participant(0, "", "python3 base.py [4711]")
ROBOT = Participant(0, "192.168.1.20", "turtlebot4", "Fast DDS")


def said(place: Place, *there: Participant, seen: Any = SILENT) -> list[str]:
    return [f"{one.name}: {one.problem} -> {one.remedy}" for one in robot_domain(seen, EXPECTED, place, there)]


def test_a_robot_that_is_heard_is_asked_nothing() -> None:
    assert said(HERE, BASE, seen=GOOD) == []


def test_a_stack_in_another_domain_of_this_machine_is_named() -> None:
    assert said(HERE, BASE) == [
        "robot.domain: odom and cmd_vel_request are heard from nobody in domain 87 here; "
        "in domain 0: python3 base.py [4711] -> if that is the robot: start it with ROS_DOMAIN_ID=87, "
        "or write `domain: 0` into the session's file"
    ]


def test_one_that_is_silent_is_looked_for_alone() -> None:
    (line,) = said(HERE, BASE, seen=replace(GOOD, flows={"cmd_vel_request": Flow(21.0)}))
    assert "odom is heard from nobody in" in line


def test_an_onlooker_in_the_right_domain_hides_no_robot_of_this_machine_in_another() -> None:
    (line,) = said(HERE, BASE, ROBOT, replace(BASE, domain=87))
    assert "; in domain 0: python3 base.py [4711] -> " in line, "and no robot of the hall is told beside it"


def test_who_is_in_the_right_domain_is_asked_for_its_topics_instead() -> None:
    half = replace(GOOD, flows={"cmd_vel_request": Flow(21.0)})
    assert said(HERE, BASE, replace(BASE, domain=87), seen=half) == []
    assert said(THERE, ROBOT, replace(ROBOT, domain=42)) == []
    assert said(HERE, replace(BASE, domain=87)) == []


def test_another_machine_cannot_be_in_a_session_that_stays_on_this_one() -> None:
    (line,) = said(HERE, replace(ROBOT, domain=87))
    assert "in domain 87: turtlebot4 (192.168.1.20, Fast DDS)" in line
    assert "it is on another machine, and reached by `network` of the session's file (docs/network.md)" in line


def test_a_robot_on_its_own_network_in_another_domain() -> None:
    (line,) = said(THERE, ROBOT)
    assert "heard from nobody in domain 42 on the network of 192.168.1.5" in line
    assert "ROS_DOMAIN_ID=42, or write `network.domain: 0`" in line


def test_several_domains_are_no_proposal_for_the_sessions_file() -> None:
    (line,) = said(THERE, ROBOT, replace(ROBOT, domain=3))
    assert line.endswith("-> if that is the robot: start it with ROS_DOMAIN_ID=42")


def test_nobody_anywhere_on_a_robots_network() -> None:
    (line,) = said(THERE)
    assert "and nobody is in any other -> power and cable" in line
    assert "LOCALHOST" in line


def test_nobody_anywhere_on_this_machine_is_told_by_the_topics_alone() -> None:
    assert said(HERE) == [] == said(Place(42, "127.0.0.1", "network.domain"))


def test_where_a_session_looks_for_its_robot() -> None:
    def place(network: Any) -> Place | None:
        return place_of({"domain": 87, "description": {"session": {"network": network}}})

    assert place(None) == HERE
    assert place({"way": "domain", "domain": 42, "interface": "192.168.1.5"}) == THERE
    assert place({"way": "link", "domain": 0}) is None


def test_a_participant_holds_two_ports_side_by_side() -> None:
    assert domains_of([17900, 17910, 17911]) == (42,), "Fast DDS with multicast"
    assert domains_of([17910, 17911, 7410, 7411]) == (0, 42)
    assert domains_of([17900, 17901, 40123]) == (42,), "Cyclone DDS: other ports are any"
    assert domains_of([17900, 14550, 8125, 8126]) == (), "one port is anybody's; odd pairs are no participant's"
    assert domains_of([17904, 17905]) == (), "which no participant has"
    assert domains_of([33000, 33001]) == (), "given by chance"
    assert domains_of([80, 7399, 7398]) == ()


def test_a_kernel_that_shows_no_sockets_keeps_nobody_from_checking(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(local_participants, "_TABLE", tmp_path / "none")
    assert local_participants.local_participants() == ()


def test_the_kernels_table_of_sockets() -> None:
    lines = [
        "  12: 00000000:45F6 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4242 2 0000 0",
        "  13: 0100007F:45F6 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4243 2 0000 0",
        "nonsense",
    ]
    assert sockets_by_port(lines) == {17910: {"4242", "4243"}}
