"""The gate's parameters: what a parameter file must hold, and the gate it makes. The admission check makes one, too."""

from dataclasses import dataclass
from typing import Any

import msgspec

from port_ros.parameters import ParameterError, convert
from port_safety.commands.registry import command_type_of
from port_safety.gate.envelope_update import EnvelopeUpdates
from port_safety.gate.gate import Gate
from port_safety.model.braking_model import BrakingModel
from port_safety.model.joints import Joints
from port_safety.model.readings import Pose
from port_safety.model.robot_model import RobotModel
from port_safety.rules.registry import make_envelope
from port_safety.rules.rule_type import Site
from port_safety.rules.separation import SeparationRule


class RobotBlock(msgspec.Struct, forbid_unknown_fields=True):
    """The robot's figures; units in the names."""

    name: str
    kind: str
    speed_mps: float
    yaw_rate_radps: float
    acceleration_mps2: float
    deceleration_mps2: float
    latency_s: float
    footprint_radius_m: float
    ramp_s: float
    yaw_acceleration_radps2: float = 4.0
    response_s: float = 0.1
    settle_s: float = 0.0
    damp_s: float = 0.0
    settled_height_m: float = 0.0
    joints: list[str] = []
    joint_deceleration_radps2: float = 0.0
    joint_acceleration_radps2: float = 0.0
    reach_m: float = 0.0
    link_reach_m: list[float] = []
    base_pose: list[float] = []

    def robot(self) -> RobotModel:
        joints = None
        if self.joints:
            joints = Joints(
                tuple(self.joints), self.joint_deceleration_radps2, self.reach_m, self.joint_acceleration_radps2,
                tuple(self.link_reach_m),
            )  # fmt: skip
        if self.base_pose and len(self.base_pose) != 3:
            raise ValueError(f"base_pose: expected x, y in m and yaw in rad, frame ground, got {self.base_pose}")
        return RobotModel(
            self.name,
            self.kind,
            self.speed_mps,
            self.yaw_rate_radps,
            BrakingModel(self.latency_s, self.deceleration_mps2, self.response_s),
            self.footprint_radius_m,
            self.ramp_s,
            self.settle_s,
            self.damp_s,
            self.settled_height_m,
            joints,
            Pose(*self.base_pose) if self.base_pose else None,
        )


class GateParameters(msgspec.Struct, forbid_unknown_fields=True):
    """Topics are relative to the session's namespace. evidence_path: the file of the stop log; empty: none is kept.

    gantry: a std_msgs/Bool that says whether the gantry carries the robot; empty: there is none.
    session_key_file: by whose key the session's nodes know each other; empty: nobody arms this gate, and it believes no
    e-stop station.
    publishers: who alone may speak on the ground's own topics, as "topic node node …", in its namespace.
    rehearse: each tick keeps the way of the next command warm (rehearsal.py), for some more of the processor.
    """

    site: str
    session: str
    command_in: str
    command_out: str
    robot: RobotBlock
    rules: list[str]
    estops: list[str]
    plates: list[str] = []
    lookouts: list[str] = []
    command_type: str = "geometry_msgs/msg/Twist"
    odometry: str = "odom"
    joint_states: str = "joint_states"
    imu: str = "imu"
    tool_pose: str = "tool_pose"
    contact_wrench: str = "contact_wrench"
    gantry: str = ""
    ground_pose: str = "ground/robot_pose"
    occupancy: str = "ground/occupancy"
    tick_hz: float = 500.0
    evidence_path: str = ""
    session_key_file: str = ""
    publishers: list[str] = []
    rehearse: bool = False

    @property
    def publishers_by_topic(self) -> dict[str, list[str]]:
        """Names of nodes by topic."""
        return {topic: names for topic, *names in map(str.split, self.publishers)}

    @property
    def watched_inputs(self) -> dict[str, str]:
        """The topic of each input that comes from the ground unproven, by the input's name."""
        plates = {f"force_plate {plate}": f"force_plates/{plate}/samples" for plate in self.plates}
        return {"ground_pose": self.ground_pose, **plates}

    def __post_init__(self) -> None:
        if not 50.0 <= self.tick_hz <= 1000.0:
            raise ValueError(f"tick_hz: {self.tick_hz} must lie in 50..1000")
        if not self.estops:
            raise ValueError("estops: a gate without an e-stop station is none")
        for line in self.publishers:
            if len(line.split()) < 2:
                raise ValueError(f"publishers: {line!r}: expected a topic and who may publish on it")
        if self.command_in == self.command_out:
            raise ValueError(f"command_in: {self.command_in!r} is command_out, too; the gate stands between two topics")


@dataclass(frozen=True)
class GateSettings:
    """The gate's own parameters, the rules' blocks by name, and the gate that both make."""

    parameters: GateParameters
    blocks: dict[str, Any]
    gate: Gate


def read(tree: dict[str, Any]) -> GateSettings:
    """The node's settings. Raises ParameterError."""
    parameters, blocks = split(tree)
    return GateSettings(parameters, blocks, make_gate(parameters, blocks))


def split(tree: dict[str, Any]) -> tuple[GateParameters, dict[str, Any]]:
    """The gate's own parameters and the rules' blocks by name."""
    names = convert(tree.get("rules", []), list[str], "rules")
    taken = [name for name in names if name in GateParameters.__struct_fields__]
    if taken:
        raise ParameterError(f"a rule cannot be called {taken[0]!r}, that is a key of the gate itself", "rules")
    blocks = {name: tree[name] for name in names if isinstance(tree.get(name), dict)}
    return convert({key: value for key, value in tree.items() if key not in blocks}, GateParameters), blocks


def make_gate(parameters: GateParameters, blocks: dict[str, Any]) -> Gate:
    """The gate; ParameterError names what does not fit."""
    robot = _robot(parameters)
    try:
        command_type = command_type_of(parameters.command_type)
        zero_command = command_type.zero_command(robot.joints)
        command_type.check_codec()
        envelope = make_envelope(parameters.rules, blocks, site_of(parameters, robot))
        return Gate(parameters.session, robot, envelope, zero_command)
    except ValueError as error:
        raise ParameterError.of(error) from error


def _robot(parameters: GateParameters) -> RobotModel:
    try:
        return parameters.robot.robot()
    except ValueError as error:
        raise ParameterError.of(error, "robot") from error


def site_of(parameters: GateParameters, robot: RobotModel) -> Site:
    """What the rules are made for."""
    by_joints = command_type_of(parameters.command_type).by_joints
    return Site(robot, tuple(parameters.estops), tuple(parameters.plates), tuple(parameters.lookouts), by_joints)


def envelope_updates(gate: Gate, parameters: GateParameters, blocks: dict[str, Any]) -> EnvelopeUpdates:
    """What may change of the gate's envelope while it runs."""
    return EnvelopeUpdates(
        gate, blocks, lambda made: make_envelope(parameters.rules, made, site_of(parameters, gate.robot))
    )


def age_limits(gate: Gate) -> dict[str, float]:
    """Greatest age in s of each input that a rule relies on, and of the command."""
    return dict(gate.envelope.watched)


def guarded(gate: Gate) -> list[str]:
    """One line for each declared area in which people do not count: whoever starts the gate is to read it."""
    rules = [rule for rule in gate.envelope.rules.values() if isinstance(rule, SeparationRule)]
    return [f"people in {name} do not count: the ground declares a guard" for rule in rules for name in rule.guarded]
