"""Every way of ending a session, with every kind of robot that a session can simulate, while the robot moves at speed.

Nobody falls, nobody moves on, nothing is left, and the evidence is whole. `scripts/test` takes a selection in which
each way and each kind is there; `scripts/test endings` takes all. Those of `ros2 launch` are in tests/launch too.
"""

from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.scenarios.ending_session import KINDS, WAYS, Way, end, launch_exists

#: For each kind of robot what is taken always: the ways that once cost it its power, and no way twice.
SELECTED = {
    ("humanoid", "SIGKILL of port up"), ("humanoid", "SIGKILL of the gate"), ("wheeled", "hang-up"), ("arm", "Ctrl-C"),
    ("quadruped", "SIGKILL of the e-stop node"), ("wheeled", "SIGKILL of the session node"),
}  # fmt: skip


def cases() -> list[ParameterSet]:
    """Each way × each kind; what is not selected bears the mark `endings`."""
    found = []
    for way in WAYS:
        for kind in KINDS:
            if way.by == "port up" or launch_exists():
                marks = [] if (kind, way.name) in SELECTED else [pytest.mark.endings]
                found.append(pytest.param(kind, way, marks=marks, id=f"{kind}, {way.name}".replace(" ", "_")))
    return found


@pytest.mark.parametrize(("kind", "way"), cases())
def test_nobody_falls_nobody_moves_on_nothing_is_left_and_the_evidence_is_whole(
    kind: str, way: Way, tmp_path: Path
) -> None:
    outcome = end(tmp_path, kind, way)
    assert not outcome.problems, outcome


def test_the_selection_names_what_there_is() -> None:
    assert {(kind, way.name) for kind in KINDS for way in WAYS} > SELECTED
