"""What was seen in a ROS domain in some seconds: nodes, topics, who is on them, and what they said. As JSON, too.

Values only. Who looks: ros/domain_look.py; what is concluded: profile_guess.py.
"""

import json
import math
from dataclasses import dataclass
from typing import Any

import msgspec

#: Numbers that may be none: not a number here, null in JSON.
_MAY_BE_NONE = ("rate_hz", "lag_s", "zero_stamps")


@dataclass(frozen=True)
class TopicEnd:
    """One publisher or subscriber. node: full name; empty for a program that is no ROS node.

    type_hash: empty where the other side tells none, as ROS 2 distributions before Iron do.
    """

    node: str
    type: str
    type_hash: str = ""
    reliability: str = ""
    durability: str = ""


@dataclass(frozen=True)
class OdometryContent:
    """moved_m: way between the first and the last position, along its path. twist: whether any velocity was not zero.

    least_z_m, most_z_m: of position.z.
    """

    moved_m: float
    twist: bool
    least_z_m: float
    most_z_m: float


@dataclass(frozen=True)
class JointContent:
    """names: of all joints, in the order in which they came. velocities: whether every message had one for each."""

    names: tuple[str, ...]
    velocities: bool


@dataclass(frozen=True)
class ImuContent:
    """orientation: whether it tells one (REP-145: covariance[0] is -1 where it does not)."""

    orientation: bool


@dataclass(frozen=True)
class TopicLook:
    """One topic. rate_hz: NaN where nobody listened (`unheard` says why).

    lag_s: median of this machine's clock minus the header's stamp, NaN without a header. zero_stamps: share of stamps
    that are 0, NaN without a header. largest_bytes: of all messages that came.
    """

    name: str
    publishers: tuple[TopicEnd, ...] = ()
    subscribers: tuple[TopicEnd, ...] = ()
    rate_hz: float = math.nan
    lag_s: float = math.nan
    zero_stamps: float = math.nan
    frame_id: str = ""
    child_frame_id: str = ""
    largest_bytes: int = 0
    unheard: str = ""
    odometry: OdometryContent | None = None
    joints: JointContent | None = None
    imu: ImuContent | None = None

    @property
    def types(self) -> tuple[str, ...]:
        """Every type that somebody publishes or listens to here: more than one is a mistake that nobody reports."""
        return tuple(dict.fromkeys(each.type for each in (*self.publishers, *self.subscribers)))


@dataclass(frozen=True)
class DomainLook:
    """domain: its id. nodes: full names, our own left out."""

    domain: int
    seconds: float
    nodes: tuple[str, ...] = ()
    topics: tuple[TopicLook, ...] = ()

    def publishing(self, kind: str) -> list[TopicLook]:
        """Topics on which somebody publishes messages of `kind`."""
        return [topic for topic in self.topics if any(each.type == kind for each in topic.publishers)]

    def listening(self, *kinds: str) -> list[TopicLook]:
        """Topics on which somebody listens to messages of one of `kinds`."""
        return [topic for topic in self.topics if any(each.type in kinds for each in topic.subscribers)]

    def to_json(self) -> str:
        return json.dumps(json.loads(msgspec.json.encode(self)), indent=2)

    @classmethod
    def from_json(cls, text: str) -> "DomainLook":
        """Raises ValueError for what is no look."""
        tree: Any = json.loads(text)
        for topic in tree.get("topics", ()):
            topic.update({key: math.nan for key in _MAY_BE_NONE if topic.get(key, 0.0) is None})
        return msgspec.convert(tree, cls)
