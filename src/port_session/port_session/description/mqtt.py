"""The part of a session file about MQTT: the broker, who reads what, the SCADA host.

Every value is frozen and refuses to be born wrong. Cross-checks between files are made in `resolve`.
"""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, field, structs

from port_ros.misfit import Misfit
from port_session.description.part import Part
from port_session.description.values import (
    Host,
    Name,
    TcpPort,
    Text,
)


class TelemetryTopic(Part, frozen=True):
    """A ROS topic that goes to the facility besides port's own, with port_telemetry/ros/topics.py's meaning."""

    topic: Text
    type: str = ""
    stream: Literal["recorded", "event", "live"] = "recorded"
    encoding: Literal["cbor", "json"] = "cbor"
    max_hz: Annotated[float, Meta(ge=0.0)] = 0.0


#: Keys of `Mqtt` that name a file.
FILES = (
    "password_file", "facility_key_file", "signing_key_file", "ca_file", "cert_file", "client_key_file",
    "team_key_file",
)  # fmt: skip
#: Keys of `Mqtt` that say what only an external broker or facility can know.
_EXTERNAL = (
    "user", "password_file", "facility_key_file", "signing_key_file", "others", "ca_file", "cert_file",
    "client_key_file",
)  # fmt: skip


_GROUP = "a name of at most 64 letters, digits, . _ -"


class Sparkplug(Part, frozen=True):
    """Shows a SCADA host what is live, as the node `edge` of `group` (empty: named like the site), docs/mqtt.md.

    primary_host: the host's id; then nothing is shown while it is not online.
    """

    group: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{0,64}\Z", description=_GROUP)] = ""
    primary_host: Annotated[str, Meta(pattern=r"^[^+#/]*\Z", description="a name without + # /")] = ""


class Mqtt(Part, frozen=True):
    """The MQTT broker. embedded: the session starts one of its own; external: it is there already.

    facility_key_file: public key of the ingest behind an external broker; without it the broker's word is taken.
    signing_key_file: signs this edge's safety messages; made at the first start if it is missing.
    others: further "host:port" of the same cluster. ca_file, cert_file, client_key_file: TLS, and who this edge is.
    team_key_file, sealed: streams (by their MQTT names) that the team alone shall read, and the key they are sealed to.
    """

    host: Host = "127.0.0.1"
    port: TcpPort = 18830
    broker: Literal["embedded", "external"] = "embedded"
    user: str = ""
    password_file: str = ""
    facility_key_file: str = ""
    signing_key_file: str = ""
    others: tuple[str, ...] = ()
    ca_file: str = ""
    cert_file: str = ""
    client_key_file: str = ""
    team_key_file: str = ""
    sealed: tuple[str, ...] = ()
    topics: dict[Name, TelemetryTopic] = field(default_factory=dict)
    sparkplug: Sparkplug | None = None

    def beside(self, folder: Path) -> "Mqtt":
        """With the paths of files as seen from anywhere: they are told relative to the session's file."""
        given = {key: str((folder / path).absolute()) for key in FILES if (path := getattr(self, key))}
        return structs.replace(self, **given)

    def __post_init__(self) -> None:
        for key in _EXTERNAL:
            if self.broker == "embedded" and getattr(self, key):
                raise Misfit(key, "belongs to an external broker; the embedded one makes its own")
