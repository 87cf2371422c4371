"""How the tests' own nodes meet each other: as those of a session do, by sockets on the loopback alone.

Not by shared memory: a process that was killed leaves segments of it behind, and the next one that ends its participant
may die of them (Fast DDS 2.14, SharedMemChannelResource::release).
"""

import atexit
import functools
import os
import tempfile
from pathlib import Path

from port_ros.interface_profile import interface_environment
from port_session.supervisor.middleware import PROFILE


@functools.cache
def loopback() -> dict[str, str]:
    """The variables of whoever is to meet there."""
    descriptor, name = tempfile.mkstemp(prefix="port-loopback-", suffix=".xml")
    os.close(descriptor)
    Path(name).write_text(PROFILE)
    atexit.register(Path(name).unlink, missing_ok=True)
    return interface_environment(name)


def as_a_team(environment: dict[str, str]) -> dict[str, str]:
    """The same without it: who knows nothing of a session has the middleware's own settings, on this machine."""
    plain = {name: value for name, value in environment.items() if name not in loopback()}
    return {**plain, "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
