"""Whether the robot is in another ROS domain than the one where it is looked for, or nowhere. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from port_session.admission.finding import Finding
from port_session.admission.judge import OF_ROBOT, Expected, Seen
from port_session.robots.participant import Participant, by_domain

_NAME = "robot.domain"
_SEE = "(docs/network.md)"
_NOWHERE = (
    "power and cable of the robot; there no ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST and no ROS_LOCALHOST_ONLY=1; a "
    f"firewall; a network without multicast: `network.peers` {_SEE}"
)


@dataclass(frozen=True)
class Place:
    """Where a session looks for its robot. interface: ours on the robot's network; empty where it is on this machine.

    key: of the session's file, by which the robot's domain is changed.
    """

    domain: int
    interface: str
    key: str

    def holds(self, one: Participant) -> bool:
        """Whether the session could hear it, by its domain and by where it is."""
        return one.domain == self.domain and (bool(self.interface) or not one.address)


def place_of(record: Mapping[str, Any]) -> Place | None:
    """record: of a running session. None for a robot that connects by a link: its domain is its own affair."""
    network = record["description"]["session"].get("network")
    if network is None:
        return Place(record["domain"], "", "domain")
    return Place(network["domain"], network["interface"], "network.domain") if network["way"] == "domain" else None


def robot_domain(seen: Seen, expected: Expected, place: Place, there: Sequence[Participant]) -> list[Finding]:
    """What explains that nothing is heard of the robot. there: who is in any domain, processes of sessions left out.

    Who is in the right domain may be an onlooker (`ros2 topic echo`): it explains a part that is silent, never all.
    """
    own = [stream.topic for stream in expected.streams if stream.name in OF_ROBOT]
    silent = [topic for topic in own if _silent(seen, topic)]
    somebody = any(place.holds(one) for one in there)
    if not silent or (somebody and silent != own):
        return []
    elsewhere = [one for one in there if not place.holds(one) and not (somebody and one.address)]
    where = f"domain {place.domain} " + (f"on the network of {place.interface}" if place.interface else "here")
    topics = f"{' and '.join(silent)} {'is' if len(silent) == 1 else 'are'}"
    problem = f"{topics} heard from nobody in {where}"
    if elsewhere:
        return [Finding(_NAME, False, f"{problem}; {by_domain(elsewhere)}", _move(place, elsewhere))]
    if somebody or not _reachable(place):
        return []
    return [Finding(_NAME, False, f"{problem}, and nobody is in any other", _NOWHERE)]


def _silent(seen: Seen, topic: str) -> bool:
    flow = seen.flows.get(topic)
    return flow is None or flow.rate_hz == 0.0


def _move(place: Place, there: Sequence[Participant]) -> str:
    if not place.interface and all(one.address for one in there):
        return "if that is the robot: it is on another machine, and reached by `network` of the session's file " + _SEE
    domains = sorted({one.domain for one in there})
    here = f", or write `{place.key}: {domains[0]}` into the session's file" if len(domains) == 1 else ""
    return f"if that is the robot: start it with ROS_DOMAIN_ID={place.domain}{here}"


def _reachable(place: Place) -> bool:
    """Whether a robot is expected that could not be seen from here."""
    return bool(place.interface) and not place.interface.startswith("127.")
