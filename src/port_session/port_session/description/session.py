"""The shape of a session file.

Every value is frozen and refuses to be born wrong. Cross-checks between files are made in `resolve`.
"""

from typing import Annotated, Literal

from msgspec import Meta

from port_session.description.gate import Gate
from port_session.description.mqtt import Mqtt
from port_session.description.network import Network
from port_session.description.part import Part
from port_session.description.recording import Recording
from port_session.description.values import (
    Host,
    Label,
    Name,
    PersonName,
    ShortText,
    TcpPort,
)


class Dashboard(Part, frozen=True):
    """Where the officers' page is served."""

    host: Host = "127.0.0.1"
    port: TcpPort = 8080


class Roles(Part, frozen=True):
    """Who is responsible for what in this session, by name; the report says so. Empty: nobody was named."""

    operator: PersonName = ""
    safety_officer: PersonName = ""
    robot_handler: PersonName = ""


class Session(Part, frozen=True):
    """One robot, one ground, one trial, one team. domain: its ROS domain; None takes a free one.

    stack: who asks a simulated robot to move: a stand-in that the session starts, or the team's own, which it does not.
    network: where the robot's own computers are; None: what plays the robot runs in the session's own domain.
    people: who is responsible. customer: who ordered the test, where that is not the team. recording: who may read it.
    """

    session: Name
    ground: Name
    robot: Name
    trial: Name
    team: Name
    edge: Label
    dashboard: Dashboard = Dashboard()
    mqtt: Mqtt = Mqtt()
    gate: Gate = Gate()
    stack: Literal["simulated", "own"] = "simulated"
    domain: Annotated[int, Meta(ge=0, le=101)] | None = None
    network: Network | None = None
    people: Roles = Roles()
    customer: ShortText = ""
    recording: Recording = Recording()
