"""A ground for the random search: any kind of robot, any type of command, rules at random, and a robot that obeys."""

import math
import random
from dataclasses import replace
from typing import Any

from port_safety.commands.command import Command
from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.commands.joint_velocity import JointVelocities, standing
from port_safety.commands.twist import ZERO, Motion
from port_safety.gate.gate import Gate
from port_safety.model.joints import Joints
from port_safety.model.readings import (
    Attitude,
    Body,
    ClockStep,
    Estop,
    Force,
    Gantry,
    JointStates,
    Occupancy,
    Odometry,
    PlateForce,
    Pose,
    Publishers,
    ToolPoint,
    Value,
)
from port_safety.rules.envelope import Envelope
from port_safety.rules.registry import EnvelopeError, make_envelope, make_rule
from port_safety.rules.rule_type import KINDS, Site
from tests.gate_bench import BLOCKS, robot_of

JOINTS = Joints(("base", "shoulder", "elbow"), 4.0, 0.8)
COMMANDS = ("twist", "velocities", "trajectory")
PAIRS = [(kind, command) for kind in sorted(KINDS) for command in COMMANDS]
START = Pose(1.0, 0.0, 0.0)
LANE = [-2.0, -3.0, 11.0, -3.0, 11.0, 3.0, -2.0, 3.0]
DESK = [4.0, 1.6, 6.0, 1.6, 6.0, 2.6, 4.0, 2.6]
CROSSING = [3.5, -1.5, 6.5, -1.5, 6.5, 1.5, 3.5, 1.5]
AROUND = [0.0, -2.0, 3.0, -2.0, 3.0, 2.0, 0.0, 2.0]
LEGGED: dict[str, Any] = {
    "tilt": {"type": "tilt", "limit_rad": 0.5, "fall_rad": 0.9},
    "body_height": {"type": "body_height", "low_m": 0.05, "high_m": 1.2},
    "joint_runaway": {"type": "joint_runaway", "velocity_radps": 20.0, "acceleration_radps2": 400.0},
    "ground_reaction": {"type": "ground_reaction", "mass_kg": 20.0},
}
OF_ARMS: dict[str, Any] = {
    "joint_limits": {
        "type": "joint_limits", "lower_rad": [-3.0] * 3, "upper_rad": [3.0] * 3, "velocity_radps": [2.0] * 3,
    },
    "tool_workspace": {
        "type": "tool_workspace", "low_m": [-1.0] * 3, "high_m": [1.0] * 3, "deceleration_mps2": 3.0,
    },
    "contact_force": {"type": "contact_force", "limit_n": 50.0, "blow_n": 80.0},
}  # fmt: skip


def blocks_of(kind: str) -> dict[str, Any]:
    """A block for each rule that can be in force for some robot of this kind."""
    crossing = AROUND if kind == "arm" else CROSSING
    everywhere: dict[str, Any] = {
        "input_timeout": BLOCKS["input_timeout"],
        "speed_robot": {"type": "speed", "limit_mps": 1.5},
        "crossing": {"type": "speed", "polygon_m": crossing, "limit_mps": 0.5, "occupied_limit_mps": 0.0},
        "lane": {"type": "keep_in", "polygon_m": LANE, "margin_m": 0.05},
        "desk": {"type": "keep_out", "polygon_m": DESK},
        "separation": {"type": "separation", "intrusion_m": 0.2, "zones_m": {"crossing": list(crossing)}},
        "acceleration": {"type": "acceleration", "acceleration_mps2": 2.0, "yaw_acceleration_radps2": 4.0},
    }
    watching = {name: BLOCKS[name] for name in ("pose_agreement", "stop_response", "bypass", "clock", "stuck_input")}
    return {**everywhere, **watching, **LEGGED, **OF_ARMS}


class SearchGround:
    """A gate in an envelope of its own, every input at hand, and the clock. Nothing happens until somebody asks."""

    def __init__(self, kind: str, command: str, any_: random.Random) -> None:
        self.kind, self.command = kind, command
        joints = JOINTS if kind == "arm" or command != "twist" else None
        self.robot = robot_of(kind, joints=joints, base=START if kind == "arm" else None)
        self.site = Site(self.robot, ("station_1",), ("left",), by_joints=command != "twist")
        self.blocks = self._rules(any_)
        zeros: dict[str, Command] = {
            "twist": ZERO,
            "velocities": standing(JOINTS),
            "trajectory": JointTrajectory(JOINTS),
        }
        self.zero = zeros[command]
        self.gate = Gate("search", self.robot, self.make(self.blocks), self.zero)
        self.now_ns = any_.choice([1_000_000_000, 1_000_000_000, 2**31, 10**15, 2**62])
        self.tick_ns = any_.choice([5_000_000, 20_000_000, 40_000_000])
        self.obeys = True
        self.request: Command | None = self.zero
        self.lost: set[str] = set()
        self.inputs = self._inputs()

    def make(self, blocks: Any) -> Envelope:
        return make_envelope(list(blocks), blocks, self.site)

    def _rules(self, any_: random.Random) -> dict[str, Any]:
        """Most of the rules that can judge this robot."""
        blocks: dict[str, Any] = {}
        for name, block in blocks_of(self.kind).items():
            try:
                make_rule(name, block, self.site)
            except EnvelopeError:
                continue
            if name == "input_timeout" or any_.random() < 0.8:
                blocks[name] = block
        try:
            self.make(blocks)
        except EnvelopeError as error:  # a rule that needs what none of the others watches
            return {name: block for name, block in blocks.items() if name not in str(error).split(":")[0]}
        return blocks

    def _inputs(self) -> dict[str, Value]:
        inputs: dict[str, Value] = {
            "estop station_1": Estop(True, True, False, True),
            "publishers": Publishers(),
            "system_clock": ClockStep(),
            "odometry": Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
            "ground_pose": START,
            "occupancy": Occupancy(frozenset()),
            "imu": Attitude(0.0, 0.0, 0.0, 1.0),
            "body": Body(0.1),
            "gantry": Gantry(True),
            "tool_pose": ToolPoint(0.0, 0.0, 0.5),
            "contact_wrench": Force(0.0, 0.0, 1.0),
            "force_plate left": PlateForce(0.0, 100.0, 5.0),
        }
        return inputs | ({"joints": JointStates((0.0,) * 3, (0.0,) * 3)} if self.robot.joints else {})

    def move(self, dt_ns: int) -> None:
        """A robot that does at once what leaves the gate."""
        output, dt_s = self.gate.output.command, dt_ns / 1e9
        if not self.obeys:
            return
        if isinstance(output, Motion):
            self._drive(output, dt_s)
            return
        states = self.inputs["joints"]
        assert isinstance(states, JointStates)
        velocities = output.joint_velocities_at(self.now_ns)
        if isinstance(output, JointVelocities) or (isinstance(output, JointTrajectory) and not output.points):
            places = tuple(q + v * dt_s for q, v in zip(states.positions, velocities, strict=True))
        else:
            assert isinstance(output, JointTrajectory)
            places = output.at(self.now_ns)[0]
        self.inputs["joints"] = JointStates(places, velocities)

    def _drive(self, output: Motion, dt_s: float) -> None:
        pose, odometry = self.inputs["ground_pose"], self.inputs["odometry"]
        assert isinstance(pose, Pose) and isinstance(odometry, Odometry)
        x, y, yaw = _moved(odometry.x, odometry.y, odometry.yaw, output, dt_s)
        self.inputs["odometry"] = Odometry(x, y, yaw, output.vx, output.vy, output.wz)
        self.inputs["ground_pose"] = Pose(*_moved(pose.x, pose.y, pose.yaw, output, dt_s))

    def rest(self) -> None:
        """The robot stands, where a person has put it."""
        odometry = self.inputs["odometry"]
        assert isinstance(odometry, Odometry)
        self.inputs["odometry"] = replace(odometry, vx=0.0, vy=0.0, wz=0.0)


def _moved(x: float, y: float, yaw: float, motion: Motion, dt_s: float) -> tuple[float, float, float]:
    cos, sin = math.cos(yaw), math.sin(yaw)
    along, across = (cos * motion.vx - sin * motion.vy) * dt_s, (sin * motion.vx + cos * motion.vy) * dt_s
    return x + along, y + across, yaw + motion.wz * dt_s
