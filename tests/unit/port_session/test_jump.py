"""Jump heights against jumps of known height, and on a recording of a real one."""

import math
from pathlib import Path

import numpy as np
import pytest

from port_session.report.jump import NoJump, measure, measure_all
from tests.doors.port_session.recording import jump_force_n
from tests.simulated_jumps import JUMPERS, Errors, Jumper, errors

RATE_HZ = 2000.0
TIME_S = np.arange(24_000) / RATE_HZ
SQUAT = Path(__file__).parents[2] / "data/jumps/squat_jump_1khz.npz"
RECORDING = Path(__file__).parents[3] / "src/port_sim/port_sim/data/force_plates_jump_2khz.npz"


@pytest.mark.parametrize("height_m", [0.02, 0.1, 0.3, 0.6])
@pytest.mark.parametrize("mass_kg", [12.0, 73.0])
def test_a_jump_of_known_height(height_m: float, mass_kg: float) -> None:
    jump = measure(jump_force_n(TIME_S, mass_kg, height_m), RATE_HZ)
    assert jump.mass_kg == pytest.approx(mass_kg, rel=1e-4)
    assert jump.height_impulse_m == pytest.approx(height_m, rel=0.01)
    assert jump.height_flight_m == pytest.approx(height_m, rel=0.01)
    assert jump.takeoff_s == pytest.approx(10.0, abs=2 / RATE_HZ)


@pytest.mark.slow
@pytest.mark.parametrize("jumper", JUMPERS.values(), ids=JUMPERS)
def test_the_true_height_lies_within_the_stated_uncertainty(jumper: Jumper) -> None:
    """k = 2: of 100 jumps about 95, by each method, whatever the jumper does."""
    found = errors(jumper, 100, seed=5)
    assert Errors.within(found.impulse) >= 0.92 and Errors.within(found.flight) >= 0.90
    assert np.sqrt(np.mean(found.impulse**2)) > 0.15, "and it is not stated much too large"


def test_the_end_of_the_landing_tells_how_fast_the_body_sank_before() -> None:
    """Two centimetres a second for seconds: nothing before the jump shows it."""
    waits, leaves = (errors(Jumper(sinks_mps=0.02, waits=waits), 60, seed=2).impulse for waits in (True, False))
    assert abs(np.mean(waits)) < 0.7 * abs(np.mean(leaves))


def test_who_steps_on_late_is_measured_from_then_on() -> None:
    """Most of what is looked back at is an empty plate."""
    late = np.where(TIME_S < 8.0, 0.0, jump_force_n(TIME_S))
    assert measure(late, RATE_HZ).height_impulse_m == pytest.approx(0.3, rel=0.01)


def test_a_rest_before_stepping_off_the_plate_says_nothing_of_the_jump() -> None:
    """With a foot on the floor the plates do not know what moves the body."""
    off = (TIME_S > 4.0) & (TIME_S < 6.0)
    coming = (TIME_S >= 6.0) & (TIME_S < 7.0)
    force_n = np.where(off, 0.0, np.where(coming, 300.0, jump_force_n(TIME_S)))
    jump = measure(force_n, RATE_HZ)
    assert jump.quiet_s[0] > 7.0 and jump.height_impulse_m == pytest.approx(0.3, rel=0.01)


def test_a_jump_right_after_another_is_measured_through_it() -> None:
    first = jump_force_n(TIME_S)[: round(10.85 * RATE_HZ)]
    second = jump_force_n(TIME_S, height_m=0.2)[round(9.6 * RATE_HZ) :]
    jumps, refused = measure_all(np.concatenate([first, second]), RATE_HZ)
    assert not refused
    assert [jump.height_impulse_m for jump in jumps] == [pytest.approx(0.3, rel=0.02), pytest.approx(0.2, rel=0.02)]


def test_the_plates_zero_is_what_they_read_in_the_air() -> None:
    off = measure(jump_force_n(TIME_S) + 8.0, RATE_HZ)
    assert off.height_impulse_m == pytest.approx(0.3, rel=0.01) and off.mass_kg == pytest.approx(72.0, rel=1e-3)


def test_a_squat_jump_whose_last_quiet_second_was_no_rest() -> None:
    """The body sank while it waited: by that second alone the height was 26.2 cm, flight time says 23.9 cm."""
    with np.load(SQUAT) as plates:
        (jump,), refused = measure_all(plates["force_n"].astype(float), 1000.0)
    assert not refused and not jump.contradicts
    assert jump.height_flight_m == pytest.approx(0.239, abs=0.001)
    assert jump.height_impulse_m == pytest.approx(0.249, abs=0.005) and 0.005 < jump.u_impulse_m < 0.012


def test_methods_that_disagree_are_said_to() -> None:
    whole = jump_force_n(TIME_S)
    longer = np.insert(whole, 20_200, np.zeros(400))
    assert not measure(whole, RATE_HZ).contradicts and measure(longer, RATE_HZ).contradicts


def test_a_real_jump() -> None:
    """Flight time says 34.3 cm: landing with bent legs makes it larger."""
    with np.load(RECORDING) as plates:
        force_n = plates["left"][2].astype(float) + plates["right"][2]
    jumps, refused = measure_all(force_n, RATE_HZ)
    assert len(jumps) == 1 and not refused
    assert jumps[0].mass_kg == pytest.approx(73.8, abs=0.2)
    assert jumps[0].height_impulse_m == pytest.approx(0.325, abs=0.003) and not jumps[0].contradicts
    assert jumps[0].height_flight_m == pytest.approx(0.343, abs=0.003)


@pytest.mark.parametrize(
    ("force_n", "words"),
    [
        (np.full(8000, 700.0), "no time in the air"),
        (np.zeros(8000), "no time in the air"),
        (np.concatenate([np.zeros(4000), np.full(8000, 700.0)]), "no time in the air"),
        (np.concatenate([np.full(1000, 700.0), np.zeros(1000), np.full(1000, 700.0)]), "less than 1 s on the plates"),
        (np.concatenate([700 + 300 * np.sin(np.arange(9000) / 50), np.zeros(1000), np.full(9, 700.0)]), "of quiet"),
        (np.concatenate([np.full(9000, 700.0), np.linspace(700, 0, 300), np.zeros(900), np.full(9, 700.0)]), "a fall"),
        (np.where((TIME_S > 9.95) & (TIME_S < 9.96), math.nan, jump_force_n(TIME_S)), "samples are missing"),
    ],
)
def test_without_a_jump_the_error_says_what_is_missing(force_n: np.ndarray, words: str) -> None:
    with pytest.raises(NoJump, match=words):
        measure(force_n, RATE_HZ)


def test_a_gap_is_no_flight() -> None:
    force_n = np.full(8000, 700.0)
    force_n[4000:5000] = math.nan
    with pytest.raises(NoJump, match="no time in the air"):
        measure(force_n, RATE_HZ)


def test_a_wrong_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="rate above 0"):
        measure(np.zeros(10), 0.0)
