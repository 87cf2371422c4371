"""Jump heights against jumps of known height, and on a recording of a real one."""

import math
from pathlib import Path

import numpy as np
import pytest

from port_session.report.jump import NoJump, measure, measure_all
from tests.doors.port_session.recording import jump_force_n

RATE_HZ = 2000.0
TIME_S = np.arange(24_000) / RATE_HZ
RECORDING = Path(__file__).parents[3] / "src/port_sim/port_sim/data/force_plates_jump_2khz.npz"


@pytest.mark.parametrize("height_m", [0.02, 0.1, 0.3, 0.6])
@pytest.mark.parametrize("mass_kg", [12.0, 73.0])
def test_a_jump_of_known_height(height_m: float, mass_kg: float) -> None:
    jump = measure(jump_force_n(TIME_S, mass_kg, height_m), RATE_HZ)
    assert jump.mass_kg == pytest.approx(mass_kg, rel=1e-6)
    assert jump.height_impulse_m == pytest.approx(height_m, rel=0.01)
    assert jump.height_flight_m == pytest.approx(height_m, rel=0.01)
    assert jump.takeoff_s == pytest.approx(10.0, abs=2 / RATE_HZ)


def test_noise_stays_within_the_uncertainty() -> None:
    noise = np.random.default_rng(3)
    errors = []
    for _ in range(30):
        jump = measure(jump_force_n(TIME_S) + noise.normal(0, 2.0, len(TIME_S)), RATE_HZ)
        errors.append((jump.height_impulse_m - 0.3) / jump.u_impulse_m)
    assert np.std(errors) < 1.5 and abs(np.mean(errors)) < 1


def test_a_real_jump() -> None:
    """Impulse 31.7 cm, flight time 34.3 cm: landing with bent legs makes the second larger."""
    with np.load(RECORDING) as plates:
        force_n = plates["left"][2].astype(float) + plates["right"][2]
    jumps, refused = measure_all(force_n, RATE_HZ)
    assert len(jumps) == 1 and not refused
    assert jumps[0].mass_kg == pytest.approx(73.8, abs=0.2)
    assert jumps[0].height_impulse_m == pytest.approx(0.317, abs=0.003)
    assert jumps[0].height_flight_m == pytest.approx(0.343, abs=0.003)


@pytest.mark.parametrize(
    ("force_n", "words"),
    [
        (np.full(8000, 700.0), "no time in the air"),
        (np.zeros(8000), "no time in the air"),
        (np.concatenate([np.zeros(4000), np.full(8000, 700.0)]), "no time in the air"),
        (np.concatenate([np.full(1000, 700.0), np.zeros(1000), np.full(1000, 700.0)]), "less than 1 s"),
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
