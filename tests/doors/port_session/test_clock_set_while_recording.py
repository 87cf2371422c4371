"""The edge's clock is set while it records (no battery, first time from the network): told, bounded, and usable.

Nothing may be as long as a difference of stamps: from 1970 to 2026 a plate at 2 kHz has 3.5 million million samples.
"""

import json
import os
import shutil
from pathlib import Path

import ezc3d
import numpy as np
import pytest

from port_session.cli import main as port
from port_session.recorder.clock import Clock
from port_session.recorder.even_axis import ROOM_S, Block, place
from port_session.report import build
from port_session.report.decimate import min_max
from port_session.report.force import total
from port_session.report.gather import gather
from tests.doors.port_session import recording

PREFIXES = tuple(Path(prefix) for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix)
BOOT_NS = 5_000_000_000
YEAR_NS = 365 * 86_400 * 1_000_000_000
SET_AT_S = 7.0
PLATE = {"corners_m": [[0, 0, 0], [0.6, 0, 0], [0.6, 0.4, 0], [0, 0.4, 0]]}


def late(time_s: float) -> int:
    """Boots in 1970 and gets the time after seven seconds."""
    return (BOOT_NS if time_s < SET_AT_S else recording.START_NS) + round(time_s * 1e9)


def back(time_s: float) -> int:
    """Is set back by ten years."""
    return recording.START_NS + round(time_s * 1e9) - (0 if time_s < SET_AT_S else 10 * YEAR_NS)


def a_little_back(time_s: float) -> int:
    """Is set back by three seconds: the same stamps come twice."""
    return recording.START_NS + round(time_s * 1e9) - (0 if time_s < SET_AT_S else 3_000_000_000)


CLOCKS = {"1970 to 2026": late, "ten years back": back, "three seconds back": a_little_back}


@pytest.fixture(scope="module", params=CLOCKS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recording.make(tmp_path_factory.mktemp("session"), PREFIXES, clock=CLOCKS[request.param])


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(made, tmp_path / "out"))
    (folder / "description.json").write_text(json.dumps({"ground": {"force_plates": {"left": PLATE, "right": PLATE}}}))
    return folder


def test_the_report_tells_that_the_clock_was_set_and_its_times_run_on(out: Path) -> None:
    result = build(out, recording.GROUND, recording.EXTRAS)
    told = next(finding for finding in result.findings if finding.name == "Clock")
    assert not told.ok and "the edge's clock was set while it recorded, by " in told.text
    assert " at 7.0 s" in told.text or " at 6.9 s" in told.text
    assert told.text in (out / "report.html").read_text().replace("&#x27;", "'")
    evidence = gather(out)
    assert np.all(np.diff(evidence.motion.time_s) > -3.1) and evidence.motion.time_s[-1] == pytest.approx(40, abs=4)
    assert evidence.seconds(evidence.end_ns) < 60


def test_no_sample_moves_and_the_jump_is_measured(out: Path) -> None:
    evidence = gather(out)
    for plate in evidence.plates:
        assert len(plate.force_n) == 24_000 and not np.isnan(plate.force_n).any() and plate.remarks == ()
    time_s, force_n, _ = total(evidence.plates)
    assert len(time_s) == 24_000 and len(min_max(time_s, force_n, 100)[0]) <= 300
    assert any("30." in line or "29." in line for line in build(out, recording.GROUND).measured), (
        "0.3 m by construction"
    )


def test_the_exports_hold_every_sample_once(out: Path) -> None:
    c3d, csv, picture = out / "a.c3d", out / "a.csv", out / "a.svg"
    assert port(["export", str(out), "--c3d", str(c3d), "--csv", str(csv), "--picture", str(picture)]) == 0
    assert ezc3d.c3d(str(c3d))["data"]["analogs"].shape == (1, 12, 24_000)
    assert len(csv.read_text().splitlines()) == 24_001 and picture.stat().st_size > 0


def test_events_stay_in_the_order_in_which_they_happened(tmp_path: Path) -> None:
    straight = recording.make(tmp_path / "a", PREFIXES, samples=2000)
    stepped = recording.make(tmp_path / "b", PREFIXES, samples=2000, clock=back)
    names = [[change.name for change in gather(folder).gate_states] for folder in (straight, stepped)]
    assert names[0] == names[1] and len(names[0]) > 8
    assert [stop.stands for stop in gather(stepped).stops] == [True, True, True]


def block(first_index: int, stamp_s: float, samples: int = 20) -> Block:
    return Block(first_index, samples, round(stamp_s * 1e9))


def test_a_node_that_starts_anew_after_the_clock_was_set_is_placed_next_and_told() -> None:
    placed = place([block(0, 0.0), block(20, 0.01), block(0, 1.8e9)], 2000.0)
    assert placed.places == (0, 20, 41) and placed.length == 61
    assert placed.remarks == ("at 0.0 s 1.8e+09 s of samples are missing; one missing sample stands for them",)
    placed = place([block(0, 1.8e9), block(0, 5.0)], 2000.0)
    assert placed.places == (0, 21) and "the stamps go back" in placed.remarks[0]


def test_gaps_of_one_stream_share_their_room_however_many_they_are() -> None:
    blocks = [block(0, number * ROOM_S / 3) for number in range(1000)]
    placed = place(blocks, 100.0)
    assert placed.length < (ROOM_S + 1000) * 100 and len(placed.remarks) > 900
    assert all(b - a >= 20 for a, b in zip(placed.places, placed.places[1:], strict=False))


def test_an_index_from_nowhere_does_not_size_anything() -> None:
    placed = place([block(0, 0.0), block(2**63, 0.01), block(2**63 + 20, 0.02)], 2000.0)
    assert placed.places == (0, 21, 41)


def test_a_clock_that_nobody_sets_has_no_steps_and_a_busy_machine_is_none() -> None:
    clock = Clock()
    for stamp_s in (0.0, 1.0, 0.8, 50.0, 100.0):
        clock.arrived(round(stamp_s * 1e9))
    assert clock.steps() == () and clock.time_ns(7) == 7
    assert Clock().time_ns(123) == 123


def clock_of(*files: list[float]) -> Clock:
    clock = Clock()
    for stamps_s in files:
        clock.expect_pause()
        for stamp_s in stamps_s:
            clock.arrived(round(stamp_s * 1e9))
    return clock


@pytest.mark.parametrize("second", [[200.0, 210.0], [7200.0, 7210.0], [3.0, 40.0], [-20.0, 5.0]])
def test_a_second_file_of_the_session_is_no_step_of_the_clock(second: list[float]) -> None:
    """Of a recorder that was started again, of another run hours later, or of somebody who recorded beside."""
    clock = clock_of([0.0, 10.0, 50.0], second)
    assert clock.steps() == ()
    assert [clock.time_ns(round(stamp_s * 1e9)) for stamp_s in second] == [round(stamp_s * 1e9) for stamp_s in second]


def test_a_clock_that_was_set_between_two_files_is_told() -> None:
    (step,) = clock_of([0.0, 10.0], [1.8e9, 1.8e9 + 1]).steps()
    assert (step.at_ns, step.by_ns) == (10_000_000_000, 1_800_000_000_000_000_000 - 10_000_000_000)
    assert len(clock_of([1.8e9, 1.8e9 + 9], [5.0, 6.0]).steps()) == 1
