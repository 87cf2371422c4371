"""launch/session.launch.py: the same processes as `port describe`, through launch_ros where that exists.

On the ROS 2 wheels launch does not exist: there the file is compiled and its arguments are read from its text. With
REQUIRE_LAUNCH=1 (continuous integration on an official ROS 2) a missing launch_ros fails.
"""

import ast
import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from port_session.description.process import Process
from port_session.description.resolve import Resolved, resolve
from port_session.supervisor.command_line import command_line, find_executable, typed

ROOT = Path(__file__).parents[2]
FILE = ROOT / "launch" / "session.launch.py"


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runtime_root: Path) -> Resolved:
    monkeypatch.chdir(ROOT)
    return resolve("demo", out=tmp_path / "out")


def test_file_compiles_and_declares_its_arguments() -> None:
    tree = ast.parse(FILE.read_text())
    compile(tree, str(FILE), "exec")
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


def launch_modules() -> None:
    """Skip where launch_ros is not installed, unless it has to be."""
    if importlib.util.find_spec("launch_ros") is None:
        if os.environ.get("REQUIRE_LAUNCH") == "1":
            pytest.fail("REQUIRE_LAUNCH=1, but launch_ros cannot be imported")
        pytest.skip("launch_ros does not exist on the ROS 2 wheels; REQUIRE_LAUNCH=1 makes this a failure")


@pytest.fixture
def launched(demo: Resolved, tmp_path: Path) -> Any:
    """What the launch file makes of the demo: its context and its actions."""
    launch_modules()
    from launch import LaunchContext

    spec = importlib.util.spec_from_file_location("session_launch", FILE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    context = LaunchContext()
    context.launch_configurations.update({"session": "demo", "out": str(tmp_path / "out"), "domain": ""})
    if shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        pytest.fail("mosquitto is not installed")
    module.refuse_if_not_ready = lambda resolved: None  # another test's session may have the ports
    actions = module.session_actions(context)
    yield context, actions
    module.CLAIMED[-1].release()


def test_same_processes_as_described(launched: Any, demo: Resolved) -> None:
    from launch.actions import ExecuteProcess

    context, actions = launched
    started = [action for action in actions if isinstance(action, ExecuteProcess)]
    assert len(started) == len(demo.processes)
    for action, process in zip(started, demo.processes, strict=True):
        if process.ros:
            action._perform_substitutions(context)  # what launch_ros does before it starts a node
            assert action.node_name == f"{process.namespace}/{process.name}"
            own = {"name": f"__node:={process.name}", "ns": f"__ns:={process.namespace}"}
            context.extend_locals({"ros_specific_arguments": own})
        action.prepare(context)
        same_call(action.process_details["cmd"], process)


def same_call(words: list[str], process: Process) -> None:
    """launch_ros writes its own parameter file and its own order; the call must mean the same."""
    expected = command_line(process, find_executable(process), Path("params.yaml"))
    if not process.ros:
        assert words == expected
        return
    assert words[0] == expected[0]
    for pair in (f"__node:={process.name}", f"__ns:={process.namespace}"):
        assert pair in words
    assert ("--params-file" in words) == bool(typed(process.parameters))
    if process.parameters:
        import yaml

        file = Path(words[words.index("--params-file") + 1])
        text = file.read_text().replace("!!python/tuple", "")  # how launch_ros writes lists; to ROS the same
        (given,) = yaml.safe_load(text).values()
        assert flat(given["ros__parameters"]) == flat(typed(process.parameters))


def flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """{'a': {'b': 1}} as {'a.b': 1}, types kept."""
    found: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = list(value) if isinstance(value, list | tuple) else value
    return found
