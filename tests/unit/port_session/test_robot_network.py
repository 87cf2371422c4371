"""Before a session starts: can this machine reach the robot as its file says?"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from port_session.admission.robot_network import robot_network
from port_session.border.certificates import invite, revoke


def session(**network: Any) -> dict[str, Any]:
    return {"team": "blue", "network": network}


DOMAIN = {"way": "domain", "domain": 42, "interface": "127.0.0.1"}


def told(described: dict[str, Any], running: list[dict[str, Any]] | None = None) -> list[tuple[str, bool, str]]:
    return [(one.name, one.ok, one.problem or one.detail) for one in robot_network(described, running or [])]


def test_a_robot_in_the_sessions_domain_needs_nothing() -> None:
    assert told({"team": "blue", "network": None}) == [] == told({"team": "blue"})


def test_the_domain_and_what_a_firewall_must_pass() -> None:
    assert told(session(**DOMAIN)) == [
        ("network.interface", True, "127.0.0.1"),
        ("network.domain", True, "42; a firewall must pass UDP 17900 to 17925"),
    ]


def test_an_address_that_this_machine_does_not_have() -> None:
    name, ok, problem = told(session(**{**DOMAIN, "interface": "192.0.2.1"}))[0]
    assert (name, ok) == ("network.interface", False) and "192.0.2.1 is no address of this machine" in problem


def test_two_robots_in_one_domain_on_one_network_are_refused() -> None:
    other = {"session": "first", "description": {"session": session(**DOMAIN)}}
    assert told(session(**DOMAIN), [other])[1] == (
        "network.domain", False, "the robot of session first is in domain 42 on 127.0.0.1, too",
    )  # fmt: skip
    elsewhere = {"session": "first", "description": {"session": session(**{**DOMAIN, "interface": "127.0.0.2"})}}
    without = {"session": "second", "description": {"session": {"network": None}}}
    assert all(ok for _, ok, _ in told(session(**DOMAIN), [elsewhere, without]))


@pytest.mark.parametrize("state", ["none", "another team's", "good", "taken back", "over", "damaged"])
def test_a_link_needs_its_teams_certificate(tmp_path: Path, state: str) -> None:
    if state != "none":
        lasts = timedelta(seconds=-1) if state == "over" else timedelta(hours=1)
        invite(tmp_path, "red" if state == "another team's" else "blue", lasts)
    if state == "taken back":
        revoke(tmp_path, "blue")
    if state == "damaged":
        (tmp_path / "teams" / "blue" / "robot.crt").write_text("no certificate")
    ((name, ok, problem),) = told(session(way="link", listen="127.0.0.1:7450", certificates=str(tmp_path)))
    assert (name, ok) == ("network.certificates", state == "good"), problem
    (found,) = robot_network(session(way="link", listen="x", certificates=str(tmp_path)), [])
    assert found.remedy.startswith("port robot invite blue") or state == "good"
