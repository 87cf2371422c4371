"""Full names of nodes as the middleware's graph gives them; empty where it does not know one.

A process that has just been found has told its topics, but not yet the names of its nodes: those come on a topic of
their own (ros_discovery_info), a moment later. A DDS program without ROS never tells any, and of a process that was
killed in between the topics stay until its lease runs out.
"""

_UNKNOWN = ("_NODE_NAME_UNKNOWN_", "_NODE_NAMESPACE_UNKNOWN_")


def full_name(name: str, namespace: str) -> str:
    """Namespace and name in one; empty while either is not known."""
    if not name or name in _UNKNOWN or namespace in _UNKNOWN:
        return ""
    return f"{namespace.rstrip('/')}/{name}"
