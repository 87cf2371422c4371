"""Somebody in another ROS domain is found: on this machine by its ports, on a network by its announcements."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from port_ros.interface_profile import interface_environment, interface_profile
from port_session.robots import announcements
from port_session.robots.announcements import Announcements
from port_session.robots.local_participants import local_participants
from port_session.robots.participant import Participant
from port_session.supervisor import guardian
from tests.loopback import as_a_team
from tests.waiting import PATIENCE_S, wait_until

_STRANGER = """\
import rclpy
rclpy.init()
node = rclpy.create_node("stranger")
print("up", flush=True)
rclpy.spin(node)
"""


@pytest.fixture
def stranger(request: pytest.FixtureRequest, ros_domain: int, tmp_path: Path) -> Iterator[int]:
    """Somebody in `ros_domain`, with these variables beside; its process id."""
    variables: dict[str, str] = {**getattr(request, "param", {})}
    if "announces" in variables:
        (tmp_path / "dds.xml").write_text(interface_profile(variables.pop("announces")))
        variables.update(interface_environment(str(tmp_path / "dds.xml")))
    process = subprocess.Popen(
        [sys.executable, "-c", _STRANGER],
        env={**as_a_team(dict(os.environ)), **variables},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "up\n"
    yield process.pid
    process.kill()
    process.communicate(timeout=PATIENCE_S)


def domains_by_process() -> dict[str, int]:
    return {one.name.rpartition("[")[2][:-1]: one.domain for one in local_participants()}


def test_who_keeps_to_localhost_is_found_by_its_ports(stranger: int, ros_domain: int) -> None:
    (found,) = [one for one in local_participants() if one.name.endswith(f"[{stranger}]")]
    assert found == Participant(ros_domain, "", f"{Path(sys.executable).name} [{stranger}]")


@pytest.mark.parametrize("stranger", [{guardian.MARK: "1"}], indirect=True)
def test_a_sessions_own_process_is_no_stranger(stranger: int) -> None:
    assert str(stranger) not in domains_by_process()


@pytest.mark.parametrize("stranger", [{"announces": "127.0.0.1"}], indirect=True)
def test_who_announces_itself_is_heard(stranger: int, ros_domain: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is on this machine, for there is no other: the test takes it for one of another."""
    monkeypatch.setattr(announcements, "_of_this_machine", lambda address: False)
    with Announcements("127.0.0.1") as heard:
        wait_until(lambda: ros_domain in {one.domain for one in heard.heard()}, what="it announces itself")
    found = {one for one in heard.heard() if one.domain == ros_domain}
    assert {(one.address, one.vendor) for one in found} == {("127.0.0.1", "Fast DDS")}
    assert all(one.name for one in found)


@pytest.mark.parametrize("stranger", [{"announces": "127.0.0.1"}], indirect=True)
def test_who_is_of_this_machine_is_left_to_its_ports(stranger: int, ros_domain: int) -> None:
    with Announcements() as heard:
        wait_until(lambda: str(stranger) in domains_by_process(), what="it has its ports")
    assert ros_domain not in {one.domain for one in heard.heard()}
