"""What the telemetry node makes of its parameters. Without ROS: the admission check asks the same function.

Connects to nothing. Files are looked for only where nobody but the session's author could put them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from port_ros.misfit import nearest
from port_ros.parameters import ParameterError, convert
from port_telemetry.core.sparkplug import ground
from port_telemetry.core.sparkplug.edge_node import EdgeNode
from port_telemetry.files import KeyFileError, signing_key, verifying_key
from port_telemetry.key_files import public_key
from port_telemetry.mqtt.target import LEVEL, Target, Tls, endpoint

Level = Annotated[str, msgspec.Meta(pattern=LEVEL, description="a name of at most 64 letters, digits, . _ -")]

#: Streams that every session has, by their MQTT names (`ros.streams`); each plate adds its own.
OWN_STREAMS = ("safety/state", "safety/event", "session/state", "session/event", "estop/state", "robot/pose")


class Topic(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One added topic.

    topic: ROS name, relative to the session or absolute. type: "sensor_msgs/msg/Imu"; empty: what its publisher says.
    stream: recorded (each one counts), event (and goes first) or live. max_hz: how often at most; 0 sends each.
    """

    topic: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^/?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*\Z",
            max_length=200,
            description="the name of a ROS topic: letters, digits, _ and /, no digit behind a /",
        ),
    ]
    type: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^([a-z][a-z0-9_]*/msg/[A-Z][A-Za-z0-9]*)?\Z",
            description="a type like sensor_msgs/msg/Imu",
        ),
    ] = ""
    stream: Literal["recorded", "event", "live"] = "recorded"
    encoding: Literal["cbor", "json"] = "cbor"
    max_hz: Annotated[float, msgspec.Meta(ge=0.0)] = 0.0

    @property
    def name(self) -> str:
        """Its MQTT name."""
        return self.topic.strip("/")


class Sparkplug(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """group: Sparkplug's group, the edge being its node. primary_host: without it online nothing is shown."""

    group: str
    primary_host: str = ""


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The node's parameters.

    spool: folder of what is not yet at the facility, of this session alone; quota_mb: what may wait there, in MB.
    facility_key_file: public key of who may acknowledge; without it the broker's word is taken. signing_key_file: signs
    the safety messages; made at the first start, with its public half beside it and in the spool's folder; without it
    they go unsigned. others: further "host:port" of the same cluster. ca_file, cert_file, client_key_file: TLS, and who
    this edge is there. topics: what the session adds. sealed: streams (by their MQTT names) that `team` alone shall
    read, sealed to the public key in team_key_file. sparkplug: shows a SCADA host what is live. stop_log: the gate's,
    from which safety events are completed. session_key_file: by whose key it knows what the gate says; without it every
    safety event is taken for the gate's.
    """

    site: Level
    edge: Level
    session: Level
    team: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 18830
    user: str = ""
    password_file: str = ""
    spool: Annotated[str, msgspec.Meta(min_length=1)]
    quota_mb: Annotated[int, msgspec.Meta(ge=1)] = 4096
    facility_key_file: str = ""
    signing_key_file: str = ""
    others: list[str] = []
    ca_file: str = ""
    cert_file: str = ""
    client_key_file: str = ""
    team_key_file: str = ""
    sealed: list[str] = []
    topics: dict[str, Topic] = {}
    plates: list[Level] = []
    summary_path: str = ""
    sparkplug: Sparkplug | None = None
    stop_log: str = ""
    session_key_file: str = ""

    def __post_init__(self) -> None:
        if (self.cert_file or self.client_key_file) and not self.ca_file:
            raise ValueError("ca_file: missing: without it nothing is encrypted; name who vouches for the broker")
        if self.client_key_file and not self.cert_file:
            raise ValueError("cert_file: missing: client_key_file is the key of a certificate")
        self._check_topics()
        self._check_sealed()
        self.target()
        if self.sparkplug is not None:
            self._check_sparkplug(self.sparkplug)

    def target(self) -> Target:
        """Where to send. Raises ValueError."""
        tls = Tls(self.ca_file, self.cert_file, self.client_key_file) if self.ca_file else None
        others = tuple(_endpoint(index, text) for index, text in enumerate(self.others))
        for index, other in enumerate(others):
            if other in ((self.host, self.port), *others[:index]):
                raise ValueError(f"others[{index}]: {self.others[index]} is named already; leave it out here")
        return Target(
            self.host, self.port, self.site, self.edge, self.session, self.user, self.password_file, others,
            self.facility_key_file, tls, self.signing_key_file,
        )  # fmt: skip

    @property
    def own_streams(self) -> tuple[str, ...]:
        """The MQTT names of what goes to the facility beside `topics`."""
        return (*OWN_STREAMS, *(f"force_plates/{plate}/samples" for plate in self.plates))

    def _check_sparkplug(self, chosen: Sparkplug) -> None:
        try:
            EdgeNode(chosen.group, self.edge, ground.OWN)
        except ValueError as error:
            raise ValueError(f"sparkplug.group: {error}") from error

    def _check_topics(self) -> None:
        taken = dict.fromkeys(self.own_streams, "port itself")
        for key, topic in self.topics.items():
            if (other := taken.setdefault(topic.name, key)) != key:
                raise ValueError(f"topics.{key}.topic: {topic.name} is sent by {other} already; leave it out here")

    def _check_sealed(self) -> None:
        """What is to be sealed and is called otherwise would go out for everybody to read."""
        if self.sealed and not (self.team_key_file and self.team):
            raise ValueError("team_key_file: missing: what is sealed needs the team's key; `port keys new` makes one")
        known = (*self.own_streams, *(topic.name for topic in self.topics.values()))
        for index, name in enumerate(self.sealed):
            if name.startswith("safety/"):
                raise ValueError(f"sealed[{index}]: {name} must be readable by everyone")
            if name not in known:
                hint = nearest(name, known) or f"; there are: {', '.join(known)}"
                raise ValueError(f"sealed[{index}]: no stream is called {name!r}{hint}")


def _endpoint(index: int, text: str) -> tuple[str, int]:
    try:
        return endpoint(text)
    except ValueError as error:
        raise ValueError(f"others[{index}]: {error}; write host:port") from error


def read(tree: dict[str, Any]) -> Settings:
    """The node's settings. Raises ParameterError."""
    settings = convert(tree, Settings)
    if settings.sealed:
        _check_key(settings, "team_key_file", public_key, "make one: port keys new")
    if Path(settings.signing_key_file).is_file():  # else it is made at the first start
        _check_key(settings, "signing_key_file", signing_key, "name a file that is not there yet: it is made")
    if Path(settings.facility_key_file).is_file():  # the embedded broker makes it
        _check_key(settings, "facility_key_file", verifying_key, "copy the one that `port ingest` wrote")
    _check_tls(settings)
    return settings


def _check_key(settings: Settings, key: str, read_key: Callable[[Path], object], remedy: str) -> None:
    try:
        read_key(Path(getattr(settings, key)))
    except (OSError, KeyFileError) as error:
        raise ParameterError(f"{error}; {remedy}", key) from error


def _check_tls(settings: Settings) -> None:
    """Raises ParameterError for a file that is not what it is named as."""
    for key, tls in (
        ("ca_file", Tls(settings.ca_file)),
        ("cert_file", Tls(settings.ca_file, settings.cert_file, settings.client_key_file)),
    ):
        if not getattr(settings, key):
            continue
        try:
            tls.context()
        except OSError as error:
            problem = f"{getattr(settings, key)} is no certificate in PEM, or its key is not there or does not fit"
            raise ParameterError(f"{problem} ({error.strerror or error}); name the right file", key) from error
