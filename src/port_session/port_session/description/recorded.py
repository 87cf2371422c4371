"""What is recorded of a session, whose it is, and who may read it: the recorder's parameters. Starts nothing.

The ground's own is what its devices and nodes say: e-stop, gate, session, force plates, cameras, diagnostics. The
robot's and the team's is what the robot says of itself, what its stack asks for, and what the gate passes on of that.
"""

from typing import Any

from port_session.description.parts import Parts
from port_session.description.recording import Seal

GROUND, TEAM = "ground", "team"


def parameters(parts: Parts) -> dict[str, Any]:
    """Of the recorder: one file that lies open where nothing is to be sealed."""
    seal = parts.session.recording.seal
    if seal is None:
        return {"path": f"{parts.out}/session.mcap", "topics": recorded_topics(parts)}
    keys = {GROUND: seal.ground_key, TEAM: seal.team_key}
    named = {"keys": {name: file for name, file in keys.items() if file}}
    if not seal.team_key:
        return {**_file(parts, "session", recorded_topics(parts), [GROUND]), **named}
    ground = _file(parts, "session", ground_topics(parts), [GROUND] if seal.ground_key else [])
    return {**ground, **named, TEAM: _file(parts, "session_team", team_topics(parts), _readers_of_the_teams(seal))}


def recorded_topics(parts: Parts) -> list[str]:
    """Everything that the recorder keeps, relative to the session's namespace."""
    *names, diagnostics = ground_topics(parts)
    return [*names, *team_topics(parts), diagnostics]


def ground_topics(parts: Parts) -> list[str]:
    """The ground's own: what its devices and nodes say. /diagnostics comes last."""
    names = ["estop/state", "safety/state", "safety/event", "session/state", "session/event"]
    names += [f"force_plates/{plate}/samples" for plate in parts.ground.force_plates]
    names += [f"cameras/{camera}/markers" for camera in parts.ground.cameras]
    return [*names, "ground/robot_pose", "ground/occupancy", "/diagnostics"]


def team_topics(parts: Parts) -> list[str]:
    """The robot's and the team's: what the robot says of itself, what is asked of it, and what the gate passes on."""
    topics = parts.robot.topics
    says = (parts.robot.kind == "arm" and topics.joint_states) or topics.odometry
    return [says, topics.command_in, topics.command_out]


def _readers_of_the_teams(seal: Seal) -> list[str]:
    return [TEAM, GROUND] if seal.team_streams == "shared" else [TEAM]


def _file(parts: Parts, name: str, topics: list[str], readers: list[str]) -> dict[str, Any]:
    """An empty list has no type in a ROS parameter file: without readers there is none."""
    path = f"{parts.out}/{name}.mcap{'.age' if readers else ''}"
    return {"path": path, "topics": topics, **({"readers": readers} if readers else {})}
