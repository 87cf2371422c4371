"""One process of a session, and what all of them have in common. Starts nothing.

Parameters are what the node's `--params-file` holds. An empty list has no type in a ROS parameter file, so a node is
not given one: what is absent is empty.
"""

from typing import Any

from msgspec import Struct

from port_session.description.parts import Parts

#: Start order; the end goes backwards, so that what observes is there until what it observes has ended. The gate ends
#: first, together with whoever commands the robot; a simulated ground and robot are hardware, there after all others.
STAGE_GROUND, STAGE_ROBOT, STAGE_FACILITY, STAGE_SINKS, STAGE_SESSION, STAGE_SENSORS, STAGE_GATE = range(7)


class Process(Struct, frozen=True, kw_only=True):
    """One process of a session.

    ros: a node, given `parameters` and `remappings` by --ros-args; otherwise a plain program, given `arguments`.
    respawn: started again after respawn_delay_s when it ends, max_respawns times at most; never after exit code 2.
    required: its end ends the session with its exit code; with respawn only once it is not started again, or when it
    ended as one that was asked to. stage: start order, ended in reverse. stop_s: how long it
    may take from SIGINT to its end before it is killed, on a busy machine too. stops_robot: it brings the robot to
    stand meanwhile, so nobody's hurry cuts stop_s short. answers_for_robot: when it dies, those of `stops_robot` are
    told at once to bring the robot to stand, and go on.
    critical: what is missing while it is down, for people. environment: what it alone is given, or given otherwise.
    files: texts that lie in the session's runtime folder before its start, by name.
    """

    package: str
    executable: str
    name: str
    critical: str
    stage: int
    namespace: str = ""
    ros: bool = True
    parameters: dict[str, Any] = {}
    remappings: tuple[tuple[str, str], ...] = ()
    arguments: tuple[str, ...] = ()
    respawn: bool = False
    respawn_delay_s: float = 1.0
    max_respawns: int = 5
    required: bool = False
    stop_s: float = 5.0
    stops_robot: bool = False
    answers_for_robot: bool = False
    environment: dict[str, str] = {}
    files: dict[str, str] = {}


def node(
    parts: Parts, package: str, executable: str, name: str, stage: int, tree: dict[str, Any], critical: str, **how: Any
) -> Process:
    return Process(
        package=package, executable=executable, name=name, stage=stage, namespace=parts.namespace, parameters=tree,
        critical=critical, **how,
    )  # fmt: skip


def account(parts: Parts, name: str) -> str:
    """Where a process leaves its counts at its end."""
    return f"{parts.out}/devices/{name}.json"


def listing(key: str, names: dict[str, Any]) -> dict[str, list[str]]:
    """{key: names}, or nothing if there is none."""
    return {key: list(names)} if names else {}
