"""The workspace as official ROS 2 has it: built by colcon alone, elsewhere, without what scripts/setup adds.

port_interfaces is taken from where scripts/setup has built it: generating messages takes a minute.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packages import ROOT, packages

WORKSPACE = ROOT / "ros2_ws"
PYTHON_PACKAGES = [package.name for package in packages() if (package.folder / "setup.py").exists()]
COLCON = Path(sys.prefix) / "bin" / "colcon"

#: Imports each module of the packages named, and prints for each package where it lies.
IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    print(name, package.__file__)
"""

pytestmark = pytest.mark.timeout(1800)


def colcon(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A colcon command in the workspace, with its log in `folder`."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment |= {"AMENT_PREFIX_PATH": sys.prefix, "VIRTUAL_ENV": sys.prefix}
    call = [str(COLCON), "--log-base", str(folder / "log"), *words]
    return subprocess.run(call, cwd=WORKSPACE, env=environment, capture_output=True, text=True, check=False)


def in_workspace(install: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command in a shell that has sourced the workspace's setup.bash, and nothing else, from a folder elsewhere."""
    script = f'source "{install}/setup.bash" && cd "{install}" && exec "$@"'
    environment = {"PATH": os.environ["PATH"], "HOME": str(install), "AMENT_PREFIX_PATH": sys.prefix}
    call = ["bash", "-c", script, "bash", *words]
    return subprocess.run(call, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def install(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a workspace was built into."""
    folder = tmp_path_factory.mktemp("ws")
    built = colcon(
        folder, "build", "--build-base", str(folder / "build"), "--install-base", str(folder / "install"),
        "--packages-ignore", "port_interfaces", "--cmake-args", "-G", "Ninja", "-DBUILD_TESTING=OFF",
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    return folder / "install"


def test_every_module_can_be_imported(install: Path) -> None:
    ran = in_workspace(install, sys.executable, "-c", IMPORT_ALL, *PYTHON_PACKAGES)
    assert ran.returncode == 0, ran.stderr
    places = dict(line.split(" ", 1) for line in ran.stdout.splitlines())
    assert set(places) == set(PYTHON_PACKAGES)
    assert {name for name, place in places.items() if not place.startswith(str(install))} == set()


#: What a node says that was given no parameters: the first one that it must have.
MISSING = re.compile(r"^error: [a-z_]+: missing", re.MULTILINE)


def test_every_executable_starts(install: Path) -> None:
    """A program tells its usage; a node reads its parameters, misses one and says which."""
    found = [file for file in sorted(install.glob("port_*/lib/port_*/*")) if os.access(file, os.X_OK)]
    assert {file.name for file in found} >= {"gate_node", "camera_node", "recorder_node", "telemetry_node", "port"}
    for file in found:
        ran = in_workspace(install, str(file), "--help")
        said = ran.stdout + ran.stderr
        assert (ran.returncode == 0 and "usage:" in said) or (ran.returncode == 2 and MISSING.search(said)), said
        assert "Traceback" not in said


def test_pictures_pages_and_recordings_are_installed(install: Path) -> None:
    for package in packages():
        source = package.folder / package.name
        beside = [file for file in source.rglob("*") if file.is_file() and file.suffix not in (".py", ".pyc")]
        if not beside:
            continue
        (place,) = (install / package.name / "lib").glob("python3*/site-packages")
        for file in beside:
            assert (place / package.name / file.relative_to(source)).is_file(), file
    assert (install / "port_bringup" / "share" / "port_bringup" / "launch" / "session.launch.py").is_file()


def test_colcon_runs_the_unit_tests_of_a_package(tmp_path: Path) -> None:
    base = ("--build-base", str(tmp_path / "build"), "--merge-install", "--install-base", sys.prefix)
    tested = colcon(tmp_path, "test", *base, "--packages-select", "port_sim", "--return-code-on-test-failure")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    result = colcon(tmp_path, "test-result", "--all", "--test-result-base", str(tmp_path / "build"))
    count = int(result.stdout.rpartition("Summary: ")[2].split(" ")[0])
    assert count >= 90 and "0 errors, 0 failures" in result.stdout, result.stdout


@pytest.mark.parametrize("name", PYTHON_PACKAGES)
def test_colcon_finds_the_unit_tests_of_every_package(name: str) -> None:
    """Collected from the package's folder, as colcon does it."""
    call = [sys.executable, "-m", "pytest", "--collect-only", "-q"]
    ran = subprocess.run(call, cwd=WORKSPACE / "src" / name, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
