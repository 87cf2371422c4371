"""Which variables decide how a session's nodes reach each other."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from port_session.supervisor.middleware import PROFILE, middleware_environment

RUN = Path("/run/x")
PROFILE_OF_RUN = {
    "ROS_AUTOMATIC_DISCOVERY_RANGE": "SYSTEM_DEFAULT",
    "FASTRTPS_DEFAULT_PROFILES_FILE": "/run/x/dds.xml",
}


@pytest.mark.parametrize("given", [{}, {"RMW_IMPLEMENTATION": "rmw_fastrtps_cpp"}])
def test_on_this_machine_alone_there_is_no_shared_memory(given: dict[str, str]) -> None:
    assert middleware_environment(given, RUN) == PROFILE_OF_RUN
    kinds = [node.text for node in ElementTree.fromstring(PROFILE).iter() if node.tag.endswith("}type")]  # noqa: S314
    assert kinds == ["UDPv4"]


@pytest.mark.parametrize("reach", [{"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET"}, {"ROS_STATIC_PEERS": "10.0.0.7"}])
def test_a_session_with_peers_on_the_network_keeps_its_reach(reach: dict[str, str]) -> None:
    found = middleware_environment(reach, RUN)
    expected = reach.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    assert found == {"ROS_AUTOMATIC_DISCOVERY_RANGE": expected, "FASTDDS_BUILTIN_TRANSPORTS": "UDPv4"}


@pytest.mark.parametrize(
    "chosen",
    [
        {"RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp"},
        {"FASTRTPS_DEFAULT_PROFILES_FILE": "/etc/own.xml"},
        {"FASTDDS_BUILTIN_TRANSPORTS": "DEFAULT"},
    ],
)
def test_what_the_user_has_chosen_stays(chosen: dict[str, str]) -> None:
    assert middleware_environment(chosen, RUN) == {"ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
