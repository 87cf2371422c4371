"""Where telemetry goes: brokers, login and topics, checked at birth.

Opens nothing but the files it names, and those anew for each connection: the embedded broker may write them later.
"""

import errno
import os
import re
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from port_ros.network_address import host_port, without_login
from port_ros.secret_file import read_secret
from port_telemetry.files import signing_key, verifying_key

#: One level of a topic: no separator, wildcard or blank.
LEVEL = r"^[A-Za-z0-9._-]{1,64}\Z"
_MAX_PORT = 65535
#: The level that stands before a team's name where an edge's name would stand; no edge may be called so.
TEAMS = "t"
#: Where the key of a session lies, sealed to its team.
KEY_NAME = "key"


def endpoint(text: str) -> tuple[str, int]:
    """Host and port of "host:port", also of "[::1]:1883". Raises ValueError."""
    host, separator, port = text.rpartition(":")
    if not separator or not host or "@" in host or "/" in host or not (port.isascii() and port.isdigit()):
        raise ValueError(f"{without_login(text)!r} is no host:port")
    return host.strip("[]"), int(port)


@dataclass(frozen=True)
class Tls:
    """Encryption of the link. ca_file: who may vouch for the broker; cert_file, key_file: who this edge is."""

    ca_file: str
    cert_file: str = ""
    key_file: str = ""

    def context(self) -> ssl.SSLContext:
        """What a socket is wrapped with. Raises OSError, which names a missing file; ssl.SSLError."""
        for path in filter(None, (self.ca_file, self.cert_file, self.key_file)):
            if not Path(path).is_file():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        context = ssl.create_default_context(cafile=self.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.cert_file:
            context.load_cert_chain(self.cert_file, self.key_file or None, "")  # a key with a password asks nobody
        return context


@dataclass(frozen=True)
class Target:
    """One broker or cluster, and the names under which this edge speaks there.

    user: empty for no login; password_file: holds the password alone. others: further (host, port) of the same
    cluster, tried in turn. facility_key_file: public key of who may acknowledge; without it the broker's word is taken.
    signing_key_file: private key that signs safety messages; without it they go unsigned. announced: whether the edge
    is said to be connected; not by whoever sends what is left of an ended session.
    """

    host: str
    port: int
    site: str
    edge: str
    session: str
    user: str = ""
    password_file: str = ""
    others: tuple[tuple[str, int], ...] = ()
    facility_key_file: str = ""
    tls: Tls | None = None
    signing_key_file: str = ""
    announced: bool = True

    def __post_init__(self) -> None:
        for name in ("site", "edge", "session"):
            if not re.match(LEVEL, getattr(self, name)):
                raise ValueError(f"{name}: {getattr(self, name)!r} is no topic level (letters, digits, . _ -)")
        if self.edge == TEAMS:
            raise ValueError(f"edge: {TEAMS!r} is where the teams' topics are; choose another name")
        for _, port in self.endpoints:
            if not 0 < port <= _MAX_PORT:
                raise ValueError(f"port: {port} is not between 1 and {_MAX_PORT}")

    @property
    def endpoints(self) -> tuple[tuple[str, int], ...]:
        """All brokers of the cluster, the first to be tried first."""
        return (self.host, self.port), *self.others

    @property
    def address(self) -> str:
        """host:port of the first, for people."""
        return host_port(self.host, self.port)

    @property
    def base(self) -> str:
        """What all topics of this edge begin with."""
        return f"port/v1/{self.site}/{self.edge}"

    @property
    def connection_topic(self) -> str:
        """Where the broker says whether this edge is connected."""
        return f"{self.base}/conn"

    @property
    def ack_topic(self) -> str:
        """Where the facility says what it has stored."""
        return f"{self.base}/ack"

    @property
    def bundle_topic(self) -> str:
        """Where a backlog of measurements goes, many a message."""
        return f"{self.base}/bundle"

    def topic(self, name: str) -> str:
        """The whole topic of a record's `name`."""
        return f"{self.base}/{self.session}/{name}"

    def team_topic(self, team: str, name: str) -> str:
        """The whole topic of what `team` alone may read."""
        return f"port/v1/{self.site}/{TEAMS}/{team}/{self.edge}/{self.session}/{name}"

    def password(self) -> str | None:
        """The password as the file has it now. Raises OSError if a file is named and cannot be read."""
        return read_secret(self.password_file) if self.password_file else None

    def facility_key(self) -> Ed25519PublicKey | None:
        """The key of who may acknowledge. Raises OSError or KeyFileError if a file is named and does not hold one."""
        return verifying_key(Path(self.facility_key_file)) if self.facility_key_file else None

    def signing_key(self) -> Ed25519PrivateKey | None:
        """The key that signs safety messages. Raises OSError or KeyFileError if a file is named and holds none."""
        return signing_key(Path(self.signing_key_file)) if self.signing_key_file else None
