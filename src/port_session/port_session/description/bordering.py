"""The processes of a session's border: the node on the ground's side, and the robot's side where this machine runs it.

The robot's side joins the robot's own domain, or is what a simulated robot's computer would run.
"""

import json
from collections.abc import Iterator
from typing import Any

from msgspec import structs, to_builtins

from port_ros.interface_profile import interface_profile
from port_session.border import robot_network
from port_session.border.certificates import EDGE, ROBOT_FILES, certificate_folder
from port_session.border.channels import IN
from port_session.border.table import crossings
from port_session.description.network import Network
from port_session.description.parts import Parts
from port_session.description.process import STAGE_ROBOT, Process, node
from port_session.description.robot import Robot

#: In the runtime folder: where the robot's side finds the ground's on one machine, and what it is told.
SOCKET, CONFIG = "border.sock", "robot_link.json"
#: Stages of a stop (port_safety/model/stop_profiles.py) in which a robot with legs goes down.
DOWN_STAGES = {"quadruped": ("sit",), "humanoid": ("settle", "damp")}


def processes(parts: Parts) -> Iterator[Process]:
    """None where the robot is in the session's own domain."""
    network = parts.session.network
    if network is None:
        return
    yield _border(parts, network)
    if network.way == "domain" or parts.robot.simulated:
        yield _robot_side(parts, network)


def _border(parts: Parts, network: Network) -> Process:
    rows = crossings(parts)
    tree: dict[str, Any] = {
        "session": parts.session.session, "team": parts.session.team, "session_key_file": parts.session_key_file,
        "silence_s": network.silence_s, "command_type": parts.robot.topics.command_type,
        "channels": [row.name for row in rows],
        **{row.name: {k: v for k, v in to_builtins(row).items() if k != "name"} for row in rows},
        **({"joints": list(parts.robot.joints.names)} if parts.robot.joints is not None else {}),
        **_listening(parts, network), **_stages(parts.robot),
    }  # fmt: skip
    return node(
        parts, "port_session", "border_node", "border", STAGE_ROBOT, tree,
        "the robot's computers are not reached: the gate stops", respawn=True, stops_robot=True,
    )  # fmt: skip


def _stages(robot: Robot) -> dict[str, Any]:
    """What the robot's side says by itself while it is cut off, s after the silence: as the gate's stop profile does at
    its deadlines. A robot with legs is down before its power goes."""
    down = DOWN_STAGES.get(robot.kind, ())
    after_s = (robot.stop.ramp_s, robot.stop.ramp_s + (robot.stop.settle_s or 0.0))
    return {"stages": list(down), "stages_after_s": list(after_s[: len(down)])} if down else {}


def _listening(parts: Parts, network: Network) -> dict[str, Any]:
    if network.way == "domain":
        return {"listen": f"{parts.run}/{SOCKET}"}
    folder = certificate_folder(network.certificates)
    return {"listen": network.listen, "certificates": str(folder)}


def _robot_side(parts: Parts, network: Network) -> Process:
    """Where this machine joins the robot's domain: with what the session's own nodes have left out."""
    files = {
        CONFIG: json.dumps(_told(parts, network), indent=2),
        robot_network.PROFILE_FILE: interface_profile(network.robot_interface, network.peers),
    }
    return Process(
        package="port_session", executable="robot_side", name="robot_side", ros=False, stage=STAGE_ROBOT,
        arguments=("--config", f"{parts.run}/{CONFIG}"), files=files, environment=environment(parts, network),
        critical="the robot's computers are not reached: the gate stops", respawn=True, stops_robot=True,
    )  # fmt: skip


def _told(parts: Parts, network: Network) -> dict[str, Any]:
    if network.way == "domain":
        return {"connect": f"{parts.run}/{SOCKET}"}
    team = certificate_folder(network.certificates) / "teams" / parts.session.team
    return {"connect": network.listen, "server": EDGE, **{key: str(team / name) for key, name in ROBOT_FILES.items()}}


def environment(parts: Parts, network: Network) -> dict[str, str]:
    """Of everything on this machine that is in the robot's domain."""
    return robot_network.environment(str(parts.run), network.robot_domain)


def beyond(parts: Parts, process: Process) -> Process:
    """`process`, which plays the robot or its stack, on the robot's side of the border."""
    network = parts.session.network
    if network is None:
        return process
    return structs.replace(process, namespace=network.namespace or "/", environment=environment(parts, network))


def publishers(parts: Parts) -> list[str]:
    """Who alone may speak for the robot in the session's domain: "topic node"."""
    if parts.session.network is None:
        return []
    inward = [row.ground_topic for row in crossings(parts) if row.direction == IN]
    return [f"{topic} border" for topic in ("border/state", *inward)]
