"""Gates of every kind of robot and type of command, with one rule beside those that no gate is without."""

from typing import Any

from port_safety.commands.command import Command
from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.commands.joint_velocity import standing
from port_safety.commands.twist import ZERO
from port_safety.gate import operator_commands
from port_safety.gate.gate import Gate
from port_safety.model.joints import Joints
from port_safety.model.readings import ClockStep, Estop, JointStates, Occupancy, Odometry, Pose, Publishers, Value
from port_safety.model.robot_model import RobotModel
from port_safety.rules.registry import make_envelope
from port_safety.rules.rule_type import Site
from tests.gate_bench import BLOCKS, robot_of

TICK_NS = 5_000_000
JOINTS = Joints(("base", "shoulder", "elbow"), 4.0, 0.8)
BASE = Pose(1.0, 0.0, 0.0)
COMMANDS = ("twist", "velocities", "trajectory")
TIMEOUT = {"input_timeout": BLOCKS["input_timeout"]}


def robot_with(kind: str, command: str) -> RobotModel:
    """Of this kind, with joints where its commands are for them; an arm stands at BASE."""
    joints = JOINTS if kind == "arm" or command != "twist" else None
    return robot_of(kind, joints=joints, base=BASE if kind == "arm" else None)


def zero(command: str) -> Command:
    """The command of this type that asks for no motion."""
    zeros: dict[str, Command] = {"twist": ZERO, "velocities": standing(JOINTS), "trajectory": JointTrajectory(JOINTS)}
    return zeros[command]


class Ground:
    """A gate with one rule beside those that it cannot be without, and every input there."""

    def __init__(self, kind: str, command: str, rule: str, block: dict[str, Any]) -> None:
        made = robot_with(kind, command)
        site = Site(made, ("station_1",), (), by_joints=command != "twist")
        blocks = {**TIMEOUT, rule: {"type": rule, **block}}
        self.gate = Gate("t", made, make_envelope(list(blocks), blocks, site), zero(command))
        self.now_ns = 1_000_000_000
        self.inputs: dict[str, Value] = {
            "estop station_1": Estop(True, True, False, True),
            "publishers": Publishers(),
            "system_clock": ClockStep(),
            "odometry": Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
            "ground_pose": Pose(1.0, 0.0, 0.0),
            "joints": JointStates((0.0,) * 3, (0.0,) * 3),
            "occupancy": Occupancy(frozenset()),
        }

    def turn(self, seconds: float, request: Command | None = None) -> "Ground":
        for _ in range(round(seconds * 1e9 / TICK_NS)):
            self.now_ns += TICK_NS
            for name, value in self.inputs.items():
                self.gate.update(name, value, self.now_ns, self.now_ns)
            if request is not None:
                self.gate.request(request, self.now_ns)
            self.gate.tick(self.now_ns)
        return self

    def armed(self, command: str) -> "Ground":
        self.turn(0.6)
        assert operator_commands.arm(self.gate, "tester", self.now_ns).accepted, self.gate.reason
        return self.turn(0.05, zero(command))

    def follow(self, command: Command) -> "Ground":
        self.gate.request(command, self.now_ns)
        return self.turn(0.05)

    @property
    def output_mps(self) -> float:
        """How fast the fastest point goes by what leaves the gate now."""
        output = self.gate.output.command
        twist = output.twist
        return JOINTS.speed_mps(output.joint_velocities_at(self.now_ns)) if twist is None else twist.speed_mps
