"""SIGKILL for what a session cannot be without: it ends, with the relay open and the robot at rest; or is taken up.

In a file of its own, so that each session has the machine for itself.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from port_interfaces.msg import Cause, SafetyEvent

from tests.scenarios.whole_session import MOVING, SLOW, Watch, WholeSession
from tests.waiting import wait_until

KILLED = 128 + 9


@pytest.fixture
def own_session(tmp_path: Path) -> Iterator[WholeSession]:
    """A session that does not outlive its test, its robot driving."""
    with WholeSession(tmp_path, "last", SLOW) as session:
        session.drive()
        yield session


def test_without_the_gate_the_hardware_stops_the_robot(own_session: WholeSession) -> None:
    """The supervisor is held meanwhile: the relay must open because nobody renews it, not because somebody tidies."""
    session = own_session
    assert session.sim(do="status")["powered"]
    with session.frozen(session.process.pid):
        session.kill("gate")
        session.until(session.stands_without_power, lambda: "the relay opens and the robot stands")
        session.until(lambda: session.sight.session == "HALTED", lambda: "the session notices")
    assert session.wait() == KILLED
    assert "the session ends because gate did" in session.output()
    assert "gate 137" in session.output().splitlines()[-1]


def test_without_the_ground_the_robot_has_no_power(own_session: WholeSession) -> None:
    """Every device dies at once."""
    session, watch = own_session, Watch(own_session.console)
    with session.frozen(session.process.pid):
        session.kill("ground")
        watch.wait_for(SafetyEvent.STOP, "the robot is stopped")
        watch.wait_for(SafetyEvent.STANDSTILL, "the robot stands")
        session.until(lambda: any_cause(watch, "estop station_1", Cause.EMERGENCY_STOP), lambda: "the e-stop is missed")
        session.until(lambda: not watch.states[-1].enable, lambda: "the gate takes the enable away")
    assert session.wait() == KILLED
    assert "the session ends because ground did" in session.output()


def any_cause(watch: Watch, source: str, severity: int) -> bool:
    causes = [cause for event in watch.events for cause in event.causes]
    return any(cause.source == source and cause.severity == severity for cause in causes)


def test_without_the_session_node_the_gate_stops_the_robot_and_a_person_goes_on_with_the_run(
    own_session: WholeSession,
) -> None:
    """The node is started again and reads its own log: the session is halted, its run still open."""
    session, watch = own_session, Watch(own_session.console)
    old = session.kill("session")
    stop = watch.wait_for(SafetyEvent.STOP, "the gate stops the robot: nobody answers for the session")
    assert watch.wait_for(SafetyEvent.STANDSTILL, "the robot stands").event_id == stop.event_id
    session.respawned("session", old)
    session.until(lambda: session.sight.session == "HALTED", lambda: "the session is there again, halted")
    assert "session starts again in 1 s (1 of 5)" in session.output()
    session.healthy()
    session.reset()
    assert session.sight.safety not in MOVING, "a reset moves nothing"
    start_m = session.sight.x or 0.0
    wait_until(lambda: session.port("session", "resume").returncode == 0, what="a person goes on")
    session.until(lambda: (session.sight.x or 0.0) > start_m + 0.3, lambda: "the robot drives on")
    told = session.port("session", "state").stdout
    assert "run 1, " in told and "0 of 1 runs done; next: " in told
    assert session.end() == 0
    events = [json.loads(line) for line in (session.out / "events.jsonl").read_text().splitlines()]
    steps = [event for event in events if event["stream"] == "session" and event["accepted"]]
    steps = [step for step in steps if step["by"] != "gate"]  # a busy machine stops it for a moment, too
    assert [step["command"] for step in steps] == ["admit", "arm", "start", "stop", "resume", "abort"]
    assert steps[3]["reason"].endswith("while the session was running; its log was read back")
    assert {step["run"] for step in steps[2:]} == {1}
