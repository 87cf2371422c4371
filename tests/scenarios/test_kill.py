"""SIGKILL for every process of a session, one after the other, while the robot drives.

What the gate relies on stops the robot with the right reason; what only observes changes nothing; what the session
cannot be without ends it, with the relay open and the robot at rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from port_interfaces.msg import Cause, SafetyEvent

from tests.scenarios.whole_session import SLOW, Watch, WholeSession
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSession]:
    with WholeSession(tmp_path_factory.mktemp("kill"), "kill", SLOW) as session:
        yield session
        assert session.end() == 0


@pytest.fixture
def driving(session: WholeSession) -> WholeSession:
    """The module's session, whole again, its robot driving."""
    session.healthy()
    session.drive()
    return session


@pytest.mark.parametrize("name", ["recorder", "telemetry", "dashboard", "ingest", "broker"])
def test_an_observer_changes_nothing(driving: WholeSession, name: str) -> None:
    watch, epoch, start_m = Watch(driving.console), driving.epoch, driving.sight.x
    assert start_m is not None
    old = driving.kill(name)
    driving.respawned(name, old)
    driving.healthy()
    driving.until(lambda: (driving.sight.x or 0.0) > start_m + 0.3, lambda: "the robot goes on")
    assert_undisturbed(watch, epoch)
    assert_respawn_told(driving, name)


def assert_undisturbed(watch: Watch, epoch: int) -> None:
    """The gate went on as if nothing had happened."""
    states = watch.states
    assert {state.state for state in states} <= {2, 3}, {state.reason for state in states}
    assert {state.epoch for state in states} == {epoch}
    assert not [event for event in watch.events if event.kind == SafetyEvent.STOP]
    assert min(state.passed.linear.x for state in states) > 0.1
    assert min(state.speed_mps for state in states) > 0.1


def assert_respawn_told(session: WholeSession, name: str) -> None:
    critical = next(p["critical"] for p in session.record()["processes"] if p["name"] == name)
    assert f"{name} ended with signal SIGKILL: {critical}" in session.output()
    assert f"{name} starts again in 1 s" in session.output()


@dataclass(frozen=True)
class Loss:
    """A process the gate relies on. reasons: what its loss may be called, by the rule that says it first."""

    process: str
    severity: int
    reasons: dict[str, str]


#: The cameras are silent in two inputs with the same age limit: who was there is asked by another rule.
BLIND = "separation: nobody knows who is there: occupancy"

LOSSES = (
    Loss("robot", Cause.PROTECTIVE_STOP, {"input_timeout": "odometry: no data for"}),
    Loss("cameras", Cause.PROTECTIVE_STOP, {"input_timeout": "ground_pose: no data for", "separation": BLIND}),
    Loss("force_plates", Cause.PROTECTIVE_STOP, {"input_timeout": "force_plate"}),
    Loss("estop", Cause.EMERGENCY_STOP, {"input_timeout": "estop station_1: no data for"}),
)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.process)
def test_a_lost_input_stops_the_robot(driving: WholeSession, loss: Loss) -> None:
    watch, epoch = Watch(driving.console), driving.epoch
    old = driving.kill(loss.process)
    stop = watch.wait_for(SafetyEvent.STOP, "the robot is stopped")
    first = stop.causes[0]
    assert first.severity == loss.severity
    assert stop.reason.startswith(loss.reasons[first.rule])
    assert stop.epoch == epoch + 1
    driving.respawned(loss.process, old)
    watch.wait_for(SafetyEvent.STANDSTILL, "the robot is measured to stand")
    driving.until(driving.stands_without_power, lambda: "the relay opens")
    assert driving.sight.session == "HALTED"
    driving.healthy()
    driving.reset()
    assert_nothing_moved_by_itself(watch, stop)
    assert_respawn_told(driving, loss.process)


def assert_nothing_moved_by_itself(watch: Watch, stop: SafetyEvent) -> None:
    """Of the stop, one: its end was a reset, and nothing passed from its zero on."""
    kinds = [event.kind for event in watch.events if event.kind != SafetyEvent.STATE_CHANGED]
    assert kinds.count(SafetyEvent.STOP) == kinds.count(SafetyEvent.STANDSTILL) == 1
    assert kinds[-1] == SafetyEvent.RESET_ACCEPTED
    assert {event.event_id for event in watch.events if event.kind == SafetyEvent.STANDSTILL} == {stop.event_id}
    stopped = [state for state in watch.states if state.state in (5, 6)]
    assert stopped and all(state.passed.linear.x == 0.0 and not state.enable for state in stopped)


def test_a_silent_stack_rests_without_a_stop(driving: WholeSession) -> None:
    """The robot's own stack dies: its motion is taken away, and it goes on when the stack is back."""
    watch, epoch = Watch(driving.console), driving.epoch
    old = driving.kill("driver")
    wait_until(
        lambda: any("command: none for" in state.reason and state.passed.linear.x == 0.0 for state in watch.states),
        what="the silence is noticed",
    )
    silent = [state for state in watch.states if "command: none for" in state.reason]
    assert {state.state for state in silent} == {3} and all(state.passed.linear.x == 0.0 for state in silent)
    assert (silent[0].causes[0].rule, silent[0].causes[0].source) == ("input_timeout", "command")
    driving.respawned("driver", old)
    driving.until(lambda: watch.states[-1].passed.linear.x > 0.1, lambda: "the new stack drives on")
    assert driving.epoch == epoch and driving.sight.session == "RUNNING"
    assert not watch.first(SafetyEvent.STOP)
    assert_respawn_told(driving, "driver")
