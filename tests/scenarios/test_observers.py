"""Blocking everything that only observes, all of it at once, changes neither verdict nor epoch nor motion."""

from collections.abc import Iterator

import pytest
from port_interfaces.msg import SafetyEvent, SafetyState

from tests.scenarios.whole_session import SLOW, Watch, WholeSession

OBSERVERS = ("recorder", "telemetry", "dashboard", "broker")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSession]:
    with WholeSession(tmp_path_factory.mktemp("observers"), "observed", SLOW) as session:
        yield session
        assert session.end() == 0


def test_blocked_observers_change_nothing(session: WholeSession) -> None:
    """Long enough for every queue towards them to overflow: a plate's holds two seconds.

    The supervisor, which would replace them, is held, too.
    """
    session.drive()
    session.until(lambda: session.sight.speed_mps > 0.2, lambda: "the robot has its speed")
    pids = session.pids()
    watch, epoch, start_m = Watch(session.console), session.epoch, session.sight.x or 0.0
    with session.frozen(*(pids[name] for name in OBSERVERS), session.process.pid):
        session.until(lambda: (session.sight.x or 0.0) > start_m + 1.2, lambda: "the robot goes on")
        blocked = watch.states
    assert {state.state for state in blocked} == {SafetyState.RUN}, {state.reason for state in blocked}
    assert {state.epoch for state in blocked} == {epoch}
    assert min(state.passed.linear.x for state in blocked) > 0.2
    assert min(state.speed_mps for state in blocked) > 0.2
    assert [event for event in watch.events if event.kind != SafetyEvent.STATE_CHANGED] == []


def test_they_go_on_where_they_were_held(session: WholeSession) -> None:
    """What the recorder could not take meanwhile is lost, and it says so; everything else is well again."""
    before = session.pids()
    session.healthy(but=("recorder",))
    recorded = session.console.figure("recorder", "written")
    session.until(lambda: session.console.figure("recorder", "written") > recorded, lambda: "it records again")
    assert session.pids() == before
    assert "ended with" not in session.output()
