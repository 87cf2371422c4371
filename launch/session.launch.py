"""ros2 launch port_bringup session.launch.py session:=demo [out:=DIR] [domain:=N]

The processes of a session, exactly as `port up` and `port describe` have them. Decides nothing by itself.
"""

from launch import LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    OpaqueFunction,
    RegisterEventHandler,
    SetEnvironmentVariable,
    Shutdown,
)
from launch.event_handlers import OnShutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from port_session.admission.host import refuse_if_not_ready
from port_session.description.resolve import resolve
from port_session.supervisor.command_line import command_line, find_executable, session_environment, typed
from port_session.supervisor.runtime import Runtime

#: What this launch has claimed: session name, ROS domain, runtime folder.
CLAIMED = []


def generate_launch_description():
    """The arguments, and the processes once these are known."""
    return LaunchDescription([
        DeclareLaunchArgument("session", description="name or file of the session"),
        DeclareLaunchArgument("out", default_value="", description="where evidence and logs go (default: out/SESSION)"),
        DeclareLaunchArgument("domain", default_value="", description="ROS domain (default: a free one)"),
        OpaqueFunction(function=session_actions),
    ])  # fmt: skip


def session_actions(context):
    """Claim the session and list its actions; the claim ends with the launch."""
    session, out, domain = (LaunchConfiguration(name).perform(context) for name in ("session", "out", "domain"))
    resolved = resolve(session, out or None, int(domain) if domain else None)
    refuse_if_not_ready(resolved)
    runtime = Runtime(resolved)
    CLAIMED.append(runtime)  # for as long as this process lives
    environment = session_environment(runtime.domain, runtime.out, runtime.run)
    return [
        *(SetEnvironmentVariable(name, value) for name, value in environment.items()),
        *(action(process) for process in resolved.processes),
        RegisterEventHandler(OnShutdown(on_shutdown=lambda event, context: runtime.release_at_exit())),
    ]


def action(process):
    """One process as launch starts it."""
    common = {
        "output": "both",
        "respawn": process.respawn,
        "respawn_delay": process.respawn_delay_s,
        "respawn_max_retries": process.max_respawns if process.respawn else -1,
        "on_exit": [Shutdown(reason=f"{process.name} ended")] if process.required else None,
    }
    if not process.ros:
        return ExecuteProcess(cmd=command_line(process, find_executable(process)), name=process.name, **common)
    return Node(
        package=process.package, executable=process.executable, name=process.name, namespace=process.namespace,
        parameters=[typed(process.parameters)], remappings=list(process.remappings), **common,
    )  # fmt: skip
