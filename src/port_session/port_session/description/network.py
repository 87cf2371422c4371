"""The shape of a session's network: where the robot's own computers are, and how they are reached."""

import ipaddress
import re
from typing import Annotated, Literal

from msgspec import Meta

from port_ros.misfit import Misfit
from port_session.description.part import Part

#: ROS domain of a robot that this machine plays behind a link, where no other is named.
PLAYED_DOMAIN = 99
_NAMESPACE = re.compile(r"(/[A-Za-z_][A-Za-z0-9_]*)*")


class Network(Part, frozen=True):
    """Two ways. `domain`: this machine joins the robot's ROS domain on one interface. `link`: the robot's computer
    connects with the file that `port robot link` prints.

    domain: of the robot's computers; of a link, of the robot that this machine plays. interface: this machine's address
    on the robot's network. peers: addresses of the robot's computers, where multicast does not reach them. listen:
    ADDRESS:PORT for the robot's link. namespace: before the profile's topics on the robot's side. silence_s: so long
    the robot's side may be silent. certificates: folder of the link's certificates; empty: where `port robot invite`
    keeps them.
    """

    way: Literal["domain", "link"]
    domain: Annotated[int, Meta(ge=0, le=232)] | None = None
    interface: str = ""
    peers: tuple[str, ...] = ()
    listen: str = ""
    namespace: str = ""
    silence_s: Annotated[float, Meta(ge=0.1, le=1.0)] = 0.3
    certificates: str = ""

    def __post_init__(self) -> None:
        needs = ("domain", "interface") if self.way == "domain" else ("listen",)
        for key in ("interface", "peers", "listen", "certificates", "domain"):
            given = getattr(self, key) not in (None, "", ())
            if key in needs and not given:
                raise Misfit(key, f"missing: the way {self.way!r} needs it")
            if given and key not in (*needs, "domain", "peers" if self.way == "domain" else "certificates"):
                raise Misfit(key, f"means nothing on the way {self.way!r}")
        if not _NAMESPACE.fullmatch(self.namespace):
            raise Misfit("namespace", f"expected a ROS namespace such as /robot1, got {self.namespace!r}")
        if self.certificates and not self.certificates.startswith(("/", "~")):
            raise Misfit("certificates", f"expected a folder's whole path, from / or ~ on, got {self.certificates!r}")
        self._check_addresses()

    def _check_addresses(self) -> None:
        if self.interface:
            _address("interface", self.interface)
        for index, peer in enumerate(self.peers):
            _address(f"peers[{index}]", peer)
        if self.listen:
            host, colon, port = self.listen.rpartition(":")
            _address("listen", host)
            if not colon or not port.isascii() or not port.isdecimal() or not 1024 <= int(port) <= 65535:
                raise Misfit("listen", f"expected ADDRESS:PORT with a port from 1024 to 65535, got {self.listen!r}")

    @property
    def robot_domain(self) -> int:
        """Of the robot's computers, or of what this machine plays in their place."""
        return PLAYED_DOMAIN if self.domain is None else self.domain

    @property
    def robot_interface(self) -> str:
        """Of this machine, by which it joins that domain: a robot that is linked is played on the loopback alone."""
        return self.interface or "127.0.0.1"

    @property
    def listen_host(self) -> str:
        return self.listen.rpartition(":")[0]

    @property
    def listen_port(self) -> int:
        return int(self.listen.rpartition(":")[2])


def _address(key: str, text: str) -> None:
    try:
        found = ipaddress.IPv4Address(text)
    except ValueError:
        raise Misfit(key, f"expected an IPv4 address such as 192.168.10.1, got {text!r}") from None
    if found.is_unspecified or found.is_multicast:
        raise Misfit(key, f"{text} is no address of one machine")
