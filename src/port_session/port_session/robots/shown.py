"""A look at a domain for people: a table of its topics. Pure."""

import math
from collections.abc import Sequence

from port_session.robots.domain_look import DomainLook, TopicLook
from port_session.robots.participant import Participant, by_domain
from port_session.robots.profile_guess import described


def table(look: DomainLook) -> str:
    """One line a topic: name, type, who publishes → who listens, and what came."""
    rows = [_row(topic) for topic in look.topics]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = [
        "  ".join([*(f"{text:<{width}}" for text, width in zip(row, widths, strict=False)), row[3]]).rstrip()
        for row in rows
    ]
    count = f"ROS domain {look.domain}, {look.seconds:g} s: {len(look.nodes)} nodes, {len(look.topics)} topics"
    return "\n".join([count, *lines])


def _row(topic: TopicLook) -> tuple[str, str, str, str]:
    ends = " → ".join(
        ", ".join(dict.fromkeys(each.node or "?" for each in side)) or "-"
        for side in (topic.publishers, topic.subscribers)
    )
    silent = not topic.unheard and math.isnan(topic.rate_hz)
    return topic.name, " | ".join(topic.types), ends, "" if silent else described(topic)


def nobody_there(domain: int, seconds: float, reach: str, elsewhere: Sequence[Participant] = ()) -> str:
    """What to look at when a domain is empty. reach: this shell's ROS_AUTOMATIC_DISCOVERY_RANGE; empty if unset.

    elsewhere: who is in other domains.
    """
    there = f": there is somebody {by_domain(elsewhere)}" if elsewhere else ""
    local = " (set here: this shell finds nobody else)" if reach in ("LOCALHOST", "OFF") else ""
    return "\n".join([
        f"nobody is in ROS domain {domain} ({seconds:g} s). Look at:",
        f"  domain     is it {domain} on the robot? there: echo $ROS_DOMAIN_ID (unset is 0){there}",
        f"  localhost  ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST or ROS_LOCALHOST_ONLY=1 on either side{local}",
        f"  firewall   UDP ports {7400 + 250 * domain} to {7400 + 250 * domain + 249} on both machines",
        "  network    no multicast (many wireless networks): --peer ADDRESS of the robot; several interfaces:",
        "             --interface ADDRESS of this machine on the robot's network",
        "  robot      do its nodes run, with an RMW that meets this one's (Fast DDS here)?",
    ])  # fmt: skip
