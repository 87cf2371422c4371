"""Robots that are wrong, each in a way of its own: `port check` names what is wrong, and what it says mends it."""

from collections.abc import Iterator

import pytest

from tests.bad_robots.ground import Ground
from tests.bad_robots.table import row
from tests.bad_robots.ways import ARM, WAYS, Way, way

#: A few of each sort for every run of the tests; all of them together take minutes.
FEW = ("odometry_elsewhere", "requests_restless", "deaf")


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with Ground(tmp_path_factory.mktemp("ground")) as ground:
        yield ground


@pytest.fixture(scope="module")
def arms_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with Ground(tmp_path_factory.mktemp("arms_ground"), "arm") as ground:
        yield ground


def _found_and_mended(ground: Ground, chosen: Way) -> None:
    found = row(ground, chosen)
    assert found.found, found.line
    assert not found.left, found.line


@pytest.mark.parametrize("name", FEW)
def test_a_wrong_robot_is_found_by_name_and_mended_by_doing_what_the_line_says(ground: Ground, name: str) -> None:
    _found_and_mended(ground, way(name))


@pytest.mark.long_session
@pytest.mark.parametrize("name", [one.name for one in WAYS if one.when != ARM and one.name not in FEW])
def test_every_other_wrong_robot_is_found_and_mended(ground: Ground, name: str) -> None:
    _found_and_mended(ground, way(name))


@pytest.mark.long_session
@pytest.mark.parametrize("name", [one.name for one in WAYS if one.when == ARM])
def test_every_wrong_arm_is_found_and_mended(arms_ground: Ground, name: str) -> None:
    _found_and_mended(arms_ground, way(name))


def test_there_are_twenty_five_ways_and_more_and_each_has_a_name_of_its_own() -> None:
    assert len({one.name for one in WAYS}) == len(WAYS) >= 25
    assert all(one.words and one.remedy and one.does for one in WAYS)
