"""A team's robot on the ground: its profile from a look at its domain, its figures from measured stops."""

import contextlib
import os
import re
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
from tests.scenarios.whole_session import CONFIG, PATIENCE_S, PORT, WholeSession, run_port
from tests.waiting import wait_until

#: What a person writes behind FILL IN; the simulated robot does better.
WRITTEN = {
    "speed_mps": "0.5", "yaw_rate_radps": "1.5", "acceleration_mps2": "1.0", "deceleration_mps2": "1.0",
    "latency_s": "0.1", "footprint_radius_m": "0.4", "marker_height_m": "0.6", "ramp_s": "1.5",
}  # fmt: skip


@pytest.fixture
def own(tmp_path: Path) -> Iterator[WholeSession]:
    """A session whose requests come from whoever wants to ask."""
    with WholeSession(tmp_path, "measured", {"session.stack": "own"}, of="light") as session:
        yield session


def test_the_figures_of_a_robot_are_measured_by_driving_it(own: WholeSession) -> None:
    own.healthy()
    words = [str(PORT), "robot", "measure", "--yes", "--speeds", "0.3", "0.6", "0.8"]
    output = own.out.parent / "measure.txt"
    with output.open("w") as file:
        measuring = subprocess.Popen(words, env=own.environment(), stdout=file, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: "waiting for: port session admit" in output.read_text(), PATIENCE_S, "it waits to be armed")
        own.until(lambda: _driven(own, measuring), lambda: f"it was measured: {output.read_text()}", 2 * PATIENCE_S)
    finally:
        measuring.terminate()
        measuring.wait(PATIENCE_S)
    said = output.read_text()
    assert measuring.returncode == 0, said
    assert "will drive FORWARD about" in said and stands_still(own), said
    tree = yaml.safe_load(said.partition("standard uncertainties:")[2])
    truth = yaml.safe_load((CONFIG / "robots" / "sim_wheeled.yaml").read_text())["limits"]
    for key, far in (("latency_s", 0.1), ("response_s", 0.15), ("deceleration_mps2", 0.4)):
        value, uncertainty = map(float, re.findall(rf"{key} +([0-9.]+) +([0-9.]+)", said)[0])
        assert abs(value - truth[key]) <= far + 2.0 * uncertainty, said
    assert len(tree["stop"]["measured_stop_m"]) == 3, said
    assert own.end() == 0


def stands_still(session: WholeSession) -> bool:
    return bool(abs(session.sim(do="status")["robot"]["v"]) < 0.01)


def _driven(own: WholeSession, measuring: "subprocess.Popen[bytes]") -> bool:
    """Have the session admitted, armed and started; whether the measurement has ended since."""
    time.sleep(0.3)  # people do not ask a hundred times a second
    if measuring.poll() is None and own.sight.session != "RUNNING":
        own._next_step(own.sight)
    return measuring.poll() is not None


def test_the_measurement_is_refused_while_somebody_else_asks(tmp_path: Path) -> None:
    with WholeSession(tmp_path, "asked", of="light") as session:
        session.healthy()
        done = session.port("robot", "measure", "--yes")
        assert done.returncode == 2 and "is asked by /asked/driver already" in done.stderr, done
        assert session.end() == 0


def test_ctrl_c_leaves_the_robot_at_rest(own: WholeSession) -> None:
    own.healthy()
    words = [str(PORT), "robot", "measure", "--yes", "--speeds", "0.4"]
    with subprocess.Popen(words, env=own.environment(), stdout=subprocess.PIPE, text=True) as measuring:
        own.until(lambda: own.sight.speed_mps > 0.2 or _step(own), lambda: "it drives")
        measuring.terminate()
        assert measuring.wait(PATIENCE_S) == 130
    own.until(lambda: stands_still(own), lambda: "it stands")
    assert own.sight.safety in ("RUN", "REDUCED", "STANDBY"), "asked for rest, not stopped by a rule"
    assert own.end() == 0


def _step(own: WholeSession) -> bool:
    time.sleep(0.3)
    if own.sight.session != "RUNNING":
        own._next_step(own.sight)
    return False


def test_a_robot_that_was_probed_is_admitted_and_drives(tmp_path: Path, ros_domain: int) -> None:
    """The simulated robot as a team brings it: started by the team under names of its own, known by its profile."""
    changes = {"session.stack": "own", "session.domain": ros_domain, "session.robot": "rover"}
    session = WholeSession(tmp_path, "probed", changes, of="light")
    profile = session.config.file.parents[1] / "robots" / "rover.yaml"
    light = resolve(str(CONFIG / "sessions" / "light.yaml"))
    robot, driver = light.process("robot"), light.process("driver")
    robot = structs.replace(
        robot, namespace="/rover", parameters={**robot.parameters, "socket": f"{session.run}/sim.sock"}
    )
    asks = {"command": "/rover/cmd_vel_request", "odometry": "/rover/odom", "speed_mps": 0.25}
    driver = structs.replace(driver, name="stack", namespace="/probed", parameters={**driver.parameters, **asks})
    with team(robot, ros_domain, tmp_path), team(driver, ros_domain, tmp_path):
        wait_until(lambda: probe(ros_domain, profile), PATIENCE_S, "the robot is found")
        tree = yaml.safe_load(profile.read_text())
        assert tree["kind"] == "wheeled" and tree["topics"]["odometry"] == "/rover/odom"
        fill_in(profile)
        checked = run_port("check", str(session.config.file), env=session.environment())
        assert checked.returncode == 0, checked.stdout + checked.stderr
        with session:
            session.healthy()
            session.drive()
            assert session.sight.session == "RUNNING"
            assert session.end() == 0


def probe(domain: int, profile: Path) -> bool:
    """Whether a look found the robot with its odometry; a busy machine may need several."""
    words = ["robot", "probe", "--domain", str(domain), "--seconds", "5", "--force", "--out", str(profile)]
    done = run_port(*words, env=plain(domain))
    return done.returncode == 0 and "odometry: /rover/odom" in profile.read_text()


def fill_in(profile: Path) -> None:
    """Write a value into each line that asks for one, and into no other."""
    lines = profile.read_text().splitlines()
    for number, line in enumerate(lines):
        key = line.split(":")[0].strip()
        if "FILL IN" in line:
            lines[number] = line.replace(f"{key}:", f"{key}: {WRITTEN[key]}", 1)
    profile.write_text("\n".join(lines))


def plain(domain: int) -> dict[str, str]:
    """The environment of a team that knows nothing of the session but its domain."""
    return {**os.environ, "ROS_DOMAIN_ID": str(domain), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}


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
