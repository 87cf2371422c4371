"""Calibration, tare, centre of pressure, saturation, blocks and means of one plate."""

import math

import numpy as np
import pytest

from port_sensors.core.accounting import Run
from port_sensors.core.blocks import BlockCutter
from port_sensors.core.calibration import Calibration, TareWindow
from port_sensors.core.plate import Plate
from port_sensors.core.surface import Surface
from port_sensors.core.wrench import INVALID, SATURATED, centre_of_pressure, status_of

CORNERS = [0.3, 0.2, 0.0, -0.3, 0.2, 0.0, -0.3, -0.2, 0.0, 0.3, -0.2, 0.0]


def samples(count: int, force_z: float = 0.0, noise_n: float = 0.0) -> np.ndarray:
    wrench = np.zeros((count, 6), dtype=np.float32)
    wrench[:, 2] = force_z + np.random.default_rng(1).normal(0, 1, count) * noise_n
    return wrench


def test_identity_passes_bit_by_bit() -> None:
    raw = np.random.default_rng(1).normal(size=(50, 6)).astype(np.float32)
    assert Calibration().apply(raw) is raw


def test_matrix_and_offset() -> None:
    calibration = Calibration(matrix=np.eye(6) * 2, offset=np.arange(6.0))
    assert calibration.apply(np.ones((1, 6), dtype=np.float32)).tolist() == [[2, 1, 0, -1, -2, -3]]


@pytest.mark.parametrize("matrix", [np.zeros((6, 6)), np.eye(5), np.eye(6) * math.nan])
def test_a_matrix_that_loses_an_axis_is_refused(matrix: np.ndarray) -> None:
    with pytest.raises(ValueError, match="calibration"):
        Calibration(matrix=matrix)


def test_centre_of_pressure() -> None:
    assert centre_of_pressure(np.array([0, 0, 100, 5, -10, 0])) == (0.1, 0.05)
    assert all(math.isnan(value) for value in centre_of_pressure(np.array([0, 0, 19.9, 5, -10, 0])))
    assert all(math.isnan(value) for value in centre_of_pressure(np.full(6, math.nan)))


def test_status_marks_what_cannot_have_been_measured() -> None:
    wrench = samples(4)
    wrench[1, 2], wrench[2, 0], wrench[3, 4] = -5000, 5001, math.inf
    assert status_of(wrench, 5000.0).tolist() == [0, SATURATED, SATURATED, INVALID]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (samples(100), "no 1 s of data"),
        (samples(2000, noise_n=20.0), "not still"),
        (samples(2000, force_z=300.0), "not unloaded"),
        (samples(2000, force_z=math.nan), "not numbers"),
    ],
)
def test_tare_is_refused_with_its_reason(raw: np.ndarray, reason: str) -> None:
    window = TareWindow(2000.0)
    window.take(raw, lost_before=0)
    load, refusal = window.load(Calibration())
    assert load is None
    assert reason in refusal


def test_tare_takes_the_load_of_the_last_second_only() -> None:
    window = TareWindow(2000.0)
    window.take(samples(4000, force_z=700.0), lost_before=0)
    for _ in range(200):
        window.take(samples(10, force_z=3.0), lost_before=0)
    load, refusal = window.load(Calibration())
    assert load is not None and (refusal, load[2]) == ("", 3.0)
    window.take(samples(10), lost_before=1)
    assert window.load(Calibration())[0] is None


def test_tare_through_the_plate() -> None:
    plate = Plate(2000.0, 5000.0, 20, Surface.of(CORNERS))
    plate.take(Run(0, samples(2000, force_z=3.0), 0), 1.0)
    assert plate.tare() == ""
    blocks, _ = plate.take(Run(2000, samples(20, force_z=103.0), 0), 1.01)
    assert blocks[0].block.wrench[0, 2] == 100.0


def test_blocks_are_full_and_never_span_a_gap() -> None:
    cutter = BlockCutter(10)
    wrench = np.arange(150, dtype=np.float32).reshape(25, 6)
    first = cutter.take(Run(5, wrench, 0))
    after = cutter.take(Run(33, wrench[:10], 3))
    assert [(block.first_index, len(block.wrench), block.lost_before) for block in first + after] == [
        (5, 10, 0), (15, 10, 0), (25, 5, 0), (33, 10, 3),
    ]  # fmt: skip
    assert (after[-1].received_total, after[-1].lost_total) == (35, 3)
    together = np.concatenate([block.wrench for block in (*first, *after)])
    assert np.array_equal(together, np.concatenate((wrench, wrench[:10])))
