"""A robot is measured through the gate's own process: it drives, is stopped, and says how. Nobody else may ask."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from geometry_msgs.msg import Twist
from port_interfaces.msg import SafetyState

from port_ros import qos
from port_session.robots.stop_drive import Limits, Phase, StopDrive
from port_session.robots.stop_fit import Fit, fit
from port_session.ros.stop_measurement import StopMeasurement
from port_session.supervisor.leases import Lease, session_lease_name
from port_sim.robots.wheeled import Limits as TrueLimits
from port_sim.robots.wheeled import Wheeled
from tests.ros.test_gate_node import Ground, gate  # noqa: F401 (fixture)
from tests.scenarios.whole_session import CONFIG, PORT
from tests.waiting import PATIENCE_S, wait_until

LIMITS = Limits(1.5, 1.0, 1.2, 0.08, 0.1)


class Rolling(Ground):
    """A robot with a mass, whose own stack is silent."""

    def __init__(self) -> None:
        self.robot = Wheeled(TrueLimits())
        super().__init__()

    def end_the_stack(self) -> None:
        self.request = None
        self.node.destroy_publisher(self._request)

    def move(self) -> None:
        now_s = time.monotonic()
        if self.commands:
            self.robot.command(self.commands[-1].linear.x, 0.0, now_s)
        motion = self.robot.step(now_s, powered=True)
        self.x, self.speed = motion.x, motion.v


@pytest.fixture
def rolling(ros_domain: int, gate: subprocess.Popen[bytes]) -> Iterator[Rolling]:  # noqa: F811
    peer = Rolling()
    yield peer
    peer.close()


@pytest.fixture
def measurement(ros_domain: int, rolling: Rolling) -> Iterator[StopMeasurement]:
    topics = {"command_in": "cmd_vel_request", "command_out": "cmd_vel", "odometry": "odom"}
    robot: dict[str, Any] = {"topics": {**topics, "command_type": "geometry_msgs/msg/Twist"}}
    with StopMeasurement({"namespace": "/t", "domain": ros_domain, "description": {"robot": robot}}) as measurement:
        yield measurement


class Driving:
    """The measurement in a thread of its own, as the command has it in its process."""

    def __init__(self, measurement: StopMeasurement, drive: StopDrive) -> None:
        self.said: list[str] = []
        self._measurement, self._drive = measurement, drive
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self._measurement.until_it_may_move(self.said.append)
        self._measurement.drive(self._drive, self.said.append)

    def end(self) -> None:
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), self.said


def alone(rolling: Rolling, measurement: StopMeasurement) -> None:
    """The robot's own stack ends, and the measurement has heard of it: until then somebody else asks, too."""
    rolling.end_the_stack()
    wait_until(lambda: measurement.others() == [], what="the robot's own stack is gone")


def fits(measurement: StopMeasurement) -> Iterator[Fit]:
    """Of the two stops that were measured, then of two more, and so on: on a busy machine some tell no brakes."""
    for _ in range(5):
        yield fit([stop.stop for stop in measurement.recording.on_the_safe_clock().stops()[-2:]])
        Driving(measurement, StopDrive((0.4, 0.8), LIMITS)).end()


def test_a_robot_is_measured_through_the_gate(rolling: Rolling, measurement: StopMeasurement) -> None:
    alone(rolling, measurement)
    drive = StopDrive((0.4, 0.8), LIMITS)
    driving = Driving(measurement, drive)
    wait_until(
        lambda: any("waiting for: port session" in line for line in driving.said), what="it waits for the arming"
    )
    assert rolling.x == 0.0, "nothing moves before"
    rolling.arm()
    driving.end()
    assert drive.phase is Phase.DONE, drive.problem
    stops = measurement.recording.on_the_safe_clock().stops()
    assert [stop.asked_mps for stop in stops] == [0.4, 0.8]
    found = next(filter(lambda found: found.deceleration_mps2.told, fits(measurement)))
    # How late a busy machine lets this process tell the robot, and this robot hear it, is latency as well.
    assert found.latency_s.at_most >= 0.05 and found.latency_s.at_least <= 0.6
    assert found.deceleration_mps2.value == pytest.approx(TrueLimits().deceleration_mps2, rel=0.4)
    assert abs(rolling.robot.motion.v) < 0.02 and rolling.x > 0.5


def test_an_e_stop_ends_the_measurement_by_its_name(rolling: Rolling, measurement: StopMeasurement) -> None:
    alone(rolling, measurement)
    drive = StopDrive((0.5, 1.0), LIMITS)
    driving = Driving(measurement, drive)
    rolling.arm()
    wait_until(lambda: rolling.speed > 0.2, what="it drives")
    rolling.pressed = True
    driving.end()
    assert drive.phase is Phase.FAILED and "estop station_1: pressed" in drive.problem
    assert rolling.state() != SafetyState.RUN and measurement.recording.stops() == []


def test_whoever_asks_too_ends_the_measurement(rolling: Rolling, measurement: StopMeasurement) -> None:
    alone(rolling, measurement)
    drive = StopDrive((0.5, 1.0), LIMITS)
    driving = Driving(measurement, drive)
    rolling.arm()
    wait_until(lambda: rolling.speed > 0.2, what="it drives")
    rolling.node.create_publisher(Twist, "cmd_vel_request", qos.COMMAND)
    driving.end()
    assert drive.phase is Phase.FAILED and drive.problem == "asked by /t/peer, too"


@pytest.fixture
def record(ros_domain: int, runtime_root: Path) -> Iterator[None]:
    """What a running session leaves for other commands, without the session: its record, and the name that it holds."""
    run = runtime_root / "port" / "t"
    run.mkdir(parents=True)
    profile = yaml.safe_load((CONFIG / "robots" / "sim_wheeled.yaml").read_text())
    tree = {"session": "t", "namespace": "/t", "domain": ros_domain, "run": str(run), "pid": os.getpid(), "pids": {}}
    description = {"robot": profile, "session": {"network": None}}
    (run / "session.json").write_text(json.dumps({**tree, "description": description}))
    lease = Lease(session_lease_name(str(run)))
    yield
    lease.release()


@contextlib.contextmanager
def commanded(folder: Path, *words: str) -> Iterator[tuple["subprocess.Popen[bytes]", Callable[[], str]]]:
    """`port robot measure`, and what it has said by now."""
    file = folder / "measure.txt"
    with file.open("wb") as output:
        process = subprocess.Popen([PORT, "robot", "measure", *words], stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process, file.read_text
    finally:
        process.kill()
        process.wait()


def test_the_command_says_what_will_move_and_then_what_was_measured(
    rolling: Rolling, record: None, tmp_path: Path
) -> None:
    rolling.end_the_stack()

    def measured() -> str:
        """What it says at its end; nothing where a pause of a busy machine stopped the robot before."""
        with commanded(tmp_path, "--yes", "--speeds", "0.4", "0.8") as (process, said):
            wait_until(lambda: "sim_wheeled will drive FORWARD about" in said(), what="what will move")
            rolling.arm()
            return said() if process.wait(PATIENCE_S) == 0 else ""

    said = next(filter(None, (measured() for _ in range(5))))
    figures = yaml.safe_load(said.partition("standard uncertainties:")[2])
    assert len(figures["stop"]["measured_stop_m"]) == 2 and figures["limits"]["latency_s"] > 0.05


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_ends_the_command_leaves_a_robot_at_rest(
    rolling: Rolling, record: None, tmp_path: Path, number: signal.Signals
) -> None:
    rolling.end_the_stack()

    def ended_by_it() -> bool:
        """While it drives; a pause of a busy machine may stop the robot, and so the command, before."""
        with commanded(tmp_path, "--yes", "--speeds", "0.8") as (process, said):
            wait_until(lambda: "m/s" in said() or "waiting for" in said(), what="it begins")
            rolling.arm()
            wait_until(lambda: rolling.speed > 0.2 or process.poll() is not None, what="it drives")
            process.send_signal(number)
            return process.wait(PATIENCE_S) == 130 and "nothing was measured" in said()

    assert any(ended_by_it() for _ in range(5))
    wait_until(lambda: abs(rolling.robot.motion.v) < 0.05, what="the robot at rest")


@pytest.mark.parametrize(
    ("words", "said_then"),
    [
        (["--yes"], "is asked by /t/peer, too"),
        (["--yes", "--speeds", "9"], "speeds: expected 0.05 to limits.speed_mps"),
    ],
)
def test_what_the_command_refuses(
    rolling: Rolling, record: None, tmp_path: Path, words: list[str], said_then: str
) -> None:
    with commanded(tmp_path, *words) as (process, said):
        assert process.wait(PATIENCE_S) == 2 and said_then in said()
    assert rolling.x == 0.0


def test_a_robot_behind_a_border_is_not_measured(record: None, runtime_root: Path, tmp_path: Path) -> None:
    """Its gate takes requests from the border alone: another one is a stop."""
    file = runtime_root / "port" / "t" / "session.json"
    tree = json.loads(file.read_text())
    tree["description"]["session"]["network"] = {"way": "domain", "domain": 42, "interface": "127.0.0.1"}
    file.write_text(json.dumps(tree))
    with commanded(tmp_path, "--yes") as (process, said):
        assert process.wait(PATIENCE_S) == 2 and "stands behind a border" in said()


def test_nothing_moves_before_the_session_is_armed(rolling: Rolling, record: None, tmp_path: Path) -> None:
    rolling.end_the_stack()
    with commanded(tmp_path, "--yes", "--speeds", "0.4") as (_, said):
        wait_until(lambda: "waiting for: port session" in said(), what="it waits for the arming")
        assert rolling.x == 0.0


def test_nothing_moves_that_nobody_has_confirmed(rolling: Rolling, record: None, tmp_path: Path) -> None:
    rolling.end_the_stack()
    with commanded(tmp_path) as (process, said):
        assert process.wait(PATIENCE_S) == 2 and "--yes says that the way is free" in said()
    assert rolling.x == 0.0
