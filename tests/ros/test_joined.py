"""Commands of another shell join the session by the session's middleware settings, whatever that shell's say."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from port_interfaces.msg import SessionState

from port_ros import qos
from port_session.supervisor.middleware import DECISIVE, PROFILE, PROFILE_FILE, decisive_environment
from tests.ros_peer import Peer
from tests.waiting import PATIENCE_S

READ_STATE = """
import json, sys
from port_session.ros.command_client import read_state
print(json.dumps(read_state(json.loads(sys.argv[1]))))
"""


def read_in_a_shell_of_its_own(record: dict[str, Any], **environment: str) -> dict[str, Any]:
    words = [sys.executable, "-c", READ_STATE, json.dumps(record)]
    done = subprocess.run(
        words, env={**os.environ, **environment}, capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.parametrize(
    "shell", [{"ROS_AUTOMATIC_DISCOVERY_RANGE": "OFF"}, {"ROS_DISCOVERY_SERVER": "127.0.0.1:11811"}]
)
def test_a_second_shell_finds_the_session_whatever_its_own_middleware_settings_are(
    ros_domain: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: dict[str, str]
) -> None:
    for name in DECISIVE:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / PROFILE_FILE).write_text(PROFILE)
    environment = decisive_environment({}, tmp_path)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    session = Peer()
    try:
        publisher = session.node.create_publisher(SessionState, "session/state", qos.STATE_LATCHED)
        publisher.publish(SessionState(session_id="t", state=SessionState.ADMITTED, reason="it is there"))
        record = {"namespace": "/t", "domain": ros_domain}
        assert not read_in_a_shell_of_its_own(record, **shell)["accepted"], "by its own settings it finds nothing"
        answer = read_in_a_shell_of_its_own({**record, "environment": environment}, **shell)
        told = {key: answer[key] for key in ("accepted", "state", "reason", "run")}
        assert told == {"accepted": True, "state": "ADMITTED", "reason": "it is there", "run": 0}
    finally:
        session.close()


def test_all_that_decides_who_meets_is_in_the_record_and_nothing_else() -> None:
    given = {"ROS_STATIC_PEERS": "10.0.0.7", "RMW_IMPLEMENTATION": "rmw_fastrtps_cpp", "HOME": "/root", "PATH": "/bin"}
    assert decisive_environment(given, Path("/run/x")) == {
        "ROS_STATIC_PEERS": "10.0.0.7", "RMW_IMPLEMENTATION": "rmw_fastrtps_cpp",
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST", "FASTDDS_BUILTIN_TRANSPORTS": "UDPv4",
    }  # fmt: skip
    chosen = {"FASTRTPS_DEFAULT_PROFILES_FILE": "/my.xml", "ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET"}
    assert decisive_environment(chosen, Path("/run/x")) == chosen
