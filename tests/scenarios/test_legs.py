"""Whole sessions of robots that fall without power, unless they were brought down first."""

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from port_interfaces.msg import SafetyEvent

from tests.scenarios.test_demo import start, sweep
from tests.scenarios.whole_session import PATIENCE_S, Watch, WholeSession, run_port

#: A shorter lane, without what another test looks at.
NO_PLATES = {"ground.force_plates": None}
CROSSING = {"ground.zones.crossing.polygon_m": [[1.4, -1.5], [2.4, -1.5], [2.4, 1.5], [1.4, 1.5]]}


def truth(out: Path) -> Any:
    """What the report says of the robot's posture."""
    return json.loads((out / "summary.json").read_text())["ground_truth"]


@pytest.mark.long_session
def test_a_quadruped_is_shown_from_admission_to_its_report(tmp_path: Path) -> None:
    """The demonstration's whole story, and at the e-stop it sits before its power goes."""
    changes = {**NO_PLATES, **CROSSING, "trial.goal_m": [4.0, 0.0]}
    demo = start(tmp_path, changes=changes, of="quadruped")
    try:
        demo.said("the robot goes to and fro now", 300.0)
        demo.process.send_signal(signal.SIGINT)
        assert demo.process.wait(PATIENCE_S) == 0, demo.output()
    finally:
        sweep(demo)
    told = re.findall(
        r"slows the robot|e-stop pressed|sit: |its power is cut|the robot stands|reset refused|reset accepted"
        r"|armed again:|completed$|ok +Posture",
        demo.output(),
        re.MULTILINE,
    )
    assert told == [
        "slows the robot", "e-stop pressed", "sit: ", "its power is cut", "the robot stands", "reset refused",
        "reset accepted", "armed again:", "completed", "ok        Posture",
    ]  # fmt: skip
    said = truth(demo.out)
    assert said["fell"] is False and len(said["heights_at_cut_m"]) == 2, "at the e-stop, and when all was over"
    assert max(said["heights_at_cut_m"]) < 0.125


def test_a_humanoid_kneels_before_its_power_goes_and_falls_where_somebody_takes_it(tmp_path: Path) -> None:
    with WholeSession(tmp_path, "legs", {**NO_PLATES, "trial.timeout_s": 3600.0}, of="humanoid") as session:
        session.drive()
        session.sim(do="estop", action="press")
        session.until_state("STOPPED")
        session.until(session.stands_without_power, lambda: "the relay opens")
        status = session.sim(do="status")
        assert not status["fell"] and status["robot"]["height_m"] < 0.52
        session.sim(do="estop", action="release")
        session.reset()
        session.drive()
        watch = Watch(session.console)
        session.sim(do="power", action="off")
        session.until(lambda: session.sim(do="status")["fell"], lambda: "it falls")
        watch.wait_for(SafetyEvent.STOP, "the gate sees it")
        session.until(
            lambda: any(cause.rule == "body_height" for state in watch.states for cause in state.causes),
            lambda: "and says why",
        )
        assert session.end() == 0
    report = run_port("report", str(session.out), env=session.environment())
    assert report.returncode == 1 and re.search(
        "WRONG +Posture: the robot fell; its body was at 0.50 m, 0.90 m", report.stdout
    )
    kneeling, walking = truth(session.out)["heights_at_cut_m"]
    assert truth(session.out)["fell"] and kneeling < 0.52 < walking
