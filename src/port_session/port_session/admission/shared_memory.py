"""Whether /dev/shm has room for what the nodes map there when they start.

Whoever touches a page there that the file system cannot give is killed by SIGBUS, without a word. Our nodes exchange
nothing there (docs/adr/0010-no-shared-memory.md); but rclpy's tracing library (lttng-ust, which nothing turns off) maps
a page for the user and one for the machine in every ROS process, and a middleware that was chosen by hand a segment
each.
"""

import os
from collections.abc import Mapping

from port_session.admission.finding import Finding
from port_session.supervisor.middleware import uses_sockets

FOLDER = "/dev/shm"  # noqa: S108  (asked for its size only)

#: The tracing library's two pages, and some to spare.
_TRACING_BYTES = 64 * 1024
#: A process's segment and ports in Fast DDS's shared memory.
_SEGMENT_BYTES = 1024 * 1024


def shared_memory(processes: int, environment: Mapping[str, str], folder: str = FOLDER) -> Finding:
    """Whether so many processes can start; `environment` decides over their middleware."""
    needed = _TRACING_BYTES + (0 if uses_sockets(environment) else processes * _SEGMENT_BYTES)
    try:
        found = os.statvfs(folder)
    except OSError:  # nobody can map anything there then, and everybody goes on without
        return Finding("shared memory", True, detail=f"{folder} does not exist")
    free, size = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
    told = f"{_kib(free)} of {_kib(size)} free"
    if free >= needed:
        return Finding("shared memory", True, detail=f"{folder}: {told}")
    return Finding(
        "shared memory", False, f"{folder} is full: {told}, {_kib(needed)} needed; ROS nodes would be killed by SIGBUS",
        f"remove what fills it (`du -ah {folder}`; `fastdds shm clean` for what killed nodes left), or make it larger: "
        f"mount -o remount,size=64M {folder} (in Docker: shm_size, or ipc: host)",
    )  # fmt: skip


def _kib(count: int) -> str:
    return f"{count // 1024:,} KiB"
