"""Processes of a session that live and do not answer (SIGSTOP): noticed, told by name, ended, started again.

The robot is stopped where the gate relied on them, and drives on where they only observe.
"""

import os
import re
import signal
from collections.abc import Iterator

import pytest
from port_interfaces.msg import SafetyEvent, SafetyState

from port_session.recorder.read import Recording, recordings
from tests.scenarios.whole_session import SLOW, Watch, WholeSession
from tests.waiting import wait_until

#: Until a hung process is noticed and its successor drives on, the robot goes some metres.
ROOM_M = 3.0
#: Rules that speak of readings which are late, and how often in a row a machine is that late.
LATE, TRIES = {"input_timeout", "separation", "clock", "speed"}, 4


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSession]:
    with WholeSession(tmp_path_factory.mktemp("hung"), "hung", SLOW, of="light") as session:
        yield session


@pytest.fixture
def driving(session: WholeSession) -> WholeSession:
    """The module's session, whole again, its robot driving, with room before it."""
    session.healthy()
    if (session.sight.x or 0.0) > ROOM_M:
        session.carry_back()
    session.drive()
    return session


def hang(session: WholeSession, name: str) -> int:
    """Its id."""
    pid = session.pid(name)
    os.kill(pid, signal.SIGSTOP)
    return pid


def assert_told(session: WholeSession, name: str) -> None:
    critical = next(process["critical"] for process in session.record()["processes"] if process["name"] == name)
    told = rf"{name} does not answer for \d+ s: it is stopped \(SIGSTOP\), and is ended: {re.escape(critical)}"
    assert re.search(told, session.output()), session.output()
    assert f'"kind": "silent", "name": "{name}"' in (session.out / "processes.jsonl").read_text()


@pytest.mark.parametrize("name", ["recorder", pytest.param("telemetry", marks=pytest.mark.long_session)])
def test_a_hung_observer_is_replaced_and_the_robot_drives_on(driving: WholeSession, name: str) -> None:
    """Some seconds pass: where a busy machine has held up a sensor meanwhile, which stops the robot, once more."""
    assert any(drives_on(driving, name) for _ in range(TRIES)), "stopped each time"
    assert_told(driving, name)


def drives_on(session: WholeSession, name: str) -> bool:
    """Hang `name`, and see it replaced. False if the robot was stopped for a late reading, and drives again."""
    watch, epoch = Watch(session.console), session.epoch
    session.respawned(name, hang(session, name))
    session.healthy()
    if (stop := watch.first(SafetyEvent.STOP)) is not None:
        assert {cause.rule for cause in stop.causes} <= LATE, stop.reason
        session.drive()
        return False
    assert {state.epoch for state in watch.states} == {epoch}
    assert {state.state for state in watch.states} <= {SafetyState.RUN, SafetyState.REDUCED}
    return True


@pytest.mark.long_session
def test_a_hung_sensor_stops_the_robot_and_is_replaced(driving: WholeSession) -> None:
    """Its silence is the gate's matter, long before it is the supervisor's."""
    watch = Watch(driving.console)
    old = hang(driving, "cameras")
    stop = watch.wait_for(SafetyEvent.STOP, "the robot is stopped")
    assert stop.causes[0].rule in ("input_timeout", "separation"), "nobody knows where the robot is, or who else"
    assert driving.pids()["cameras"] == old
    driving.respawned("cameras", old)
    driving.healthy()
    driving.reset()
    assert_told(driving, "cameras")


@pytest.mark.long_session
def test_the_end_waits_for_no_hung_recorder_and_the_recording_is_whole_but_for_its_silence(
    session: WholeSession,
) -> None:
    session.healthy()
    hang(session, "recorder")
    session.process.send_signal(signal.SIGINT)
    wait_until(lambda: "waiting for recorder, which does not answer for" in session.output(), 60.0, "it is told")
    assert session.wait() == 0
    assert not re.search(r"waiting for recorder, which[^\n]*\([1-9]\d+ s at most", session.output()), session.output()
    times = [[message.log_ns for message in Recording(file).messages()] for file in recordings(session.out)]
    assert len(times) == 2 and all(times), "each can be read to what was saved last"
    assert max(times[0]) < min(times[1])
