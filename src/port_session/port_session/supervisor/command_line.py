"""How one process of a session is called: executable, arguments, parameter file, environment.

The same call that launch_ros makes. Starts nothing.
"""

import os
import sys
from pathlib import Path

from port_ros.parameter_file import typed
from port_ros.runtime_folder import RUN
from port_session.description.process import Process
from port_session.supervisor.errors import StartError
from port_session.supervisor.middleware import middleware_environment


def prefixes() -> list[Path]:
    """Install prefixes, nearest overlay first."""
    return [Path(p) for p in (os.environ.get("AMENT_PREFIX_PATH") or sys.prefix).split(os.pathsep) if p]


def find_executable(process: Process) -> Path:
    """Where the executable is installed. Raises StartError."""
    for prefix in prefixes():
        path = prefix / "lib" / process.package / process.executable
        if os.access(path, os.X_OK):
            return path
    raise StartError(
        f"{process.name}: no executable {process.executable} of package {process.package} in "
        f"{os.pathsep.join(map(str, prefixes()))}",
        "run scripts/setup, then `source scripts/env`",
    )


def command_line(process: Process, executable: Path, params: Path | None = None) -> list[str]:
    """The words of the call. `params` is the node's parameter file; programs without ROS have none."""
    words = [str(executable), *process.arguments]
    if not process.ros:
        return words
    words += ["--ros-args", "-r", f"__node:={process.name}", "-r", f"__ns:={process.namespace}"]
    if typed(process.parameters):
        words += ["--params-file", str(params)]
    for name, target in process.remappings:
        words += ["-r", f"{name}:={target}"]
    return words


def child_environment(domain: int, out: Path, run: Path) -> dict[str, str]:
    """The whole environment of a process of the session."""
    environment = {
        **os.environ,
        "ROS_DOMAIN_ID": str(domain),
        RUN: str(run),
        **middleware_environment(os.environ, run),
        "RCUTILS_COLORIZED_OUTPUT": "0",
        "PYTHONUNBUFFERED": "1",
        "ROS_LOG_DIR": str(out / "log" / "ros"),
    }
    environment.setdefault("HOME", str(out))  # rclpy.init needs one
    environment.setdefault("AMENT_PREFIX_PATH", sys.prefix)
    if "LD_LIBRARY_PATH" not in environment:
        # The wheels set their mark together with the library path: the mark alone would leave rclpy without libraries.
        environment.pop("_ROS_WHEELS_BOOTSTRAP_COMPLETE", None)
    return environment
