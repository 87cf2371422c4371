"""The next thing to do, in one instruction, for every state of the session beside the states of the gate."""

import re
from dataclasses import replace
from typing import Any

import pytest

from port_ros.session_states import State
from port_session.view.next_step import next_step
from port_session.view.picture import Asked, Picture
from port_session.view.steps import KEYS, possible
from tests.session_pictures import GATE, NOW_S, REQUIRED, gate, picture, session, with_part

NEAR = "Make sure that nobody is near the robot"
PRESSED = "Clear this before a reset: estop station_1: pressed; then reset"
RESET = "Make sure that nobody is near the robot, then press reset at the station"
GETS_READY = "Mend what is named above; the gate gets ready by itself (the robot is not measured to stand)"
STANDS = "Wait until the robot stands"
LED = "Hold on until the robot is out; let go to stop"
FAULT = "End the session and start it again"
CLOSING = "Stay clear of the robot until the gate is closed"
OPEN_BEHIND_IT = "Stay clear, and press Tab unless the robot is to go on: the gate is open"
FINISH = "Press f to finish: 3 of 3 runs count"
AFTERWARDS = "End the session's processes (Ctrl-C where it was started), then `port session review` its folder"

NO_RUN: dict[str, Any] = {}
FIRST: dict[str, Any] = {"run": 1, "run_open": True}
LAST: dict[str, Any] = {"run": 3, "run_open": True, "runs_counting": 2}
BETWEEN: dict[str, Any] = {"run": 1, "runs_counting": 1}
ALL_DONE: dict[str, Any] = {"run": 3, "runs_counting": 3}

TABLE = [
    ("BOOKED", "STANDBY", NO_RUN, "Press a to admit the robot"),
    ("BOOKED", "INIT", NO_RUN, f"{GETS_READY}, then a to admit"),
    ("BOOKED", "STOPPED", NO_RUN, f"{PRESSED}, then a to admit"),
    ("BOOKED", "RESET_READY", NO_RUN, f"{RESET}, then a to admit"),
    ("BOOKED", "FAULT", NO_RUN, FAULT),
    ("ADMITTED", "STANDBY", NO_RUN, f"{NEAR}, then press m to arm it for run 1"),
    ("ADMITTED", "STANDBY", BETWEEN, f"{NEAR}, then press m to arm it for run 2"),
    ("ADMITTED", "STANDBY", ALL_DONE, FINISH),
    ("ADMITTED", "STOPPED", ALL_DONE, FINISH),
    ("ADMITTED", "INIT", NO_RUN, f"{GETS_READY}, then m to arm it for run 1"),
    ("ADMITTED", "STOPPED", NO_RUN, f"{PRESSED}, then m to arm it for run 1"),
    ("ADMITTED", "RESET_READY", BETWEEN, f"{RESET}, then m to arm it for run 2"),
    ("ADMITTED", "STOPPING", NO_RUN, STANDS),
    ("ADMITTED", "RUN", NO_RUN, CLOSING),
    ("ADMITTED", "REDUCED", NO_RUN, CLOSING),
    ("ADMITTED", "RECOVER", NO_RUN, LED),
    ("ADMITTED", "FAULT", NO_RUN, FAULT),
    ("ARMED", "RUN", NO_RUN, "Press s to start run 1"),
    ("ARMED", "REDUCED", BETWEEN, "Press s to start run 2"),
    ("ARMED", "RUN", FIRST, "Press s to go on with run 1"),
    ("ARMED", "RUN", {**FIRST, "running_s": 61}, "Press Tab to halt: the time of run 1 is over"),
    ("ARMED", "STOPPING", NO_RUN, STANDS),
    ("ARMED", "STOPPED", NO_RUN, PRESSED),
    ("ARMED", "FAULT", NO_RUN, FAULT),
    ("RUNNING", "RUN", FIRST, "Watch the robot, Tab halts it; press e when run 1 is over"),
    ("RUNNING", "REDUCED", FIRST, "Watch the robot, Tab halts it; press e when run 1 is over"),
    ("RUNNING", "RUN", LAST, "Watch the robot, Tab halts it; press f when run 3, the last, is over"),
    ("RUNNING", "STOPPING", FIRST, STANDS),
    ("RUNNING", "STOPPED", FIRST, PRESSED),
    ("RUNNING", "RESET_READY", FIRST, RESET),
    ("RUNNING", "RECOVER", FIRST, "Watch the robot, Tab halts it; press e when run 1 is over"),
    ("RUNNING", "FAULT", FIRST, FAULT),
    ("HALTED", "STANDBY", FIRST, f"{NEAR}, then press r to resume run 1"),
    ("HALTED", "STANDBY", BETWEEN, f"{NEAR}, then press m to arm it for run 2"),
    ("HALTED", "STANDBY", ALL_DONE, FINISH),
    ("HALTED", "STANDBY", {**FIRST, "running_s": 61}, "Press e to end run 1: its time is over"),
    ("HALTED", "STOPPED", {**FIRST, "running_s": 61}, "Press e to end run 1: its time is over"),
    ("HALTED", "INIT", FIRST, f"{GETS_READY}, then r to resume run 1"),
    ("HALTED", "STOPPING", FIRST, STANDS),
    ("HALTED", "STOPPED", FIRST, f"{PRESSED}, then r to resume run 1"),
    ("HALTED", "STOPPED", NO_RUN, f"{PRESSED}, then m to arm it for run 1"),
    ("HALTED", "RESET_READY", FIRST, f"{RESET}, then r to resume run 1"),
    ("HALTED", "RUN", FIRST, OPEN_BEHIND_IT),
    ("HALTED", "REDUCED", NO_RUN, OPEN_BEHIND_IT),
    ("HALTED", "RECOVER", FIRST, LED),
    ("HALTED", "FAULT", FIRST, FAULT),
    ("COMPLETED", "STANDBY", ALL_DONE, AFTERWARDS),
    ("ABORTED", "STOPPED", FIRST, AFTERWARDS),
    ("REVIEWED", "STANDBY", ALL_DONE, "Seal the session's folder: `port session seal`"),
    ("SEALED", "STANDBY", ALL_DONE, "Press q: the session is sealed, nothing is left to do in it"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "of_gate", "runs", "said"), TABLE)
def test_the_instruction(state: str, of_gate: str, runs: dict[str, Any], said: str) -> None:
    assert next_step(picture(state, of_gate, **runs), NOW_S) == said


def test_every_state_is_in_the_table() -> None:
    assert {row[0] for row in TABLE} == set(State.__members__)
    assert {row[1] for row in TABLE} == set(GATE)


OVERTIME: dict[str, Any] = {**FIRST, "running_s": 61}

#: What the runs can be in each state of a session that is not over.
RUNS = {
    "BOOKED": [NO_RUN], "ADMITTED": [NO_RUN, BETWEEN, ALL_DONE], "ARMED": [NO_RUN, BETWEEN, FIRST, LAST, OVERTIME],
    "RUNNING": [FIRST, LAST, OVERTIME], "HALTED": [NO_RUN, BETWEEN, FIRST, LAST, OVERTIME, ALL_DONE],
}  # fmt: skip


@pytest.mark.parametrize(("state", "runs"), [(state, runs) for state, all_ in RUNS.items() for runs in all_])
@pytest.mark.parametrize("of_gate", GATE)
def test_a_key_that_is_to_be_pressed_now_is_one_that_is_offered(state: str, of_gate: str, runs: dict[str, Any]) -> None:
    at = picture(state, of_gate, **runs)
    said = next_step(at, NOW_S)
    assert said[0].isupper() and "\n" not in said
    if pressed := re.match(rf"(?:Press|{NEAR}, then press) (\w) ", said):
        assert pressed[1] in {KEYS[step] for step in possible(at, NOW_S)}, said


def test_reset_at_the_station_then_resume() -> None:
    at = replace(picture("HALTED", **FIRST), gate=gate("STOPPED", remedy="press reset at station_1"))
    assert next_step(at, NOW_S) == "Press reset at station_1, then r to resume run 1"


def test_of_a_stop_that_ends_by_itself_nobody_is_sent_to_reset_it() -> None:
    at = replace(
        picture("HALTED", **FIRST), gate=gate("STOPPED", remedy="stay clear: the robot goes on by itself in 0.4 s")
    )
    assert next_step(at, NOW_S) == "Stay clear: the robot goes on by itself in 0.4 s"


def test_a_gate_that_names_no_remedy_is_looked_after() -> None:
    at = replace(picture("HALTED", **FIRST), gate=gate("STOPPED", "somebody asked for it", ""))
    assert next_step(at, NOW_S).startswith("See why the gate is in STOPPED (somebody asked for it), then r to resume")


@pytest.mark.parametrize(
    ("state", "then"),
    [("BOOKED", "a to admit"), ("ADMITTED", "m to arm it for run 1"), ("HALTED", "r to resume run 1")],
)
def test_what_is_not_ready_is_mended_first(state: str, then: str) -> None:
    at = picture(state, "STANDBY", **(FIRST if state == "HALTED" else NO_RUN))
    wrong = with_part(at, "camera overhead", "error", "no frame for 2.1 s", "plug it in")
    assert next_step(wrong, NOW_S) == f"Mend camera overhead: no frame for 2.1 s; plug it in, then {then}"
    assert next_step(with_part(at, "camera overhead", "warn", "dark"), NOW_S) == next_step(at, NOW_S)


def test_nobody_is_sent_to_mend_a_part_while_the_robot_drives() -> None:
    wrong = with_part(picture(**FIRST), "camera overhead", "error", "no frame for 2.1 s", "plug it in")
    assert next_step(wrong, NOW_S).startswith("Watch the robot")


def test_parts_are_waited_for_before_they_are_blamed() -> None:
    begun = replace(picture("BOOKED", "STANDBY"), parts={}, began_s=NOW_S - 0.5)
    assert next_step(begun, NOW_S) == "Wait until all parts are heard"
    assert next_step(replace(begun, began_s=NOW_S - 9.0), NOW_S).startswith(f"Mend {REQUIRED[0]}: never heard")


CHECK = "run `port check` in another terminal"


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (
            Picture("demo", NOW_S, REQUIRED),
            f"Wait until the session is heard; if it stays silent, {CHECK}",
        ),
        (
            replace(picture(), session=replace(session("RUNNING"), heard_s=NOW_S - 3.0)),
            f"Stay clear of the robot and {CHECK}: the session has not been heard for 3 s",
        ),
        (replace(picture("ADMITTED"), gate=None), f"Wait until the gate is heard; if it stays silent, {CHECK}"),
        (
            replace(picture("ADMITTED"), gate=replace(gate("STANDBY"), heard_s=NOW_S - 2.0)),
            f"Stay clear of the robot and {CHECK}: the gate has not been heard for 2 s",
        ),
        (
            replace(picture(), session=replace(session("RUNNING"), heard_s=NOW_S - 3.0), gone=True),
            "Press q: the session has ended",
        ),
        (
            replace(picture("BOOKED", "STANDBY"), asked=(Asked("admit", NOW_S),)),
            "Wait for the answer to admit; Tab halts the robot",
        ),
        (
            picture("state 42"),
            "Use `port session` of the version that runs: the session is in state 42, unknown here",
        ),
    ],
    ids=["never heard", "session silent", "no gate", "gate silent", "gone", "asked", "later version"],
)  # fmt: skip
def test_what_is_not_heard_leads_to_no_step(at: Picture, said: str) -> None:
    assert next_step(at, NOW_S) == said
