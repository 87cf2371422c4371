"""A node's ROS parameters as one typed, validated value.

Parameters stay standard ROS parameter files (flat names, `left.port: …`); this module nests them and checks them
against msgspec Structs, so that a wrong key, type or value ends the start with its full path. What makes settings of a
tree of parameters is a function of its own for each node, without rclpy: the admission check calls the same one.
"""

from typing import TYPE_CHECKING, Any, TypeVar

from port_ros.decode import decode
from port_ros.misfit import Misfit, misfit_of

if TYPE_CHECKING:
    from rclpy.node import Node

T = TypeVar("T")
B = TypeVar("B")

#: Parameters that rclpy declares for every node; they belong to no node's configuration.
_OWN_TO_ROS = ("use_sim_time", "start_type_description_service", "qos_overrides")


class ParameterError(Misfit):
    """A parameter is missing, unknown or of a value that cannot be. key: its full path; problem: with what mends it.

    Made of "key: problem" in one text, or of both.
    """

    def __init__(self, problem: str, key: str = "") -> None:
        misfit = Misfit(key, problem) if key else misfit_of(ValueError(problem))
        super().__init__(misfit.key, misfit.problem)

    @classmethod
    def of(cls, error: ValueError, below: str = "") -> "ParameterError":
        """What `error` says of a value `below` a key."""
        misfit = misfit_of(error, below)
        return cls(misfit.problem, misfit.key)


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
                raise ParameterError(f"{group} is both a value and a group", name)
        branch[leaf] = value
    return tree


def read_tree(node: "Node") -> dict[str, Any]:
    """All parameters of `node`, nested.

    The node must have been made with automatically_declare_parameters_from_overrides=True.
    """
    flat = {
        name: parameter.value.tolist() if hasattr(parameter.value, "tolist") else parameter.value
        for name, parameter in node.get_parameters_by_prefix("").items()
        if not name.startswith(_OWN_TO_ROS)
    }
    return nest(flat)


def convert(tree: Any, kind: type[T], key: str = "") -> T:
    """`tree`, which stands under `key`, as a `kind`; raises ParameterError with the full path of what does not fit."""
    try:
        return decode(tree, kind, key)
    except Misfit as misfit:
        raise ParameterError(misfit.problem, misfit.key) from None


def read(node: "Node", kind: type[T]) -> T:
    """All parameters of `node` as a `kind`; raises ParameterError with the full path of what does not fit."""
    return convert(read_tree(node), kind)


def with_blocks(tree: dict[str, Any], kind: type[T], names_key: str, block: type[B]) -> tuple[T, dict[str, B]]:
    """Parameters of the Nav2 pattern: a list of active names under `names_key`, and one block of values a name.

    Returns the rest as a `kind` (which has `names_key` too) and the blocks by name, in the order of the list.
    """
    rest = dict(tree)
    names = convert(tree.get(names_key, []), list[str], names_key)
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"{name!r} is named twice", names_key)
        if name not in tree:
            raise ParameterError(f"{name!r} is named, but there is no block of that name", names_key)
    blocks = {name: convert(rest.pop(name), block, name) for name in names}
    return convert(rest, kind), blocks
