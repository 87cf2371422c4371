"""The types of commands that the gate can guard, by the ROS type of their message."""

from collections.abc import Mapping
from functools import cache

from port_safety.commands.command_type import CommandType
from port_safety.model.installed import installed

GROUP = "port.commands"


@cache
def command_types() -> Mapping[str, CommandType]:
    """Every type by its message. Raises ValueError for an entry that cannot be used, and for two of one message."""
    found: dict[str, CommandType] = {}
    for each in installed(GROUP, CommandType).values():
        if not isinstance(each.message, str):
            raise ValueError(f"entry points {GROUP}: {each.name}: message is {each.message!r}, no ROS type")
        if each.message in found:
            raise ValueError(f"entry points {GROUP}: {found[each.message].name}, {each.name}: both are {each.message}")
        found[each.message] = each
    return dict(sorted(found.items()))


def command_type_of(message: str) -> CommandType:
    """The type of `message`. Raises ValueError for one that nobody brings."""
    types = command_types()
    if message not in types:
        raise ValueError(f"command_type: {message!r} is none of {', '.join(sorted(types))}")
    return types[message]
