"""Who may read and write what at a broker that several teams share; names are those of the clients' certificates. Pure.

An edge writes what is its own and reads its acks; the facility reads all and acknowledges; a team reads what edges
publish for it, and nothing else, whatever it subscribes to; a SCADA host reads the Sparkplug projection.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from port_telemetry.core.sparkplug.edge_node import NAMESPACE
from port_telemetry.mqtt.broker import one_line, one_word
from port_telemetry.mqtt.target import LEVEL, TEAMS

FACILITY = "facility"
SCADA = "scada"


@dataclass(frozen=True)
class Tenants:
    """The edges and teams of a site. Their names are topic levels."""

    site: str
    edges: Sequence[str]
    teams: Sequence[str]

    def __post_init__(self) -> None:
        for name in (self.site, *self.edges, *self.teams):
            if not re.match(LEVEL, name) or name == TEAMS:
                raise ValueError(f"{name!r} is no name for a site, an edge or a team (letters, digits, . _ -)")

    @property
    def names(self) -> list[str]:
        """Whom to give a certificate."""
        return [FACILITY, SCADA, *map(edge_name, self.edges), *map(team_name, self.teams)]


def edge_name(edge: str) -> str:
    """The name in an edge's certificate."""
    return f"edge.{edge}"


def team_name(team: str) -> str:
    """The name in a team's certificate."""
    return f"team.{team}"


def access_list(tenants: Tenants) -> str:
    """The text of mosquitto's acl_file. Who is not named may nothing."""
    base = f"port/v1/{tenants.site}"
    # The Sparkplug group of a site is called like the site.
    group, states = f"{NAMESPACE}/{tenants.site}", f"{NAMESPACE}/STATE"
    blocks = [
        [f"user {FACILITY}", f"topic read {base}/#", f"topic write {base}/+/ack"],
        [f"user {SCADA}", f"topic read {group}/#", f"topic write {group}/NCMD/+", f"topic readwrite {states}/+"],
    ]
    for edge in tenants.edges:
        own = [
            f"topic write {base}/{edge}/#",
            f"topic write {base}/{TEAMS}/+/{edge}/#",
            f"topic read {base}/{edge}/ack",
            *(f"topic write {group}/{verb}/{edge}" for verb in ("NBIRTH", "NDEATH", "NDATA")),
            *(f"topic write {group}/{verb}/{edge}/+" for verb in ("DBIRTH", "DDEATH", "DDATA")),
            f"topic read {group}/NCMD/{edge}",
            f"topic read {states}/+",
        ]
        blocks.append([f"user {edge_name(edge)}", *own])
    blocks += [[f"user {team_name(team)}", f"topic read {base}/{TEAMS}/{team}/#"] for team in tenants.teams]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def configuration(folder: Path, host: str, port: int, as_root: bool) -> str:
    """The text of mosquitto.conf: TLS, a certificate from everyone, rights by its name."""
    lines = [
        f"listener {port} {one_word(host)}", f"cafile {one_line(folder)}/ca.crt",
        f"certfile {one_line(folder)}/broker.crt", f"keyfile {one_line(folder)}/broker.key", "require_certificate true",
        "use_identity_as_username true",
        "tls_version tlsv1.2", "allow_anonymous false", f"acl_file {one_line(folder)}/acl", "persistence false",
        "max_packet_size 1048576", "max_inflight_messages 100", "set_tcp_nodelay true", "log_dest stderr",
        "log_type error", "log_type warning", *(["user root"] if as_root else []),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
