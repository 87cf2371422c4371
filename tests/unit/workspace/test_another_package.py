"""A ground adds a rule and a type of command from a package of its own: built, installed beside port, found, in force.

No file of port changes. The package is docs/examples/ground_rules, which docs/add_a_rule.md walks through.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.packages import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "ground_rules"
CONFIG = ROOT / "config"
#: Nothing is fetched: what builds is there.
OFFLINE = ("-q", "--no-deps", "--no-index", "--disable-pip-version-check")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the example is installed, from a wheel that was built from a copy."""
    folder = tmp_path_factory.mktemp("ground_rules")
    shutil.copytree(EXAMPLE, folder / "source")
    pip, wheels = (sys.executable, "-m", "pip"), folder / "wheels"
    build: list[str | Path]
    build = [*pip, "wheel", *OFFLINE, "--no-build-isolation", "-w", wheels, folder / "source"]
    subprocess.run(build, check=True, timeout=300)
    (wheel,) = wheels.glob("*.whl")
    subprocess.run([*pip, "install", *OFFLINE, "--target", folder / "site", wheel], check=True, timeout=300)
    return folder / "site"


def run(words: list[str | Path], installed: Path | None, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    """A command with the example beside port, or without it."""
    paths = [str(installed)] if installed else []
    before = os.environ.get("PYTHONPATH")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths + ([before] if before else []))}
    return subprocess.run(words, env=environment, cwd=cwd, capture_output=True, text=True, timeout=300)


def described(folder: Path, installed: Path | None, **block: Any) -> "subprocess.CompletedProcess[str]":
    """`port describe` of the demonstration with `reverse_speed` in its robot's profile."""
    return described_with(folder, installed, {"rules": {"reverse_speed": block}})


def described_with(folder: Path, installed: Path | None, part: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
    """`port describe` of the demonstration with another `part` in its robot's profile."""
    for kind in ("grounds", "trials", "robots", "sessions"):
        shutil.copytree(CONFIG / kind, folder / kind)
    profile = folder / "robots" / "sim_wheeled.yaml"
    robot = yaml.safe_load(profile.read_text())
    profile.write_text(yaml.safe_dump(robot | part))
    session = folder / "sessions" / "demo.yaml"
    return run([sys.executable, "-m", "port_session.cli", "describe", "--json", session], installed)


def test_the_tests_of_the_example_pass_where_it_is_installed(installed: Path) -> None:
    """Among them: a gate made with the rule stops by it."""
    said = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test"], installed, EXAMPLE)
    assert said.returncode == 0, said.stdout + said.stderr


def test_its_block_in_a_profile_reaches_the_gate(tmp_path: Path, installed: Path) -> None:
    said = described(tmp_path, installed, limit_mps=0.2)
    assert said.returncode == 0, said.stderr
    (gate,) = (each for each in json.loads(said.stdout)["processes"] if each["executable"] == "gate_node")
    assert gate["parameters"]["reverse_speed"] == {"type": "reverse_speed", "limit_mps": 0.2}
    assert "reverse_speed" in gate["parameters"]["rules"]


def test_a_value_out_of_its_bounds_is_refused_by_file_and_key(tmp_path: Path, installed: Path) -> None:
    said = described(tmp_path, installed, limit_mps=-1.0)
    assert said.returncode != 0
    assert "sim_wheeled.yaml" in said.stderr and "rules.reverse_speed.limit_mps" in said.stderr


def test_where_the_package_is_not_installed_the_rule_is_unknown(tmp_path: Path) -> None:
    said = described(tmp_path, None, limit_mps=0.2)
    assert said.returncode != 0 and "rules.reverse_speed: no rule is called so" in said.stderr


VECTOR = {
    "topics": {"command_in": "velocity", "command_out": "cmd_vel", "command_type": "geometry_msgs/msg/Vector3"},
    "simulated": False,
}


def test_a_robot_may_be_commanded_by_its_type_of_command(tmp_path: Path, installed: Path) -> None:
    said = described_with(tmp_path, installed, VECTOR)
    assert said.returncode == 0, said.stderr
    (gate,) = (each for each in json.loads(said.stdout)["processes"] if each["executable"] == "gate_node")
    assert gate["parameters"]["command_type"] == "geometry_msgs/msg/Vector3"


def test_where_the_package_is_not_installed_its_type_of_command_is_unknown(tmp_path: Path) -> None:
    said = described_with(tmp_path, None, VECTOR)
    assert said.returncode != 0 and "topics.command_type" in said.stderr and "JointTrajectory" in said.stderr
