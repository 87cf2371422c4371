"""What stops cost, and that what is fed back to a robot's profile is never better than what was measured."""

import math
import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from port_safety.evidence.stop_log import Measured
from port_safety.rules.separation import measured_deceleration_mps2
from port_session.description.errors import DescriptionError
from port_session.description.resolve import resolve
from port_session.report.stop_statistics import FEED_FROM_MPS, figure, plain, statistics, table, worst
from tests.gate_bench import ROBOT

#: Each example costs milliseconds; `scripts/test long` tries others.
few = settings(max_examples=40)

CONFIG = Path(__file__).parents[3] / "config"
numbers = st.none() | st.floats(0.0, 3.0)
stops = st.lists(
    st.builds(
        Measured, st.sampled_from(["a", "b"]), st.just(""), st.sampled_from(["PROTECTIVE_STOP", "EMERGENCY_STOP"]),
        numbers, numbers, numbers, numbers,
    ),
    max_size=30,
)  # fmt: skip


def stop(speed_mps: float | None, way_m: float | None, severity: str = "EMERGENCY_STOP") -> Measured:
    return Measured("a", "", severity, speed_mps, way_m, 0.1, 5.0)


def test_by_robot_category_and_band() -> None:
    found = statistics([stop(0.3, 0.2), stop(0.3, 0.1), stop(0.6, 0.4), stop(0.3, 0.3, "PROTECTIVE_STOP")])
    assert [(one.severity, one.from_mps, one.stops) for one in found] == [
        ("EMERGENCY_STOP", 0.25, 2), ("EMERGENCY_STOP", 0.5, 1), ("PROTECTIVE_STOP", 0.25, 1)
    ]  # fmt: skip
    assert (found[0].distance_m.p50, found[0].distance_m.greatest) == (0.1, 0.2)
    assert "0.100 / 0.200 / 0.200" in table(found)


def test_what_was_not_measured_is_in_no_figure() -> None:
    assert figure([None, math.nan]).n == 0
    (one,) = statistics([stop(0.3, None), stop(None, 0.2)])
    assert one.stops == 1 and one.distance_m.n == 0 and "–" in table([one])
    assert plain(one)["distance_m"] == {"n": 0, "p50": None, "p95": None, "greatest": None}


@few
@given(stops)
def test_every_stop_with_a_speed_is_in_one_row_and_no_figure_is_beyond_the_greatest(found: list[Measured]) -> None:
    rows = statistics(found)
    assert sum(row.stops for row in rows) == sum(one.speed_mps is not None for one in found)
    for row in rows:
        for each in (row.latency_ms, row.distance_m, row.travel_after_zero_m):
            assert each.n == 0 or each.p50 <= each.p95 <= each.greatest


@few
@given(stops)
def test_what_is_fed_back_is_no_better_than_any_stop_and_never_than_the_profile(found: list[Measured]) -> None:
    fed = measured_deceleration_mps2(ROBOT, worst(found, "a"))
    every = [
        (one.speed_mps, one.distance_m) for one in found
        if one.robot == "a" and one.speed_mps is not None and one.speed_mps >= FEED_FROM_MPS and one.distance_m
    ]  # fmt: skip
    assert fed <= measured_deceleration_mps2(ROBOT, every) + 1e-9
    assert fed <= ROBOT.braking.deceleration_mps2


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """A copy of the demo whose robot names a file of measured stops."""
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    robot = folder / "robots" / "sim_wheeled.yaml"
    tree = yaml.safe_load(robot.read_text())
    tree["stop"] |= {"measured_file": "../stops.yaml", "measured_stop_mps": [1.0], "measured_stop_m": [0.6]}
    robot.write_text(yaml.safe_dump(tree))
    return folder / "sessions" / "demo.yaml"


def feed(session: Path, **changes: object) -> None:
    tree = {"robot": "sim_wheeled", "logs": ["0" * 64], "measured_stop_mps": [0.5], "measured_stop_m": [0.3]}
    (session.parents[1] / "stops.yaml").write_text(yaml.safe_dump({**tree, **changes}))


def test_the_separation_rule_is_told_of_them_behind_those_of_the_profile(session: Path) -> None:
    feed(session)
    gate = next(process for process in resolve(str(session)).processes if process.name == "gate")
    assert gate.parameters["separation"]["measured_stop_mps"] == [1.0, 0.5]
    assert gate.parameters["separation"]["measured_stop_m"] == [0.6, 0.3]


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"robot": "other"}, "expected sim_wheeled, got other"), ({"measured_stop_m": []}, "a way for each of the 1")],
)
def test_a_file_that_does_not_fit_is_refused(session: Path, changes: dict[str, object], why: str) -> None:
    feed(session, **changes)
    with pytest.raises(DescriptionError, match=why):
        resolve(str(session))


def test_a_file_that_is_not_there_is_refused(session: Path) -> None:
    with pytest.raises(DescriptionError, match="no such file"):
        resolve(str(session))
