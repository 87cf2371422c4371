"""What the recorder node makes of its parameters. Without ROS: the admission check asks the same function."""

from typing import Any

import msgspec

from port_ros.parameters import convert


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """path: of the MCAP file to write. topics: names, relative to the node's namespace or absolute."""

    path: str
    topics: list[str]

    def __post_init__(self) -> None:
        if not self.path or not self.topics:
            raise ValueError("path and topics must not be empty")


def read(tree: dict[str, Any]) -> Settings:
    """The node's settings. Raises ParameterError."""
    return convert(tree, Settings)
