"""The devices that a ground's file names, and by what they are found. Looks at none of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from port_ros.network_address import without_login

SERIAL, VIDEO, NETWORK, FILE = "serial", "video", "network", "file"

#: Groups of a ground's file, what /diagnostics calls their devices, and the key of their address.
_GROUPS = {"estop": ("estop", "port"), "force_plates": ("force_plate", "port"), "cameras": ("camera", "address")}
_NETWORK = ("udp://", "http://", "rtsp://", "rtsps://")


@dataclass(frozen=True)
class Entry:
    """One device of the file. name: "force_plate left". key: "force_plates.left.port". address: what stands there.

    password_file: of its login, empty if it has none.
    """

    name: str
    key: str
    address: str
    driver: str
    password_file: str = ""

    @property
    def kind(self) -> str:
        """SERIAL, VIDEO, NETWORK or FILE."""
        if self.address.startswith(_NETWORK):
            return NETWORK
        return {"v4l2": VIDEO, "video_file": FILE}.get(self.driver, SERIAL)

    @property
    def shown(self) -> str:
        """The address for people: without a password."""
        return without_login(self.address)

    @property
    def path(self) -> str:
        """The address as a path, without the picture size that a camera's may carry."""
        return self.address.partition("?")[0] if self.kind == VIDEO else self.address


def entries(ground: Mapping[str, Any]) -> tuple[Entry, ...]:
    """All devices of `ground` (the file as it was understood), e-stop stations first."""
    return tuple(
        Entry(f"{word} {name}", f"{group}.{name}.{key}", block[key], block["driver"], block.get("password_file", ""))
        for group, (word, key) in _GROUPS.items()
        for name, block in ground[group].items()
    )
