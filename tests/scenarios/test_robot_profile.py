"""A team's robot comes to the ground: a look at its domain writes its profile, it is admitted, driven and measured."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from msgspec import structs

from port_ros.parameter_file import parameter_file
from port_session.description.process import Process
from port_session.description.resolve import resolve
from port_session.supervisor.command_line import command_line, find_executable
from tests.loopback import as_a_team
from tests.robot_sessions import filled_in
from tests.scenarios.whole_session import CONFIG, PATIENCE_S, PORT, WholeSession, run_port
from tests.waiting import wait_until


@pytest.mark.long_session
def test_a_probed_robot_is_admitted_driven_and_measured(tmp_path: Path, ros_domain: int) -> None:
    """The simulated robot as a team brings it: started by the team under names of its own, known by its profile."""
    changes = {"session.stack": "own", "session.domain": ros_domain, "session.robot": "rover"}
    session = WholeSession(tmp_path, "probed", changes, of="light")
    profile = session.config.file.parents[1] / "robots" / "rover.yaml"
    robot = resolve(str(CONFIG / "sessions" / "light.yaml")).process("robot")
    parameters = {**robot.parameters, "socket": f"{session.run}/sim.sock"}
    with team(structs.replace(robot, namespace="/rover", parameters=parameters), ros_domain, tmp_path):
        wait_until(lambda: probe(ros_domain, profile), PATIENCE_S, "the robot is found")
        tree = yaml.safe_load(profile.read_text())
        assert tree["kind"] == "wheeled" and tree["topics"]["odometry"] == "/rover/odom"
        assert len(filled_in(profile)) == 8
        checked = run_port("check", str(session.config.file), env=session.environment())
        assert checked.returncode == 0, checked.stdout + checked.stderr
        with session:
            session.healthy()
            said = measured(session, tmp_path / "measure.txt")
            assert session.end() == 0
    assert "rover will drive FORWARD about" in said and said.count(" m/s\n") >= 3, said
    figures = yaml.safe_load(said.partition("standard uncertainties:")[2])
    assert len(figures["stop"]["measured_stop_m"]) == 3 and figures["limits"]["latency_s"] > 0.05, said


def measured(session: WholeSession, output: Path) -> str:
    """What `port robot measure` says of the robot while an operator has it admitted, armed and started."""
    words = [str(PORT), "robot", "measure", "--yes", "--speeds", "0.2", "0.3", "0.45"]
    with output.open("w") as file:
        measuring = subprocess.Popen(words, env=session.environment(), stdout=file, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: "waiting for: port session admit" in output.read_text(), PATIENCE_S, "it waits to be armed")

        def over() -> bool:
            time.sleep(0.3)  # people do not ask a hundred times a second
            if session.sight.session != "RUNNING":
                session.next_step(session.sight)
            return measuring.poll() is not None

        session.until(over, lambda: f"measured: {output.read_text()}", 2 * PATIENCE_S)
    finally:
        measuring.terminate()
        measuring.wait(PATIENCE_S)
    assert measuring.returncode == 0, output.read_text()
    assert abs(session.sim(do="status")["robot"]["v"]) < 0.02
    return output.read_text()


def probe(domain: int, profile: Path) -> bool:
    """Whether a look found the robot with its odometry; a busy machine may need several."""
    words = ["robot", "probe", "--domain", str(domain), "--seconds", "5", "--force", "--out", str(profile)]
    done = run_port(*words, env=plain(domain))
    return done.returncode == 0 and "odometry: /rover/odom" in profile.read_text()


def plain(domain: int) -> dict[str, str]:
    """The environment of a team that knows nothing of the session but its domain."""
    return {**as_a_team(dict(os.environ)), "ROS_DOMAIN_ID": str(domain)}


@contextlib.contextmanager
def team(process: Process, domain: int, folder: Path) -> Iterator[None]:
    """A process that the team starts, until the block is left."""
    parameters = folder / f"{process.name}_own.yaml"
    parameters.write_text(parameter_file(process.parameters))
    started = subprocess.Popen(command_line(process, find_executable(process), parameters), env=plain(domain))
    try:
        yield
    finally:
        started.terminate()
        started.wait(PATIENCE_S)
