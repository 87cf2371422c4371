"""Who publishes on the gate's command topic beside the gate itself, as the middleware knows them."""

from rclpy.node import Node
from rclpy.publisher import Publisher


def foreign_publishers(node: Node, own: Publisher) -> tuple[str, ...]:
    """Full names of the other nodes, sorted; of several that call themselves like `node`, all but one are foreign.

    Counting is ten times as cheap as asking who, so we ask only when there is more than our own.
    """
    if node.count_publishers(own.topic_name) <= 1:
        return ()
    own_name = node.get_fully_qualified_name()
    names = [
        f"{info.node_namespace.rstrip('/')}/{info.node_name}"
        for info in node.get_publishers_info_by_topic(own.topic_name)
    ]
    if own_name in names:
        names.remove(own_name)
    return tuple(sorted(names))
