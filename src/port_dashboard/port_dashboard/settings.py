"""What the dashboard node makes of its parameters. Without ROS: the admission check asks the same function."""

from dataclasses import dataclass
from typing import Any

import msgspec

from port_dashboard.state.board import Zone
from port_dashboard.state.page import Frame
from port_ros.parameters import ParameterError, convert


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of the node. `zone_polygons`: x, y, x, y, … in frame ground, m, by zone name."""

    session: str
    host: str = "127.0.0.1"
    port: int = 8080
    zones: list[str] = []
    zone_polygons: dict[str, list[float]] = {}
    zone_kinds: dict[str, str] = {}
    expect: list[str] = []
    robot_radius_m: float = 0.4

    def frame(self) -> Frame:
        """What does not change on the page. Raises ValueError that names the key."""
        zones = tuple(self._zone(name) for name in self.zones if name)
        return Frame(self.session, zones, tuple(filter(None, self.expect)), self.robot_radius_m)

    def _zone(self, name: str) -> Zone:
        if name not in self.zone_polygons:
            raise ValueError(f"zones: {name!r} is listed, but there is no zone_polygons.{name}")
        flat = self.zone_polygons[name]
        if len(flat) % 2:
            raise ValueError(f"zone_polygons.{name}: {len(flat)} numbers are no pairs of x and y")
        try:
            return Zone(name, self.zone_kinds.get(name, ""), tuple(zip(flat[::2], flat[1::2], strict=True)))
        except ValueError as error:
            raise ValueError(f"zone_polygons.{name}: {error}") from error


@dataclass(frozen=True)
class Settings:
    """Where the page is served, and what does not change on it."""

    host: str
    port: int
    frame: Frame


def read(tree: dict[str, Any]) -> Settings:
    """The node's settings. Raises ParameterError."""
    wanted = convert(tree, Parameters)
    try:
        return Settings(wanted.host, wanted.port, wanted.frame())
    except ValueError as error:
        raise ParameterError.of(error) from error
