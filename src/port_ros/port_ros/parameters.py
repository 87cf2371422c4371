"""A node's ROS parameters as one typed, validated value.

Parameters stay standard ROS parameter files (flat names, `left.port: …`); this module nests them and checks them
against a msgspec Struct, so that a wrong key, type or value ends the start with its full path.
"""

from typing import Any, TypeVar

import msgspec
from rclpy.node import Node

T = TypeVar("T")
B = TypeVar("B")

#: Parameters that rclpy declares for every node; they belong to no node's configuration.
_OWN_TO_ROS = ("use_sim_time", "start_type_description_service", "qos_overrides")


class ParameterError(Exception):
    """A parameter is missing, unknown or of the wrong kind; the message names node, path and expectation."""


def nest(flat: dict[str, Any]) -> dict[str, Any]:
    """Turn {'left.port': 1, 'left.rate_hz': 2} into {'left': {'port': 1, 'rate_hz': 2}}.

    Raises ParameterError where one name is both a value and a group.
    """
    tree: dict[str, Any] = {}
    for name, value in sorted(flat.items()):
        *groups, leaf = name.split(".")
        branch = tree
        for group in groups:
            branch = branch.setdefault(group, {})
            if not isinstance(branch, dict):
                raise ParameterError(f"parameter {name}: {group} is both a value and a group")
        branch[leaf] = value
    return tree


def read_tree(node: Node) -> dict[str, Any]:
    """All parameters of `node`, nested.

    The node must have been made with automatically_declare_parameters_from_overrides=True.
    """
    flat = {
        name: parameter.value.tolist() if hasattr(parameter.value, "tolist") else parameter.value
        for name, parameter in node.get_parameters_by_prefix("").items()
        if not name.startswith(_OWN_TO_ROS)
    }
    return nest(flat)


def convert(tree: Any, kind: type[T], where: str) -> T:
    """`tree` as a `kind`; raises ParameterError that names `where` and the path inside of it."""
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as error:
        raise ParameterError(f"{where}: {error}") from error


def read(node: Node, kind: type[T]) -> T:
    """All parameters of `node` as a `kind`; raises ParameterError with the full path of what does not fit."""
    return convert(read_tree(node), kind, node.get_fully_qualified_name())


def read_with_blocks(node: Node, kind: type[T], names_key: str, block: type[B]) -> tuple[T, dict[str, B]]:
    """Parameters of the Nav2 pattern: a list of active names under `names_key`, and one block of values a name.

    Returns the rest as a `kind` (which has `names_key` too) and the blocks by name, in the order of the list.
    """
    tree, where = read_tree(node), node.get_fully_qualified_name()
    names = convert(tree.get(names_key), list[str], f"{where}: {names_key}")
    missing = [name for name in names if name not in tree]
    if missing:
        raise ParameterError(f"{where}: {names_key} lists {missing[0]!r}, but there is no block of that name")
    blocks = {name: convert(tree.pop(name), block, f"{where}: {name}") for name in names}
    return convert(tree, kind, where), blocks
