"""launch/session.launch.py with the real launch: it starts `port up`, ends with it, and takes it along.

On the ROS 2 wheels launch does not exist: there the file is compiled and its arguments are read from its text. With
REQUIRE_LAUNCH=1, or with an official ROS 2 sourced, a missing launch_ros fails.
"""

import ast
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from port_session.description.resolve import Resolved, resolve
from port_session.supervisor.command_line import find_executable
from tests.scenarios.ending_session import LAUNCH_FILE, ROS2, WAYS, Way, end
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runtime_root: Path) -> Resolved:
    monkeypatch.chdir(ROOT)
    return resolve("demo", out=tmp_path / "out")


def test_file_compiles_and_declares_its_arguments() -> None:
    tree = ast.parse(LAUNCH_FILE.read_text())
    compile(tree, str(LAUNCH_FILE), "exec")
    declared = {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "DeclareLaunchArgument"
        if isinstance(call.args[0], ast.Constant)
    }
    assert declared == {"session", "out", "domain"}


def test_every_process_has_an_installed_executable(demo: Resolved) -> None:
    for process in demo.processes:
        assert os.access(find_executable(process), os.X_OK)


@pytest.fixture
def launch_modules() -> None:
    """Skip where launch_ros is not installed, unless it has to be."""
    if importlib.util.find_spec("launch_ros") is None:
        if os.environ.get("REQUIRE_LAUNCH") == "1" or (os.environ.get("ROS_DISTRO") and shutil.which("ros2")):
            pytest.fail("launch_ros cannot be imported, although an official ROS 2 is sourced, or REQUIRE_LAUNCH=1")
        pytest.skip("launch_ros does not exist on the ROS 2 wheels; REQUIRE_LAUNCH=1 makes this a failure")


def actions(demo: Resolved, **arguments: str) -> tuple[Any, list[Any]]:
    """A launch context, and what the launch file makes of these arguments."""
    from launch import LaunchContext

    spec = importlib.util.spec_from_file_location("session_launch", LAUNCH_FILE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    context = LaunchContext()
    context.launch_configurations.update({"session": "demo", "out": "", "domain": "", **arguments})
    return context, module.session_actions(context)


@pytest.mark.usefixtures("launch_modules")
def test_one_process_that_is_given_all_the_time_that_its_end_may_take(demo: Resolved) -> None:
    context, (port, _) = actions(demo, out=demo.out, domain="42")
    port.prepare(context)
    words = port.process_details["cmd"]
    assert os.access(words[0], os.X_OK) and Path(words[0]).name == "port"
    assert words[1:] == [
        "up", "demo", "--end-with-parent", str(os.getpid()), "--out", demo.out, "--domain", "42",
    ]  # fmt: skip
    given_s = [float(context.perform_substitution(part)) for (part,) in (port.sigterm_timeout, port.sigkill_timeout)]
    assert min(given_s) >= demo.longest_end_s > demo.process("gate").stop_s + demo.process("recorder").stop_s


@pytest.mark.usefixtures("launch_modules", "demo")
@pytest.mark.parametrize(("arguments", "said"), [
    (["session:=demo", "domain:=abc"], "argument --domain: expected a whole number 0..101, got 'abc'"),
    (["session:=demo", "domain:=500"], "argument --domain: expected a whole number 0..101, got '500'"),
    (["session:=nosuch"], "no session 'nosuch' in"),
])  # fmt: skip
def test_what_keeps_a_session_from_starting_is_said_and_launch_ends_with_1(arguments: list[str], said: str) -> None:
    words = [str(ROS2), "launch", str(LAUNCH_FILE), *arguments]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert ended.returncode == 1 and said in ended.stdout + ended.stderr


@pytest.mark.usefixtures("launch_modules")
@pytest.mark.parametrize("way", [
    pytest.param(way, id=way.name.replace(" ", "_")) for way in WAYS if way.by == "ros2 launch"
])  # fmt: skip
def test_however_launch_ends_the_robot_is_brought_down_and_nothing_is_left(way: Way, tmp_path: Path) -> None:
    outcome = end(tmp_path, "humanoid", way)
    assert not outcome.problems, outcome
    if "SIGINT" in way.name or "Ctrl-C" in way.name:
        assert outcome.code == 0, outcome.output
    for told in ("ROS domain", "dashboard http://", "evidence ", "port check tells"):
        assert told in outcome.output
