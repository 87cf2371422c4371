"""SIGKILL for what a session cannot be without: it ends, with the relay open and the robot at rest.

In a file of its own, so that each session has the machine for itself.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from port_interfaces.msg import Cause, SafetyEvent

from tests.scenarios.whole_session import MOVING, SLOW, Watch, WholeSession

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


def test_without_the_session_node_the_gate_stops_and_leaves(own_session: WholeSession) -> None:
    session, watch = own_session, Watch(own_session.console)
    session.kill("session")
    assert session.wait() == KILLED
    assert "the session ends because session did" in session.output()
    assert "session 137" in session.output().splitlines()[-1]
    stop = watch.wait_for(SafetyEvent.STOP, "the gate stopped the robot")
    assert stop.reason.endswith("the gate is shutting down") and stop.state_before in (2, 3)
    assert watch.wait_for(SafetyEvent.STANDSTILL, "the robot stood before the gate left").event_id == stop.event_id
    assert session.sight.safety not in MOVING
