"""Loads on the ground from wrenches on plates: corners, origin, signs, several plates; filter and drift."""

import math

import numpy as np
import pytest

from port_sensors.core.accounting import Run
from port_sensors.core.drift import Drift
from port_sensors.core.low_pass import Decimator, design
from port_sensors.core.plate import Plate
from port_sensors.core.surface import Load, Surface, centre_and_free_moment, combined
from port_sensors.core.together import Together
from port_sensors.core.wrench import centre_of_pressure

#: A plate turned by 90° whose middle is at (2, 1, 0.1): its x is the ground's y.
TURNED = [1.8, 1.3, 0.1, 1.8, 0.7, 0.1, 2.2, 0.7, 0.1, 2.2, 1.3, 0.1]


def pushed(force: tuple[float, float, float], at: tuple[float, float, float], twist: float = 0.0) -> np.ndarray:
    """The wrench about the origin of a force at a point, with a moment about z."""
    return np.concatenate((force, np.add(np.cross(at, force), (0.0, 0.0, twist))))


def test_centre_and_free_moment_are_the_forces_own() -> None:
    x, y, free = centre_and_free_moment(pushed((30.0, -20.0, 700.0), (0.1, -0.05, 0.0), twist=3.0))
    assert np.allclose((x, y, free), (0.1, -0.05, 3.0))
    assert np.allclose(centre_of_pressure(pushed((30.0, -20.0, 700.0), (0.1, -0.05, 0.0))), (x, y))


def test_an_origin_below_the_surface_does_not_move_the_centre() -> None:
    surface = Surface.of(TURNED, origin_m=[0.001, -0.002, 0.04])
    wrench = pushed((50.0, 40.0, 800.0), (0.101, 0.048, 0.04), twist=-2.0)
    load = surface.load(wrench)
    assert np.allclose(load.centre_m, (2.0 - 0.05, 1.0 + 0.1, 0.1))
    assert load.free_moment_nm == pytest.approx(-2.0)
    assert np.allclose(load.force_n, (-40.0, 50.0, 800.0))


def test_nobody_on_it_is_nowhere() -> None:
    load = Surface.of(TURNED).load(np.array((0, 0, 5.0, 1, 1, 1)))
    assert np.isnan(load.centre_m).all() and math.isnan(load.free_moment_nm)


@pytest.mark.parametrize(
    ("corners", "signs", "reason"),
    [
        (TURNED[:9], [], "corners_m: 9"), ([0.0] * 12, [], "rectangle"), ([], [], "corners_m: 0"),
        (TURNED[:3] + TURNED[6:9] + TURNED[3:6] + TURNED[9:], [], "rectangle"),
        (TURNED, [1.0] * 5, "signs: 5"), (TURNED, [2.0] * 6, "signs"),
    ],
)  # fmt: skip
def test_a_surface_that_cannot_be_is_refused(corners: list[float], signs: list[float], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Surface.of(corners, signs=signs)


def test_two_plates_are_one_force_at_one_point() -> None:
    left = Load(np.array((10.0, 5.0, 300.0)), np.array((0.0, 0.2, 0.0)), 1.0)
    right = Load(np.array((-4.0, 2.0, 500.0)), np.array((0.1, -0.2, 0.0)), 2.0)
    whole = combined([left, right])
    assert np.allclose(whole.force_n, (6.0, 7.0, 800.0))
    assert np.allclose(whole.centre_m[:2], ((0.1 * 500) / 800, (0.2 * 300 - 0.2 * 500) / 800))
    about_origin = sum(one.free_moment_nm + np.cross(one.centre_m, one.force_n)[2] for one in (left, right))
    assert whole.free_moment_nm == pytest.approx(about_origin - np.cross(whole.centre_m, whole.force_n)[2])


def test_plates_are_put_together_only_at_the_same_time() -> None:
    together = Together(["a", "b"], 0.005)
    load = Load(np.array((0.0, 0.0, 100.0)), np.zeros(3), 0.0)
    assert together.take("a", 1.00, load) is None
    assert together.take("b", 1.02, load) is None
    whole = together.take("a", 1.021, load)
    assert whole is not None
    assert whole.time_s == pytest.approx(1.0205) and whole.load.force_n[2] == 200.0
    assert together.take("a", 1.022, load) is None


def test_signs_turn_the_channels_and_the_tare_follows() -> None:
    plate = Plate(100.0, 5000.0, 10, Surface.of(TURNED, signs=[1, 1, -1, 1, 1, -1]))
    raw = np.tile(np.array((0, 0, -7.0, 0, 0, 1), dtype=np.float32), (100, 1))
    blocks, _ = plate.take(Run(0, raw, 0), 1.0)
    assert blocks[0].block.wrench[0].tolist() == [0, 0, 7, 0, 0, -1]
    assert plate.tare() == ""
    assert plate.zero_n() == pytest.approx(0.0)
    blocks, _ = plate.take(Run(100, raw, 0), 2.0)
    assert not blocks[0].block.wrench.any()


@pytest.mark.parametrize("every", [2, 10, 20])
def test_the_filter_passes_what_is_slow_and_stops_what_would_fold(every: int) -> None:
    taps = design(every)
    gain = np.abs(np.fft.rfft(taps, 1 << 16))
    cycles = np.fft.rfftfreq(1 << 16) * every
    assert np.all(np.abs(gain[cycles <= 0.3] - 1) < 0.0011)
    assert gain[cycles >= 0.7].max() < 0.0011
    assert np.allclose(taps, taps[::-1])


def test_slow_values_do_not_depend_on_blocks_and_never_span_a_gap() -> None:
    wrench = np.random.default_rng(1).normal(size=(1000, 6)).astype(np.float32)
    whole, cut = Decimator(20), Decimator(20)
    one = whole.take(7, wrench)
    other = [value for at in range(0, 1000, 13) for value in cut.take(7 + at, wrench[at : at + 13])]
    assert [value.index for value in one] == [value.index for value in other]
    assert np.allclose([value.wrench for value in one], [value.wrench for value in other])
    assert [value.index for value in one] == list(range(120, 920, 20))
    after = cut.take(2000, wrench[:300])
    assert after[0].index >= 2000 + cut.delay_samples


def test_a_ramp_comes_out_at_its_own_time() -> None:
    ramp = np.repeat(np.arange(1000, dtype=np.float32)[:, None], 6, axis=1)
    values = Decimator(20).take(0, ramp)
    assert len(values) == 41 and all(value.wrench[2] == pytest.approx(value.index) for value in values)


def test_drift_is_found_under_jitter() -> None:
    rng, drift = np.random.default_rng(2), Drift()
    for number in range(3000):
        device_s = number * 0.02
        drift.observe(device_s, 100.0 + device_s * (1 + 40e-6) + rng.exponential(0.002))
    assert drift.ppm == pytest.approx(40.0, abs=10.0)
    drift.restart()
    assert math.isnan(drift.ppm)
