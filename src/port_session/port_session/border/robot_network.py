"""How the robot's side of a border joins the robot's own ROS domain: one interface of this machine, and nothing else.

Its settings are those by which `port robot probe` looks (port_ros/interface_profile.py). Ports: DDSI-RTPS 2.5, 9.6.1.
"""

from port_ros.interface_profile import interface_environment

PROFILE_FILE = "robot_dds.xml"
_PORT_BASE, _DOMAIN_GAIN, _PARTICIPANT_GAIN, _D0, _D1, _D2, _D3 = 7400, 250, 2, 0, 10, 1, 11


def environment(run: str, domain: int) -> dict[str, str]:
    """What the robot's side is started with, whatever the session's own nodes have."""
    return {
        "ROS_DOMAIN_ID": str(domain),
        "RMW_IMPLEMENTATION": "rmw_fastrtps_cpp",
        **interface_environment(f"{run}/{PROFILE_FILE}"),
    }


def udp_ports(domain: int, participants: int = 8) -> tuple[int, int]:
    """First and last UDP port of `domain` for so many processes on each machine: what a firewall must let through."""
    first = _PORT_BASE + _DOMAIN_GAIN * domain
    return first + min(_D0, _D2), first + max(_D1, _D3) + _PARTICIPANT_GAIN * (participants - 1)
