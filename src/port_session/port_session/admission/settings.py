"""Would each process of a session accept its settings? Asks the function that the process itself calls at its start.

Imports the rooms that a session consists of, one by one and only here, without ROS. Starts and opens nothing.
"""

from importlib import import_module
from typing import Any

from port_ros.misfit import Misfit
from port_ros.parameter_file import NoParameter, typed
from port_session.admission.finding import Finding, misplaced
from port_session.admission.layout import sight
from port_session.admission.origin import origin
from port_session.admission.places import places
from port_session.description.process import Process
from port_session.description.resolve import Resolved

#: Of each executable that is configured: what makes its settings of a tree of parameters, raising a Misfit.
READERS = {
    ("port_sim", "ground"): "port_sim.ground:read",
    ("port_sim", "robot_node"): "port_sim.settings:read_robot",
    ("port_sim", "arm_node"): "port_sim.settings:read_arm",
    ("port_sim", "arm_driver_node"): "port_sim.settings:read_arm_driver",
    ("port_sim", "lane_driver_node"): "port_sim.settings:read_driver",
    ("port_sensors", "force_plate_node"): "port_sensors.settings.force_plates:read",
    ("port_sensors", "estop_node"): "port_sensors.settings.estop:read",
    ("port_sensors", "camera_node"): "port_sensors.settings.cameras:read",
    ("port_safety", "gate_node"): "port_safety.ros.parameters:read",
    ("port_telemetry", "telemetry_node"): "port_telemetry.settings:read",
    ("port_dashboard", "dashboard_node"): "port_dashboard.settings:read",
    ("port_session", "recorder_node"): "port_session.recorder.settings:read",
    ("port_session", "session_node"): "port_session.session.settings:read",
}


def settings(resolved: Resolved) -> list[Finding]:
    """One finding for each thing that a process would refuse, or one that says that none would; what is unlikely."""
    asked = [process for process in resolved.processes if (process.package, process.executable) in READERS]
    # The gate has most to say of a zone that several look at, and a simulated device is made of what the nodes accept.
    nodes = sorted((process for process in asked if process.ros), key=lambda process: process.executable != "gate_node")
    found = [finding for process in nodes for finding in _refusals(resolved, process)]
    if all(finding.ok for finding in found):
        found += [finding for process in asked if not process.ros for finding in _refusals(resolved, process)]
    once = {(finding.file, finding.key): finding for finding in reversed(found)}
    accepted = Finding("settings", True, detail=f"{len(asked)} processes accept theirs")
    return [*([] if any(not finding.ok for finding in found) else [accepted]), *reversed(once.values())]


def _refusals(resolved: Resolved, process: Process) -> list[Finding]:
    try:
        made = _reader(process)(typed(process.parameters) if process.ros else resolved.ground)
    except (Misfit, NoParameter) as misfit:
        return [misplaced(*origin(resolved, process, misfit.key), misfit.problem)]
    if process.executable == "gate_node":
        return places(resolved, made.gate.envelope)
    return sight(resolved, made) if process.executable == "camera_node" else []


def _reader(process: Process) -> Any:
    module, _, function = READERS[process.package, process.executable].partition(":")
    return getattr(import_module(module), function)
