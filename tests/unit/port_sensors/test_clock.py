"""The device's clock: paced by the device, not by arrival; follows drift, survives pauses."""

import itertools
import random

from port_sensors.core.clock import DeviceClock

RATE_HZ = 2000.0


def run(clock: DeviceClock, seconds: float, drift: float = 0.0, latency_s: float = 0.002) -> list[float]:
    """Feed batches of 20 with late arrivals now and then; returns the error of each stamp in s."""
    noise = random.Random(1)
    errors = []
    for index in range(19, round(seconds * RATE_HZ), 20):
        taken_s = index / RATE_HZ * (1 + drift)
        late_s = latency_s + noise.expovariate(1000) + (0.05 if noise.random() < 0.02 else 0.0)
        clock.observe(index, taken_s + late_s)
        errors.append(clock.time_s(index) - taken_s - latency_s)
    return errors


def test_stamps_follow_the_device_and_not_the_arrival() -> None:
    errors = run(DeviceClock(RATE_HZ), 20.0)[200:]
    assert max(errors) - min(errors) < 0.0005
    assert abs(sum(errors) / len(errors)) < 0.0003


def test_a_drifting_crystal_is_followed() -> None:
    errors = run(DeviceClock(RATE_HZ), 60.0, drift=50e-6)[1000:]
    assert max(abs(error) for error in errors) < 0.001


def test_a_pause_of_the_device_moves_the_stamps_within_a_second() -> None:
    clock = DeviceClock(RATE_HZ)
    run(clock, 5.0)
    for index in range(10_000, 14_000, 20):
        clock.observe(index, 3.0 + index / RATE_HZ)
    assert abs(clock.time_s(14_000) - (3.0 + 14_000 / RATE_HZ)) < 0.001


def test_stamps_never_run_backwards_once_settled() -> None:
    clock = DeviceClock(RATE_HZ)
    run(clock, 3.0)
    stamps = []
    for index in range(6_000, 40_000, 20):
        clock.observe(index, index / RATE_HZ + random.Random(index).uniform(0.001, 0.03))
        stamps.append(clock.time_s(index))
    assert all(later > earlier for earlier, later in itertools.pairwise(stamps))
