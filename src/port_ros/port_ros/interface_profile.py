"""Settings of Fast DDS for one network interface, with or without peers that are told by address. Pure.

Without them Fast DDS takes every interface there is; a robot's network and the building's are then one.
"""

from collections.abc import Sequence

_TEXT = """\
<?xml version="1.0" encoding="UTF-8"?>
<profiles xmlns="http://www.eprosima.com/XMLSchemas/fastRTPS_Profiles">
  <transport_descriptors>
    <transport_descriptor>
      <transport_id>chosen</transport_id>
      <type>UDPv4</type>
{interfaces}      <maxInitialPeersRange>32</maxInitialPeersRange>
    </transport_descriptor>
  </transport_descriptors>
  <participant profile_name="port_robot" is_default_profile="true">
    <rtps>
      <userTransports><transport_id>chosen</transport_id></userTransports>
      <useBuiltinTransports>false</useBuiltinTransports>
{peers}    </rtps>
  </participant>
</profiles>
"""
_INTERFACE = "      <interfaceWhiteList><address>{}</address></interfaceWhiteList>\n"
#: An empty unicast locator turns the multicast of discovery off: who is found is who is named.
_PEERS = """\
      <builtin>
        <metatrafficUnicastLocatorList><locator/></metatrafficUnicastLocatorList>
        <initialPeersList>{}</initialPeersList>
      </builtin>
"""
_PEER = "<locator><udpv4><address>{}</address></udpv4></locator>"


def interface_profile(interface: str = "", peers: Sequence[str] = ()) -> str:
    """The XML. interface: this machine's address on the robot's network; empty for all. peers: the robot's addresses,
    asked one by one, for networks that carry no multicast; none: they are found by multicast."""
    own = [interface] if interface and interface not in peers else []
    listed = "".join(_PEER.format(address) for address in (*peers, *own))
    return _TEXT.format(
        interfaces=_INTERFACE.format(interface) if interface else "", peers=_PEERS.format(listed) if peers else ""
    )


def interface_environment(file: str) -> dict[str, str]:
    """What makes rclpy read these settings from `file`; LOCALHOST would put other transports back in."""
    return {"ROS_AUTOMATIC_DISCOVERY_RANGE": "SYSTEM_DEFAULT", "FASTRTPS_DEFAULT_PROFILES_FILE": file}
