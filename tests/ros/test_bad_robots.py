"""A few robots that are wrong, beside a real gate: the admission check names each, and what it says mends it.

All ways that there are, in a whole session: tests/scenarios/test_bad_robots.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bad_robots.ground import found, wrong
from tests.bad_robots.stand import Stand
from tests.bad_robots.ways import way
from tests.waiting import wait_until

FEW = (
    "odometry_elsewhere", "requests_best_effort", "other_definition", "simulated_time", "covariance_zero",
    "frame_base", "requests_restless",
)  # fmt: skip


@pytest.fixture
def stand(ros_domain: int, tmp_path: Path) -> Iterator[Stand]:
    stand = Stand(tmp_path, ros_domain)
    yield stand
    stand.close()


def test_a_wrong_robot_is_found_by_name_and_mended_by_doing_what_the_line_says(stand: Stand) -> None:
    for name in FEW:
        _found_and_mended(stand, name)


def _found_and_mended(stand: Stand, name: str) -> None:
    chosen, last = way(name), list[dict[str, Any]]()

    def told() -> bool:
        last[:] = stand.look(chosen)
        return found(last, chosen) is not None

    def mended() -> bool:
        last[:] = stand.look(chosen, mended=True)
        return not wrong(last)

    try:
        with stand.robot(chosen):
            wait_until(told, what=f"{name} is found")
        with stand.robot(chosen, mended=True):
            wait_until(mended, what=f"{name} is mended")
    except AssertionError as error:
        raise AssertionError(f"{error}: {wrong(last)}") from None
