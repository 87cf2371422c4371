"""Damaged bytes on the wires of a session whose robot drives: counted, told, and never a reason to move."""

from collections.abc import Iterator

import pytest
from port_interfaces.msg import Cause, SafetyEvent

from tests.scenarios.whole_session import SLOW, Watch, WholeSession


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSession]:
    with WholeSession(tmp_path_factory.mktemp("bytes"), "bytes", SLOW) as session:
        yield session
        assert "ended with" not in session.output()
        assert session.end() == 0


@pytest.fixture
def driving(session: WholeSession) -> Iterator[WholeSession]:
    """The robot drives; wires are whole again behind the test, and no process has been replaced."""
    session.healthy()
    session.drive()
    before = session.pids()
    yield session
    for device in ("station_1", "left", "right"):
        session.sim(do="fault", device=device, kind="off")
    assert session.pids() == before, "a process ended"


@pytest.mark.parametrize("kind", ["garbage", "flip"])
def test_a_bad_wire_of_a_plate_is_counted_and_starves_it(driving: WholeSession, kind: str) -> None:
    """At this rate hardly a frame of 31 bytes survives: the plate counts as silent."""
    watch, before = Watch(driving.console), driving.console.figure("force_plate left", "rejected")
    driving.sim(do="fault", device="left", kind=kind, rate=0.2 if kind == "garbage" else 0.03)
    stop = watch.wait_for(SafetyEvent.STOP, "the robot is stopped")
    assert (stop.causes[0].rule, stop.causes[0].source) == ("input_timeout", "force_plate left")
    driving.until(
        lambda: driving.console.figure("force_plate left", "rejected") > before + 1000,
        lambda: "the damage is counted in diagnostics",
    )
    assert driving.console.figure("force_plate right", "rejected") == 0
    driving.sim(do="fault", device="left", kind="off")
    driving.reset()


@pytest.mark.parametrize("kind", ["garbage", "flip"])
def test_a_bad_wire_of_the_estop_is_an_emergency(driving: WholeSession, kind: str) -> None:
    watch, before = Watch(driving.console), driving.console.figure("estop station_1", "unanswered")
    driving.sim(do="fault", device="station_1", kind=kind, rate=1.0 if kind == "garbage" else 0.1)
    stop = watch.wait_for(SafetyEvent.STOP, "the robot is stopped")
    assert stop.causes[0].rule in ("estop", "input_timeout") and stop.causes[0].source == "estop station_1"
    assert stop.causes[0].severity == Cause.EMERGENCY_STOP
    driving.until(driving.stands_without_power, lambda: "the relay opens")
    driving.until(
        lambda: driving.console.figure("estop station_1", "unanswered") > before,
        lambda: "the damage is counted in diagnostics",
    )
    driving.sim(do="fault", device="station_1", kind="off")
    driving.reset()


def test_a_wire_that_is_only_noisy_stops_nothing(driving: WholeSession) -> None:
    """One frame in twenty or so is lost: counted and reported, and the robot goes on."""
    watch, start_m = Watch(driving.console), driving.sight.x or 0.0
    for device in ("left", "right"):
        driving.sim(do="fault", device=device, kind="flip", rate=0.0002)
    driving.until(lambda: (driving.sight.x or 0.0) > start_m + 0.5, lambda: "the robot goes on")

    def told() -> bool:
        return all(driving.console.figure(f"force_plate {name}", "lost") > 0 for name in ("left", "right"))

    driving.until(told, lambda: "the losses are told")
    assert not watch.first(SafetyEvent.STOP)
