"""Where telemetry goes: broker, login and topics, checked at birth.

Opens nothing but the password file, and that anew for each connection: the embedded broker may write it later.
"""

import re
from dataclasses import dataclass
from pathlib import Path

#: One level of a topic: no separator, wildcard or blank.
LEVEL = r"^[A-Za-z0-9._-]{1,64}$"


@dataclass(frozen=True)
class Target:
    """One broker, and the names under which this edge speaks there.

    user: empty for no login; password_file: holds the password alone.
    """

    host: str
    port: int
    site: str
    edge: str
    session: str
    user: str = ""
    password_file: str = ""

    def __post_init__(self) -> None:
        for name in ("site", "edge", "session"):
            if not re.match(LEVEL, getattr(self, name)):
                raise ValueError(f"{name}: {getattr(self, name)!r} is no topic level (letters, digits, . _ -)")
        if not 0 < self.port < 65536:
            raise ValueError(f"port: {self.port} is not between 1 and 65535")

    @property
    def address(self) -> str:
        """host:port, for people."""
        return f"{self.host}:{self.port}"

    @property
    def connection_topic(self) -> str:
        """Where the broker says whether this edge is connected."""
        return f"port/v1/{self.site}/{self.edge}/conn"

    def topic(self, name: str) -> str:
        """The whole topic of a record's `name`."""
        return f"port/v1/{self.site}/{self.edge}/{self.session}/{name}"

    def password(self) -> str | None:
        """The password as the file has it now. Raises OSError if a file is named and cannot be read."""
        return Path(self.password_file).read_text().strip() if self.password_file else None
