"""How the processes of one session reach each other on this machine: by UDP over the loopback, not by shared memory.

In Fast DDS's shared memory a writer takes a lock that lies with the reader: an observer that is stopped or killed at
the wrong moment holds up the safety gate for a second (docs/adr/0010-no-shared-memory.md). A socket drops what nobody
fetches. And whoever ends may die of what a killed process left in shared memory. Touches nothing where the user has
chosen otherwise.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from port_ros.interface_profile import interface_profile

#: In the runtime folder: the middleware's settings for this session.
PROFILE_FILE = "dds.xml"

#: What ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST stands for, with its shared memory left out.
PROFILE = interface_profile("127.0.0.1", ["127.0.0.1"])

#: Set by whoever configures the middleware by hand.
_CHOSEN = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE", "FASTDDS_BUILTIN_TRANSPORTS")

#: Every variable by which it is decided who finds whom (the domain apart): a node that has them all as the session has
#: them is in the session's graph.
DECISIVE = (
    *_CHOSEN, "RMW_IMPLEMENTATION", "RMW_FASTRTPS_USE_QOS_FROM_XML", "SKIP_DEFAULT_XML",
    "ROS_AUTOMATIC_DISCOVERY_RANGE", "ROS_STATIC_PEERS", "ROS_LOCALHOST_ONLY", "ROS_DISCOVERY_SERVER",
    "ROS_SUPER_CLIENT", "CYCLONEDDS_URI", "ZENOH_SESSION_CONFIG_URI", "ZENOH_ROUTER_CONFIG_URI",
    "ZENOH_CONFIG_OVERRIDE", "ROS_SECURITY_ENABLE", "ROS_SECURITY_STRATEGY", "ROS_SECURITY_KEYSTORE",
)  # fmt: skip


def decisive_environment(given: Mapping[str, str], run: Path) -> dict[str, str]:
    """All of DECISIVE that the session's processes have: what was given to them and what is set for them."""
    kept = {name: given[name] for name in DECISIVE if name in given}
    return {**kept, **middleware_environment(given, run)}


@contextlib.contextmanager
def joining(environment: Mapping[str, str]) -> Iterator[None]:
    """Nodes made in this block reach others as processes with this environment do; then all is as before."""
    before = {name: os.environ.pop(name, None) for name in DECISIVE}
    os.environ.update({name: environment[name] for name in DECISIVE if name in environment})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})


def uses_sockets(given: Mapping[str, str]) -> bool:
    """Whether the nodes exchange their messages over sockets alone; False where somebody else has chosen."""
    other = not given.get("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp").startswith("rmw_fastrtps")
    return not other and not any(name in given for name in _CHOSEN)


def middleware_environment(given: Mapping[str, str], run: Path) -> dict[str, str]:
    """The variables that decide how nodes find and reach each other; `run` holds PROFILE_FILE."""
    reach = given.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    if not uses_sockets(given):
        return {"ROS_AUTOMATIC_DISCOVERY_RANGE": reach}
    if reach != "LOCALHOST" or given.get("ROS_STATIC_PEERS"):
        return {"ROS_AUTOMATIC_DISCOVERY_RANGE": reach, "FASTDDS_BUILTIN_TRANSPORTS": "UDPv4"}
    # LOCALHOST would put shared memory back in, whatever the profile says.
    profile = str(run / PROFILE_FILE)
    return {"ROS_AUTOMATIC_DISCOVERY_RANGE": "SYSTEM_DEFAULT", "FASTRTPS_DEFAULT_PROFILES_FILE": profile}
