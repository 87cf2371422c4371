"""How the robot's side of a border joins the robot's own ROS domain: one interface of this machine, and nothing else.

By what Fast DDS calls a transport with an interface white list; discovery by multicast on that interface, or of the
peers that are named. Ports: DDSI-RTPS 2.5, 9.6.1.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape

PROFILE_FILE = "robot_dds.xml"
_PORT_BASE, _DOMAIN_GAIN, _PARTICIPANT_GAIN, _D0, _D1, _D2, _D3 = 7400, 250, 2, 0, 10, 1, 11

_PROFILE = """\
<?xml version="1.0" encoding="UTF-8"?>
<profiles xmlns="http://www.eprosima.com/XMLSchemas/fastRTPS_Profiles">
  <transport_descriptors>
    <transport_descriptor>
      <transport_id>robot_network</transport_id>
      <type>UDPv4</type>
      <interfaceWhiteList><address>{interface}</address></interfaceWhiteList>
      <maxInitialPeersRange>32</maxInitialPeersRange>
    </transport_descriptor>
  </transport_descriptors>
  <participant profile_name="port_border" is_default_profile="true">
    <rtps>
      <userTransports><transport_id>robot_network</transport_id></userTransports>
      <useBuiltinTransports>false</useBuiltinTransports>{builtin}
    </rtps>
  </participant>
</profiles>
"""
_BUILTIN = """
      <builtin>
        <metatrafficUnicastLocatorList><locator/></metatrafficUnicastLocatorList>
        <initialPeersList>{peers}</initialPeersList>
      </builtin>"""
_PEER = "<locator><udpv4><address>{}</address></udpv4></locator>"


def profile(interface: str, peers: Sequence[str]) -> str:
    """Fast DDS's settings: on the interface with this address alone; peers: nobody is looked for by multicast then."""
    listed = "".join(_PEER.format(escape(peer)) for peer in peers)
    return _PROFILE.format(interface=escape(interface), builtin=_BUILTIN.format(peers=listed) if peers else "")


def environment(run: str, domain: int) -> dict[str, str]:
    """What the robot's side is started with, whatever the session's own nodes have."""
    return {
        "ROS_DOMAIN_ID": str(domain),
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "SYSTEM_DEFAULT",
        "FASTRTPS_DEFAULT_PROFILES_FILE": f"{run}/{PROFILE_FILE}",
        "RMW_IMPLEMENTATION": "rmw_fastrtps_cpp",
    }


def udp_ports(domain: int, participants: int = 8) -> tuple[int, int]:
    """First and last UDP port of `domain` for so many processes on each machine: what a firewall must let through."""
    first = _PORT_BASE + _DOMAIN_GAIN * domain
    return first + min(_D0, _D2), first + max(_D1, _D3) + _PARTICIPANT_GAIN * (participants - 1)
