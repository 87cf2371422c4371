"""Rehearsal at home: a simulated ground and robot, and the team's own stack, started by the team beside the session."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from port_ros.parameter_file import parameter_file
from port_session.description.resolve import resolve
from port_session.supervisor.command_line import command_line, find_executable
from tests.scenarios.whole_session import CONFIG, PATIENCE_S, SLOW, WholeSession


@pytest.fixture
def session(tmp_path: Path) -> Iterator[WholeSession]:
    with WholeSession(tmp_path, "rehearsal", {**SLOW, "session.stack": "own"}, of="light") as session:
        yield session


@pytest.fixture
def stack(tmp_path: Path) -> list[str]:
    """The call of a stack that knows nothing of the session but its domain and names."""
    driver = resolve(str(CONFIG / "sessions" / "light.yaml")).process("driver")
    driver = structs.replace(driver, name="team_stack", namespace="/rehearsal")
    parameters = tmp_path / "stack.yaml"
    parameters.write_text(parameter_file(driver.parameters))
    return command_line(driver, find_executable(driver), parameters)


def test_the_teams_own_stack_drives_the_simulated_robot(session: WholeSession, stack: list[str]) -> None:
    session.healthy()
    assert "driver" not in session.pids()
    accepted, reason = session.console.ask("admit")
    assert not accepted and "cmd_vel_request: nobody publishes it" in reason, reason
    plain = {key: value for key, value in session.environment().items() if key != "ROS_AUTOMATIC_DISCOVERY_RANGE"}
    process = subprocess.Popen(stack, env={**plain, "ROS_DOMAIN_ID": str(session.record()["domain"])})
    try:
        session.drive()
        assert session.sight.session == "RUNNING"
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
    assert session.end() == 0
