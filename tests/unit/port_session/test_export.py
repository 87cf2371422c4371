"""The export: what was recorded, sample by sample; what was lost is visibly missing."""

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ezc3d
import numpy as np
import pytest

from port_sensors.core.surface import Surface
from port_session.export import c3d_file, csv_file
from port_session.export.plates import surfaces
from port_session.export.tracks import LOST, WRENCH_BLOCK, Track, aligned, between, collect
from port_session.recorder.read import Recorded
from port_sim.recordings import force_plate_jump

CORNERS = [8.0, -3.0, 0.0, 8.6, -3.0, 0.0, 8.6, -2.6, 0.0, 8.0, -2.6, 0.0]
START_NS = 1_800_000_000_000_000_000


def block(name: str, first: int, wrench: np.ndarray, start_ns: int = START_NS, rate_hz: float = 2000.0) -> Recorded:
    stamp = divmod(start_ns + round(first / rate_hz * 1e9), 1_000_000_000)
    header = SimpleNamespace(stamp=SimpleNamespace(sec=stamp[0], nanosec=stamp[1]))
    message: Any = SimpleNamespace(
        header=header, device_id=name, first_index=first, period_s=1 / rate_hz, status=bytes(len(wrench)),
        wrench=wrench.ravel().tolist(),
    )  # fmt: skip
    return Recorded(f"/t/force_plates/{name}/samples", WRENCH_BLOCK, 0, message)


def blocks(name: str, wrench: np.ndarray, lost: tuple[int, ...] = (), size: int = 20, **more: Any) -> list[Recorded]:
    places = range(0, len(wrench), size)
    return [block(name, at, wrench[at : at + size], **more) for at in places if at // size not in lost]


def test_the_whole_jump_survives_c3d_sample_by_sample(tmp_path: Path) -> None:
    sides = {side: force_plate_jump(side)[:8000] for side in ("left", "right")}
    tracks = aligned(collect([one for side, wrench in sides.items() for one in blocks(side, wrench)]))
    turned = Surface.of(CORNERS, [0.001, 0.002, -0.04], [1, 1, -1, 1, -1, -1])
    c3d_file.write(tracks, {"left": Surface.of(CORNERS), "right": turned}, tmp_path / "jump.c3d")
    file = ezc3d.c3d(str(tmp_path / "jump.c3d"))
    analogs = file["data"]["analogs"][0]
    scale = np.array((1, 1, 1, 1000, 1000, 1000))[:, None]
    for number, (side, wrench) in enumerate(sides.items()):
        got = (analogs[6 * number : 6 * number + 6] / scale).astype(np.float32).T
        signs = turned.signs if side == "right" else 1.0
        assert np.array_equal(got[:8000], (wrench * signs).astype(np.float32))
    platform = file["parameters"]["FORCE_PLATFORM"]
    assert np.allclose(platform["CORNERS"]["value"][:, 1, 0], (8600, -3000, 0))
    assert np.allclose(platform["ORIGIN"]["value"][:, 1], (1, 2, -40))
    assert platform["CHANNEL"]["value"][:, 1].tolist() == [7, 8, 9, 10, 11, 12]
    assert file["parameters"]["ANALOG"]["RATE"]["value"][0] == 2000
    assert file["parameters"]["ANALOG"]["UNITS"]["value"][3] == "Nmm"


def test_what_was_lost_is_missing_and_counted(tmp_path: Path) -> None:
    wrench = force_plate_jump("left")[:200]
    (track,) = aligned(collect(blocks("left", wrench, lost=(3,))))
    assert track.lost == 20
    assert np.isnan(track.wrench[60:80]).all() and (track.status[60:80] == LOST).all()
    assert np.array_equal(track.wrench[80:], wrench[80:])
    c3d_file.write([track], {"left": Surface.of(CORNERS)}, tmp_path / "gap.c3d")
    file = ezc3d.c3d(str(tmp_path / "gap.c3d"))
    assert np.isnan(file["data"]["analogs"][0, :, 60:80]).all()
    assert file["parameters"]["PORT"]["LOST"]["value"].tolist() == [20]


def test_csv_holds_every_float_exactly(tmp_path: Path) -> None:
    wrench = force_plate_jump("left")[5000:5200]
    tracks = aligned(collect(blocks("left", wrench, lost=(8,))))
    csv_file.write(tracks, {"left": Surface.of(CORNERS)}, tmp_path / "a.csv")
    header, *rows = [line.split(",") for line in (tmp_path / "a.csv").read_text().splitlines()]
    assert header[:2] == ["time_s", "left.fx_n"] and header[-1] == "left.free_moment_nm"
    got = np.array([row[1:7] for row in rows[:160]], dtype=np.float64).astype(np.float32)
    assert np.array_equal(got, wrench[:160])
    assert rows[165][1:] == ["", "", "", "", "", "", "128", "", "", ""]
    assert len(rows) == 200


def test_plates_that_began_at_different_times_are_laid_side_by_side() -> None:
    wrench = force_plate_jump("left")[:100]
    later = blocks("b", wrench, start_ns=START_NS + 10_000_000)
    first, second = aligned(collect([*blocks("a", wrench), *later]))
    assert len(first.wrench) == len(second.wrench) == 120
    assert np.array_equal(second.wrench[20:], wrench) and second.status[19] == LOST
    assert [track.lost for track in (first, second)] == [20, 20]
    part = between([first], 0.01, 0.02)[0]
    assert np.array_equal(part.wrench, wrench[20:40]) and part.start_ns == START_NS + 10_000_000
    with pytest.raises(ValueError, match=r"no sample lies there: the recording lasts 0\.1 s, --from 0 to 0\.1$"):
        between([first], 2000.0, math.inf)
    with pytest.raises(ValueError, match=r"--from 0\.02 does not come before --to 0\.01"):
        between([first], 0.02, 0.01)


def test_stamps_that_were_late_when_the_node_started_move_no_plate_against_the_other() -> None:
    """A node that gets no processor time at first has seen nothing yet of the device's pace."""
    wrench = force_plate_jump("left")[:8000]
    late = [block("b", at, wrench[at : at + 20], START_NS + 870_000_000 * (at < 2000)) for at in range(0, 8000, 20)]
    first, second = aligned(collect([*blocks("a", wrench), *late]))
    assert first.start_ns == second.start_ns == START_NS
    assert np.array_equal(first.wrench, wrench) and np.array_equal(second.wrench, wrench)


def test_a_node_that_began_to_count_anew_is_placed_by_its_stamps() -> None:
    wrench = force_plate_jump("left")[:100]
    again = blocks("a", wrench, start_ns=START_NS + 100_000_000)
    (track,) = collect([*blocks("a", wrench), *again])
    assert len(track.wrench) == 300 and track.lost == 100
    assert np.array_equal(track.wrench[200:], wrench)


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    one = Track("a", 2000.0, 0, np.zeros((40, 6), dtype=np.float32), np.zeros(40, dtype=np.uint8))
    other = Track("b", 1000.0, 0, one.wrench, one.status)
    with pytest.raises(ValueError, match="unlike rates"):
        aligned([one, other])
    with pytest.raises(ValueError, match="where a lies"):
        c3d_file.write([one], {}, tmp_path / "x.c3d")


def test_the_places_of_the_plates_come_from_the_sessions_description(tmp_path: Path) -> None:
    assert surfaces(tmp_path) == {}
    corners = [CORNERS[at : at + 3] for at in range(0, 12, 3)]
    plates = {"left": {"corners_m": corners, "signs": [1, 1, -1, 1, 1, -1]}}
    (tmp_path / "description.json").write_text(json.dumps({"ground": {"force_plates": plates}}))
    assert surfaces(tmp_path)["left"].signs[2] == -1
