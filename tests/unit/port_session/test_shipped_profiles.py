"""The profiles that come with port: each can be read, passes what the nodes of a session ask, and says its source."""

import re
from pathlib import Path

import pytest

from port_session.admission.layout import layout
from port_session.admission.settings import settings
from port_session.description.load import load
from port_session.description.resolve import resolve
from port_session.description.robot import Robot
from tests.robot_sessions import CONFIG, copied, session_of

FILES = sorted((CONFIG / "robots").glob("*.yaml"))
#: Of robots that can be bought, or stacks that many use.
REAL = [file for file in FILES if not file.stem.startswith(("sim_", "example_"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_profile_that_comes_along_is_one(file: Path) -> None:
    assert load(file, Robot).name == file.stem


def test_what_teams_bring_most_is_there() -> None:
    assert {file.stem for file in REAL} == {
        "create3", "nav2_base", "spot", "turtlebot4", "unitree_g1", "unitree_go2", "ur_trajectory", "ur_velocity",
    }  # fmt: skip


@pytest.mark.parametrize("file", REAL, ids=lambda file: file.stem)
def test_the_nodes_of_a_session_accept_it(file: Path, tmp_path: Path, runtime_root: Path) -> None:
    session = session_of(copied(tmp_path) / file.name)
    resolved = resolve(str(session))
    assert [finding.line for finding in (*layout(resolved), *settings(resolved)) if not finding.ok] == []


@pytest.mark.parametrize("file", REAL, ids=lambda file: file.stem)
def test_it_says_its_source_and_what_has_none(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert "Not tried on hardware" in lines[0] and "Source" in " ".join(lines[:2])
    figures = [line for line in lines if re.match(r" *[a-z_0-9]+: \[?-?[0-9]", line)]
    assert len(figures) >= 8 and [line for line in figures if "# no source" not in line] == []
