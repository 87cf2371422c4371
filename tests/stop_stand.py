"""A gate with its stop profile and a simulated robot of each kind in one loop, faster than real time.

Between them what is there in the hall: the stack that asks, the e-stop contacts, and a relay that opens a little after
the enable goes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from port_safety.commands.command import Command
from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.commands.trajectory_points import Point
from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.gate import Gate
from port_safety.gate.state_machine import MOTION_ALLOWED, State
from port_safety.model.readings import Body, ClockStep, Estop, Gantry, JointStates, Odometry, Pose, Publishers, Value
from port_safety.rules.registry import make_envelope
from port_safety.rules.rule_type import Site
from port_sim.robots.arm import Arm, ArmLimits
from port_sim.robots.humanoid import Build, Humanoid
from port_sim.robots.quadruped import Legs, Quadruped
from port_sim.robots.wheeled import Limits, Wheeled
from tests.gate_bench import BLOCKS, PRESSED, RELEASED, base_twist, robot_of

TICK_NS = 10_000_000
#: From the loss of the enable until the power is gone: watchdog and contactor.
RELAY_NS = 60_000_000
RULES = ("input_timeout", "speed_robot", "stop_response", "bypass", "clock", "acceleration")


class SimWheeled:
    """The wheeled robot behind the gate's values."""

    request: Command = Motion(1.0)

    def __init__(self) -> None:
        self.body = Wheeled(Limits())

    def readings(self) -> dict[str, Value]:
        at = self.body.motion
        return {
            "odometry": Odometry(at.x, at.y, at.yaw, at.v, 0.0, at.w),
            "ground_pose": Pose(at.x, at.y, at.yaw),
        }

    def step(self, now_s: float, command: Command, word: str, powered: bool, ignores: bool) -> None:
        twist = base_twist(command)
        self.body.command(twist.vx, twist.wz, now_s)
        self.body.step(now_s, powered, runaway=ignores)

    @property
    def speed_mps(self) -> float:
        return self.body.motion.v

    @property
    def height_m(self) -> float:
        return 0.0

    @property
    def harmed(self) -> bool:
        return False


class SimQuadruped(SimWheeled):
    def __init__(self) -> None:
        self.dog = Quadruped(Limits(speed_mps=1.5), Legs())

    def readings(self) -> dict[str, Value]:
        at = self.dog.motion
        return {
            "odometry": Odometry(at.x, at.y, at.yaw, at.v, 0.0, at.w),
            "ground_pose": Pose(at.x, at.y, at.yaw),
            "body": Body(self.dog.height_m),
        }

    def step(self, now_s: float, command: Command, word: str, powered: bool, ignores: bool) -> None:
        twist = base_twist(command)
        self.dog.command(twist.vx, twist.wz, now_s)
        self.dog.tell("" if ignores else word, now_s)
        self.dog.step(now_s, powered, runaway=ignores)

    @property
    def speed_mps(self) -> float:
        return self.dog.motion.v

    @property
    def height_m(self) -> float:
        return self.dog.height_m

    @property
    def harmed(self) -> bool:
        return self.dog.dropped_mps > 0.5


class SimHumanoid(SimWheeled):
    request: Command = Motion(0.8)

    def __init__(self, caught: bool = False) -> None:
        self.walker = Humanoid(Build(), caught)

    def readings(self) -> dict[str, Value]:
        walker = self.walker
        return {
            "odometry": Odometry(walker.x, 0.0, 0.0, walker.v, 0.0, 0.0),
            "ground_pose": Pose(walker.x, 0.0, 0.0),
            "body": Body(walker.height_m),
            "gantry": Gantry(walker.caught),
        }

    def step(self, now_s: float, command: Command, word: str, powered: bool, ignores: bool) -> None:
        self.walker.command(base_twist(command).vx, word, now_s)
        self.walker.step(now_s, powered, ignores)

    @property
    def speed_mps(self) -> float:
        return self.walker.v

    @property
    def height_m(self) -> float:
        return self.walker.height_m

    @property
    def harmed(self) -> bool:
        return self.walker.fallen


class SimArm(SimWheeled):
    def __init__(self) -> None:
        joints = robot_of("arm").joints
        assert joints is not None
        self.joints, self.arm = joints, Arm(ArmLimits())
        self._told: JointTrajectory | None = None
        goal = (Point(2.0, (0.8, 0.4, -0.4)), Point(5.0, (1.6, 0.0, 0.4)))
        self.request = JointTrajectory(joints, goal, joints.names)

    def readings(self) -> dict[str, Value]:
        return {"joints": JointStates(self.arm.motion.positions, self.arm.motion.velocities)}

    def step(self, now_s: float, command: Command, word: str, powered: bool, ignores: bool) -> None:
        assert isinstance(command, JointTrajectory)
        if command is not self._told:
            start_s = command.start_ns / 1e9 if command.of is not None else now_s
            self.arm.follow([(point.at_s, point.positions) for point in command.points], start_s, now_s)
            self._told = command
        self.arm.step(now_s, powered, runaway=ignores)

    @property
    def speed_mps(self) -> float:
        return self.joints.speed_mps(self.arm.motion.velocities)


SIMS: dict[str, Callable[[], SimWheeled]] = {
    "wheeled": SimWheeled,
    "arm": SimArm,
    "quadruped": SimQuadruped,
    "humanoid": SimHumanoid,
}


@dataclass
class Moment:
    """One tick, for pictures and tests."""

    at_s: float
    state: State
    stage: str
    speed_mps: float
    height_m: float
    enable: bool
    powered: bool


@dataclass
class Stand:
    """One robot at its gate."""

    kind: str
    sim: SimWheeled
    gate: Gate = field(init=False)
    now_ns: int = 1_000_000_000
    estop: Estop = RELEASED
    ignores: bool = False
    request: Command | None = None
    powered: bool = False
    moments: list[Moment] = field(default_factory=list)
    _enabled_ns: int = -RELAY_NS

    def __post_init__(self) -> None:
        robot = robot_of(self.kind)
        nothing: Command = JointTrajectory(robot.joints) if robot.joints else ZERO
        blocks = {name: BLOCKS[name] for name in RULES}
        self.gate = Gate(
            "stand",
            robot,
            make_envelope(list(blocks), blocks, Site(robot, ("station_1",), (), by_joints=robot.joints is not None)),
            nothing,
        )

    def turn(self, seconds: float) -> "Stand":
        """Let time pass."""
        for _ in range(max(1, round(seconds * 1e9 / TICK_NS))):
            self._tick()
        return self

    def _tick(self) -> None:
        self.now_ns += TICK_NS
        named: dict[str, Any] = {"estop station_1": self.estop, "publishers": Publishers(), "system_clock": ClockStep()}
        named |= self.sim.readings()
        for name, value in named.items():
            self.gate.update(name, value, self.now_ns, self.now_ns)
        if self.request is not None and not self.request.persistent:
            self.gate.request(self.request, self.now_ns)
        output = self.gate.tick(self.now_ns)
        if output.enable:
            self._enabled_ns = self.now_ns
        self.powered = self.now_ns - self._enabled_ns < RELAY_NS
        now_s = self.now_ns / 1e9
        self.sim.step(now_s, output.command, self.gate.stage, self.powered, self.ignores and self.powered)
        moment = Moment(now_s, self.gate.state, self.gate.stage, self.sim.speed_mps, self.sim.height_m,
                        output.enable, self.powered)  # fmt: skip
        self.moments.append(moment)

    def ask(self, command: Command) -> None:
        """The robot's stack asks for `command`, once or from now on."""
        self.request = command
        if command.persistent:
            self.gate.request(command, self.now_ns)

    def run(self) -> "Stand":
        """Armed, and told to move as its kind does."""
        self.turn(0.6)
        answer = operator_commands.arm(self.gate, "tester", self.now_ns)
        assert answer.accepted, answer.reason
        self.turn(1.0)
        joints = self.gate.robot.joints
        self.ask(ZERO if joints is None else JointTrajectory(joints, (Point(0.1, (0.0, 0.0, 0.0)),), joints.names))
        self.turn(0.2)
        self.ask(self.sim.request)
        self.turn(3.0)
        assert self.gate.state in MOTION_ALLOWED, self.gate.reason
        assert self.sim.speed_mps > 0.3, "it moves"
        return self

    def press(self) -> "Stand":
        self.estop = PRESSED
        return self

    def until_dark(self, limit_s: float = 12.0) -> float:
        """Time from the stop until the enable is gone, s."""
        assert self.gate.output.enable
        began_ns = self.now_ns
        while self.gate.output.enable and self.now_ns - began_ns < limit_s * 1e9:
            self._tick()
        return (self.now_ns - began_ns) / 1e9

    def stages(self) -> list[str]:
        assert self.gate.stop is not None
        return [name for name, _ in self.gate.stop.stages]
