"""How long the demonstration waits, and what it says on a machine that is too busy."""

from dataclasses import dataclass, replace

import pytest

from port_ros.machine_load import MachineLoad
from port_sim.patience import Patience, explain

IDLE, BUSY = MachineLoad(0.4, 2, 0.02), MachineLoad(13.0, 2, 0.97)


@dataclass(frozen=True)
class Sight:
    """What an operator sees of a robot that stands where it was set off."""

    safety: str = "RUN"
    session: str = "RUNNING"
    stage: str = ""
    x: float | None = 1.0


STANDS = Sight()


def test_a_step_in_which_nothing_moves_is_over_after_its_patience() -> None:
    patience = Patience(40.0, lambda: IDLE)
    assert not patience.is_over(STANDS, 100.0)
    assert not patience.is_over(STANDS, 140.0)
    assert patience.is_over(STANDS, 140.1) and patience.quiet_s(140.1) == pytest.approx(40.1)


def test_a_robot_that_gets_further_is_waited_for_as_long_as_it_takes() -> None:
    patience = Patience(40.0, lambda: IDLE)
    for second in range(0, 600, 30):
        assert not patience.is_over(replace(STANDS, x=1.0 + second * 0.01), 100.0 + second)


def test_creeping_and_rocking_are_no_moving_on() -> None:
    patience = Patience(40.0, lambda: IDLE)
    over = [patience.is_over(replace(STANDS, x=1.0 + 0.04 * (second % 2)), 100.0 + second) for second in range(60)]
    assert over[40] is False and over[41] is True


def test_a_gate_that_comes_and_goes_between_two_states_does_not_hold_the_script_up_for_ever() -> None:
    patience = Patience(40.0, lambda: IDLE)
    states = ("RUN", "REDUCED")
    over = [patience.is_over(replace(STANDS, safety=states[second % 2]), 100.0 + second) for second in range(60)]
    assert over[41] is False and over[42] is True


def test_a_new_stage_or_state_is_waited_for_anew() -> None:
    patience = Patience(40.0, lambda: IDLE)
    assert not patience.is_over(STANDS, 100.0)
    assert not patience.is_over(replace(STANDS, safety="STOPPING", stage="halt"), 139.0)
    assert not patience.is_over(replace(STANDS, safety="STOPPING", stage="settle"), 178.0)
    assert patience.is_over(replace(STANDS, safety="STOPPING", stage="settle"), 219.0)


def test_a_machine_with_six_times_too_much_work_is_given_six_times_as_long() -> None:
    patience = Patience(40.0, lambda: BUSY)
    assert not patience.is_over(STANDS, 0.0)
    assert not patience.is_over(STANDS, 259.0) and patience.is_over(STANDS, 261.0)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("ground_pose: no data for 0.50 s", ": the camera's word was 0.50 s old (load 13 on 2 cores)"),
        ("estop station_1: no data for 0.41 s", ": the e-stop station's word was 0.41 s old (load 13 on 2 cores)"),
        ("force_plate left: no data for 0.52 s (and 2 more)",
         ": the force plate's word was 0.52 s old (load 13 on 2 cores)"),
        ("zone crossing: too fast", " (load 13 on 2 cores)"),
        ("", " (load 13 on 2 cores)"),
    ],
)  # fmt: skip
def test_whose_word_was_late_is_said_by_name(reason: str, said: str) -> None:
    assert explain(reason, BUSY) == "this machine is too busy" + said
