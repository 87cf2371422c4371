"""ros2 launch port_bringup session.launch.py session:=demo [out:=DIR] [domain:=N]

Starts `port up`, which starts, watches and ends the session's processes. Decides nothing by itself; the end of launch,
however it comes, ends the session in order.
"""

import os
import signal

from launch import LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    ExecuteProcess,
    OpaqueFunction,
    RegisterEventHandler,
    Shutdown,
)
from launch.event_handlers import OnShutdown
from launch.events import matches_action
from launch.events.process import SignalProcess
from launch.substitutions import LaunchConfiguration
from launch_ros.substitutions import ExecutableInPackage

from port_session.description.resolve import resolve


def generate_launch_description():
    """The arguments, and the session once these are known."""
    return LaunchDescription([
        DeclareLaunchArgument("session", description="name or file of the session"),
        DeclareLaunchArgument("out", default_value="", description="where evidence and logs go (default: out/SESSION)"),
        DeclareLaunchArgument("domain", default_value="", description="ROS domain (default: a free one)"),
        OpaqueFunction(function=session_actions),
    ])  # fmt: skip


def session_actions(context):
    """`port up` as one process, told at once when launch shuts down, and given the time that its end may take."""
    session, out, domain = (LaunchConfiguration(name).perform(context) for name in ("session", "out", "domain"))
    longest_end_s = resolve(session, out or None).longest_end_s
    port = ExecuteProcess(
        cmd=[
            ExecutableInPackage(package="port_session", executable="port"), "up", session,
            "--end-with-parent", str(os.getpid()),
            *(["--out", out] if out else []), *(["--domain", domain] if domain else []),
        ],
        name="port", output="screen", on_exit=ended,
        sigterm_timeout=str(longest_end_s), sigkill_timeout=str(longest_end_s),
    )  # fmt: skip

    def interrupt(event, context):
        """Launch leaves SIGINT to the terminal, and the shutdown may have come from elsewhere."""
        if port.process_details is None or port.return_code is not None:
            return None
        return EmitEvent(event=SignalProcess(signal_number=signal.SIGINT, process_matcher=matches_action(port)))

    return [port, RegisterEventHandler(OnShutdown(on_shutdown=interrupt))]


def ended(event, context):
    """Launch ends with the session; with exit code 1 if that one's is not 0 (it knows no other)."""
    if event.returncode != 0:
        raise RuntimeError(f"the session ended with exit code {event.returncode}")
    return Shutdown(reason="the session has ended")
