"""The processes that hold the ground's devices: force plates, e-stop stations, cameras."""

from typing import Any

from msgspec import to_builtins

from port_session.description.ground import Camera, ForcePlate
from port_session.description.parts import Parts
from port_session.description.process import STAGE_SENSORS, Process, account, node
from port_session.description.rules import flat, watched


def force_plates(parts: Parts) -> Process:
    """All force plates, in one process."""
    plates = parts.ground.force_plates
    blocks = {name: _plate_block(plate) for name, plate in plates.items()}
    return node(
        parts, "port_sensors", "force_plate_node", "force_plates", STAGE_SENSORS,
        {"plates": list(plates), **blocks, "account_path": account(parts, "force_plates")},
        "no forces are measured; the gate stops the robot",
        respawn=True,
    )  # fmt: skip


def _plate_block(plate: ForcePlate) -> dict[str, Any]:
    """A plate's parameters; an empty list has no type in ROS and is left out."""
    given = {**to_builtins(plate), "corners_m": flat(plate.corners_m)}
    del given["instrument"]  # the report's business
    lists = {key: list(value) if isinstance(value, tuple) else value for key, value in given.items()}
    return {key: value for key, value in lists.items() if value != []}


def estop(parts: Parts, station: str) -> Process:
    """One e-stop station."""
    stations = parts.ground.estop
    return node(
        parts, "port_sensors", "estop_node", station_node(parts, station), STAGE_SENSORS,
        {"device_id": station, **to_builtins(stations[station]), "account_path": account(parts, f"estop_{station}"),
         "session_key_file": parts.session_key_file},
        "the e-stop cannot be read and its relay opens; the robot is stopped", respawn=True,
    )  # fmt: skip


def station_node(parts: Parts, station: str) -> str:
    """The name of a station's node."""
    return "estop" if len(parts.ground.estop) == 1 else f"estop_{station}"


def cameras(parts: Parts) -> Process:
    """All cameras, and who is where on the ground."""
    ground, robot = parts.ground, parts.robot
    zones = watched(parts)
    tree: dict[str, Any] = {"cameras": list(ground.cameras), "robot_radius_m": robot.radius_m}
    tree |= {name: _camera(camera) for name, camera in ground.cameras.items()}
    tree |= {"account_path": account(parts, "cameras"), "session_key_file": parts.session_key_file}
    tree["marker"] = {
        **(to_builtins(ground.robot_marker) or {}), "height_m": robot.marker_height_m,
        "height_sigma_m": robot.marker_height_sigma_m,
    }  # fmt: skip
    if robot.marker_sinks_m:
        tree["marker"]["sinks_m"] = robot.marker_sinks_m
    if tags := ground.floor_tags:
        tree["floor_tags"] = {
            "dictionary": tags.dictionary, "size_m": tags.size_m, "ids": [place[0] for place in tags.places],
            "places": [number for _, *place in tags.places for number in place],
        }  # fmt: skip
    if zones:
        tree["zones"] = list(zones)
        tree["zone_polygons"] = {name: flat(zone.polygon_m) for name, zone in zones.items()}
    return node(
        parts, "port_sensors", "camera_node", "cameras", STAGE_SENSORS, tree,
        "the robot is not seen from outside; the gate stops it", respawn=True,
    )  # fmt: skip


def _camera(camera: Camera) -> dict[str, Any]:
    block = {**to_builtins(camera), "pose": list(camera.pose)}
    del block["watches_people"], block["instrument"]  # the gate's business, the report's
    return block


def lookouts(parts: Parts) -> dict[str, Camera]:
    """The cameras whose word on who is there the gate waits for."""
    return {name: each for name, each in parts.ground.cameras.items() if each.watches_people and watched(parts)}
