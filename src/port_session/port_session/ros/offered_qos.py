"""What a topic's publishers offered, as rosbag2 of Jazzy and later writes it into the metadata of an MCAP channel.

`ros2 bag play` offers the same again. Form: a YAML list of profiles, policies by name, durations as sec and nsec (bag
metadata version 9, https://github.com/ros2/rosbag2, rosbag2_storage/qos).
"""

from collections.abc import Sequence
from typing import Any

import yaml
from rclpy.duration import Duration
from rclpy.qos import QoSProfile
from rclpy.topic_endpoint_info import TopicEndpointInfo

_NS = 1_000_000_000


def channel_metadata(publishers: Sequence[TopicEndpointInfo]) -> dict[str, str]:
    """The channel's metadata: every profile that is offered once, and the hash of the type."""
    profiles = [_profile(one.qos_profile) for one in publishers]
    different = [profile for place, profile in enumerate(profiles) if profile not in profiles[:place]]
    return {
        "offered_qos_profiles": yaml.safe_dump(different, sort_keys=False),
        "topic_type_hash": str(publishers[0].topic_type_hash),
    }


def _profile(profile: QoSProfile) -> dict[str, Any]:
    return {
        "history": profile.history.name.lower(),
        "depth": profile.depth,
        "reliability": profile.reliability.name.lower(),
        "durability": profile.durability.name.lower(),
        "deadline": _duration(profile.deadline),
        "lifespan": _duration(profile.lifespan),
        "liveliness": profile.liveliness.name.lower(),
        "liveliness_lease_duration": _duration(profile.liveliness_lease_duration),
        "avoid_ros_namespace_conventions": profile.avoid_ros_namespace_conventions,
    }


def _duration(duration: Duration) -> dict[str, int]:
    seconds, nanoseconds = divmod(duration.nanoseconds, _NS)
    return {"sec": seconds, "nsec": nanoseconds}
