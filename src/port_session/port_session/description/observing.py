"""The processes that only observe, and the facility's end of telemetry where the session starts it."""

from msgspec import to_builtins

from port_session.description import recorded
from port_session.description.mqtt import Sparkplug
from port_session.description.parts import Parts
from port_session.description.process import STAGE_FACILITY, STAGE_GROUND, STAGE_SINKS, Process, account, listing, node
from port_session.description.rules import flat

#: What a slow disk may need for what waits in memory: 64 MB at 1 MB/s.
RECORDER_STOP_S = 64.0
#: What has arrived is decoded and goes to the disk, and for a second to the facility.
TELEMETRY_STOP_S = 25.0


def broker(parts: Parts) -> Process:
    """The MQTT broker that the session brings along."""
    mqtt = parts.session.mqtt
    return Process(
        package="port_telemetry", executable="broker", name="broker", ros=False, stage=STAGE_GROUND, respawn=True,
        arguments=("--config-dir", f"{parts.run}/broker", "--port", str(mqtt.port), "--host", mqtt.host),
        critical="telemetry waits on the edge; nothing else changes",
    )  # fmt: skip


def recorder(parts: Parts) -> Process:
    """The recording."""
    return node(
        parts, "port_session", "recorder_node", "recorder", STAGE_SINKS, recorded.parameters(parts),
        "nothing is recorded; motion is not affected", respawn=True, stop_s=RECORDER_STOP_S,
    )  # fmt: skip


def telemetry(parts: Parts) -> Process:
    """The way to the facility."""
    session, mqtt = parts.session, parts.session.mqtt
    tree = {
        "site": parts.ground.site, "edge": session.edge, "session": session.session, "team": session.team,
        "host": mqtt.host, "port": mqtt.port, "user": parts.mqtt_user, "password_file": parts.mqtt_password_file,
        "spool": f"{parts.out}/spool", "facility_key_file": parts.facility_key_file,
        "signing_key_file": parts.signing_key_file,
        "team_key_file": mqtt.team_key_file, "ca_file": mqtt.ca_file, "cert_file": mqtt.cert_file,
        "client_key_file": mqtt.client_key_file,
        **{key: list(names) for key, names in (("others", mqtt.others), ("sealed", mqtt.sealed)) if names},
        **({"topics": to_builtins(mqtt.topics)} if mqtt.topics else {}),
        **({"sparkplug": _sparkplug(parts.ground.site, mqtt.sparkplug)} if mqtt.sparkplug else {}),
        **listing("plates", parts.ground.force_plates), "summary_path": account(parts, "telemetry"),
        "stop_log": f"{parts.out}/stops.jsonl", "session_key_file": parts.session_key_file,
    }  # fmt: skip
    return node(
        parts, "port_telemetry", "telemetry_node", "telemetry", STAGE_SINKS, tree,
        "the facility sees nothing; motion is not affected", respawn=True, stop_s=TELEMETRY_STOP_S,
    )  # fmt: skip


def _sparkplug(site: str, chosen: Sparkplug) -> dict[str, str]:
    return {"group": chosen.group or site, "primary_host": chosen.primary_host}


def dashboard(parts: Parts) -> Process:
    """The officers' page."""
    dashboard = parts.session.dashboard
    zones = parts.ground.zones
    tree = {
        "host": dashboard.host, "port": dashboard.port, "session": parts.session.session,
        "zones": list(zones), "zone_kinds": {name: zone.kind for name, zone in zones.items()},
        "zone_polygons": {name: flat(zone.polygon_m) for name, zone in zones.items()},
        "robot_radius_m": parts.robot.radius_m, "expect": parts.required_diagnostics,
    }  # fmt: skip
    return node(
        parts, "port_dashboard", "dashboard_node", "dashboard", STAGE_SINKS, tree,
        "the officers' page is dark; motion is not affected", respawn=True,
    )  # fmt: skip


def ingest(parts: Parts) -> Process:
    """The facility's end, where the broker is our own."""
    mqtt = parts.session.mqtt
    return Process(
        package="port_telemetry", executable="ingest", name="ingest", ros=False, stage=STAGE_FACILITY, respawn=True,
        arguments=("--host", mqtt.host, "--port", str(mqtt.port), "--user", "facility",
                   "--password-file", f"{parts.run}/broker/facility.password",
                   "--key", f"{parts.run}/broker/facility.key", "--edge-keys", parts.edge_keys,
                   "--store", f"{parts.out}/facility.sqlite", "--out", f"{parts.out}/ingest.json"),
        critical="the facility stores nothing, telemetry waits on the edge; motion is not affected", stop_s=10.0,
    )  # fmt: skip
