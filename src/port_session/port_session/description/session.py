"""The shape of a session file.

Every value is frozen and refuses to be born wrong. Cross-checks between files are made in `resolve`.
"""

from typing import Annotated

from msgspec import Meta

from port_session.description.gate import Gate
from port_session.description.mqtt import Mqtt
from port_session.description.part import Part
from port_session.description.values import (
    Host,
    Label,
    Name,
    TcpPort,
)


class Dashboard(Part, frozen=True):
    """Where the officers' page is served."""

    host: Host = "127.0.0.1"
    port: TcpPort = 8080


class Session(Part, frozen=True):
    """One robot, one ground, one trial, one team. domain: its ROS domain; None takes a free one."""

    session: Name
    ground: Name
    robot: Name
    trial: Name
    team: Name
    edge: Label
    dashboard: Dashboard = Dashboard()
    mqtt: Mqtt = Mqtt()
    gate: Gate = Gate()
    domain: Annotated[int, Meta(ge=0, le=101)] | None = None
