"""Whole sessions of an arm that reaches into the crossing: limited, stopped for a person, e-stopped, reset, done."""

import json
import math
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from port_interfaces.msg import Cause, SafetyEvent, SafetyState

from port_session.recorder.read import Recording
from tests.scenarios.test_demo import start, sweep
from tests.scenarios.whole_session import PATIENCE_S, Watch, WholeSession

#: On a machine with ten times more work than cores a demonstration takes minutes.
pytestmark = pytest.mark.timeout(1800)

NO_PLATES: dict[str, Any] = {"ground.force_plates": None}

LIMIT_MPS = 0.5
#: What a sound arm overshoots (the rule `speed` stops beyond it).
OVERSHOOT_MPS = 1.1 * LIMIT_MPS + 0.1

STORY = [
    "slows the robot", "a person comes, the robot stands: crossing: occupied", "goes on by itself", "e-stop pressed",
    "the robot stands: estop", "reset refused", "reset accepted", "armed again:", "at its goal", "] completed",
]  # fmt: skip


def test_an_arm_is_shown_from_admission_to_its_report(tmp_path: Path) -> None:
    demo = start(tmp_path, changes=NO_PLATES, of="arm")
    try:
        demo.said("the robot is at its goal", 300.0)
        demo.process.send_signal(signal.SIGINT)
        assert demo.process.wait(PATIENCE_S) == 0, demo.output()
    finally:
        sweep(demo)
    told = re.findall("|".join(map(re.escape, STORY)) + "|WRONG", demo.output())
    assert told == STORY, demo.output()
    summary = json.loads((demo.out / "summary.json").read_text())
    assert summary["ok"]
    outcome = json.loads((demo.out / "session.json").read_text())["outcome"]
    assert outcome["reached"] is True and outcome["nearest_to_goal_rad"] <= 0.05
    assert "joints at 0.8, 0.2, -0.2 rad" in (demo.out / "report.html").read_text()
    states = [one.message for one in messages(demo.out, "/safety/state")]
    assert max(state.speed_mps for state in states if math.isfinite(state.speed_mps)) < OVERSHOOT_MPS
    assert any(limited(state) for state in states if state.state == SafetyState.REDUCED)
    assert list(messages(demo.out, "/joint_states")), "what the arm did is on record"


def messages(out: Path, ending: str) -> list[Any]:
    recording = Recording(out / "session.mcap")
    return list(recording.messages(lambda topic, _: topic.endswith(ending)))


def limited(state: SafetyState) -> bool:
    """Whether it says that the crossing limits the arm, and from what to what."""
    return any(
        cause.rule == "speed" and cause.source == "zone crossing" and cause.severity == Cause.LIMIT
        and cause.value > cause.limit == LIMIT_MPS
        for cause in state.causes
    )  # fmt: skip


@pytest.mark.long_session
def test_an_arm_stands_for_a_person_and_goes_on_and_runaway_ends_its_power(tmp_path: Path) -> None:
    with WholeSession(tmp_path, "reach", {**NO_PLATES, "trial.timeout_s": 3600.0}, of="arm") as session:
        session.drive()
        watch = Watch(session.console)
        session.sim(do="person", action="enter")
        stop = watch.wait_for(SafetyEvent.STOP, "the arm is stopped")
        assert {cause.rule for cause in stop.causes} <= {"speed", "separation"}
        assert stop.causes[0].severity == Cause.PROTECTIVE_STOP
        session.until_state("STOPPED")
        session.until(lambda: abs(session.sim(do="status")["robot"]["v"]) < 1e-3, lambda: "it really stands")
        session.sim(do="person", action="leave")
        session.until(lambda: session.sight.speed_mps > 0.1, lambda: "it goes on by itself")
        assert not watch.first(SafetyEvent.RESET_ACCEPTED) and not watch.first(SafetyEvent.ARMED)
        session.sim(do="runaway", action="on")
        session.until(session.stands_without_power, lambda: "an arm that does what it wants loses its power")
        session.sim(do="runaway", action="off")
