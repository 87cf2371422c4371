"""A gate on the bench: a robot, a ground and a clock that the test turns by hand."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from port_safety.commands.command import Command
from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.events import EventKind
from port_safety.gate.gate import Gate, Output
from port_safety.gate.state_machine import State
from port_safety.model.braking_model import BrakingModel
from port_safety.model.joints import Joints
from port_safety.model.readings import Alive, ClockStep, Estop, Occupancy, Odometry, Pose, Publishers
from port_safety.model.robot_model import RobotModel
from port_safety.rules.registry import make_envelope
from port_safety.rules.rule_type import Site

ROBOT = RobotModel("bench", "wheeled", 1.5, 1.5, BrakingModel(0.08, 1.2), 0.4, 1.5)
LANE = [-1.0, -1.5, 11.0, -1.5, 11.0, 1.5, -1.0, 1.5]
DESK = [4.0, 1.0, 6.0, 1.0, 6.0, 2.5, 4.0, 2.5]
CROSSING = [3.5, -1.5, 6.5, -1.5, 6.5, 1.5, 3.5, 1.5]
BLOCKS: dict[str, Any] = {
    "input_timeout": {
        "type": "input_timeout",
        "estop_s": 0.15,
        "odometry_s": 0.3,
        "ground_pose_s": 0.5,
        "force_plate_s": 0.5,
        "command_s": 0.3,
    },
    "lane": {"type": "keep_in", "polygon_m": LANE, "margin_m": 0.05},
    "desk": {"type": "keep_out", "polygon_m": DESK},
    "speed_robot": {"type": "speed", "limit_mps": 1.5},
    "crossing": {"type": "speed", "polygon_m": CROSSING, "limit_mps": 0.5, "occupied_limit_mps": 0.0},
    "separation": {"type": "separation", "intrusion_m": 0.2, "zones_m": {"crossing": list(CROSSING)}},
    "pose_agreement": {"type": "pose_agreement", "window_s": 0.3},
    "stop_response": {"type": "stop_response"},
    "bypass": {"type": "bypass"},
    "clock": {"type": "clock"},
    "stuck_input": {"type": "stuck_input", "after_s": 1.5},
    "acceleration": {"type": "acceleration", "acceleration_mps2": 2.0, "yaw_acceleration_radps2": 4.0},
}
#: For gates that run as processes: ages with which a pause of a busy machine does not look like a cut cable.
PATIENT_BLOCKS = {
    **BLOCKS,
    "input_timeout": {
        **BLOCKS["input_timeout"],
        "estop_s": 3.0,
        "odometry_s": 3.0,
        "ground_pose_s": 3.0,
        "command_s": 3.0,
    },
    "separation": {**BLOCKS["separation"], "stale_s": 3.0},
}
TICK_NS = 5_000_000
RELEASED = Estop(True, True, False, True)
PRESSED = Estop(False, False, False, True)
RESET_HELD = Estop(True, True, True, True)


#: What the other kinds need beside the figures of ROBOT.
FIGURES: dict[str, dict[str, Any]] = {
    "arm": {"ramp_s": 1.0, "joints": Joints(("base", "shoulder", "elbow"), 4.0, 0.8)},
    "quadruped": {"ramp_s": 1.6, "settle_s": 2.2, "settled_height_m": 0.11},
    "humanoid": {"ramp_s": 2.5, "settle_s": 2.5, "damp_s": 0.6, "settled_height_m": 0.52},
}


def robot_of(kind: str, **figures: Any) -> RobotModel:
    """ROBOT as another kind."""
    return replace(ROBOT, kind=kind, **{**FIGURES.get(kind, {}), **figures})


def make_gate(blocks: dict[str, Any] | None = None) -> Gate:
    blocks = BLOCKS if blocks is None else blocks
    site = Site(ROBOT, ("station_1",), ("left",))
    return Gate("bench", ROBOT, make_envelope(list(blocks), blocks, site))


def state_of(gate: Gate) -> State:
    """Its state, read anew: a check of types takes an attribute that was compared once for one that stays."""
    return gate.state


def base_twist(command: Command) -> Motion:
    """What `command` asks of a mobile base."""
    assert command.twist is not None
    return command.twist


@dataclass
class Bench:
    """Feeds every input each tick; a test changes one of them and turns the clock."""

    gate: Gate = field(default_factory=make_gate)
    now_ns: int = 1_000_000_000
    estop: Estop | None = RELEASED
    pose: Pose | None = field(default_factory=lambda: Pose(0.0, 0.0, 0.0))
    odometry: Odometry | None = field(default_factory=lambda: Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0))  # own frame
    occupancy: Occupancy | None = field(default_factory=lambda: Occupancy(frozenset()))
    publishers: Publishers | None = field(default_factory=Publishers)
    clock_step: ClockStep | None = field(default_factory=ClockStep)
    plate: Alive | None = field(default_factory=Alive)
    request: Motion | None = ZERO
    obeys: bool = True
    button: operator_commands.ResetButton = field(default_factory=lambda: operator_commands.ResetButton("station_1"))
    tick_ns: int = TICK_NS
    stamped_late_ns: dict[str, int] = field(default_factory=dict)  # how much older than its arrival an input's stamp is
    look: Callable[[], None] = lambda: None  # called whenever something has left the gate

    def turn(self, seconds: float = 0.005) -> Output:
        """Let time pass, tick by tick, with every input that is not None arriving each tick."""
        for _ in range(max(1, round(seconds * 1e9 / self.tick_ns))):
            self.now_ns += self.tick_ns
            self._feed()
            self.gate.tick(self.now_ns)
            self.look()
            self.gate.note_published(self.now_ns)
            if self.obeys:
                self._move()
        return self.gate.output

    def _feed(self) -> None:
        named = {
            "estop station_1": self.estop,
            "odometry": self.odometry,
            "ground_pose": self.pose,
            "occupancy": self.occupancy,
            "force_plate left": self.plate,
            "publishers": self.publishers,
            "system_clock": self.clock_step,
        }
        for name, value in named.items():
            if value is not None:
                self.gate.update(name, value, self.now_ns - self.stamped_late_ns.get(name, 0), self.now_ns)
        if self.estop is not None:
            self.button.look(self.gate, self.estop, self.now_ns)
        if self.request is not None:
            self.gate.request(self.request, self.now_ns)
            self.look()

    def _move(self) -> None:
        """A robot that does at once what leaves the gate."""
        if self.odometry is None or self.pose is None or self.gate.output.command.fault:
            return
        twist, dt = base_twist(self.gate.output.command), self.tick_ns / 1e9
        place = _moved(self.odometry.x, self.odometry.y, self.odometry.yaw, twist, dt)
        self.pose = Pose(*_moved(self.pose.x, self.pose.y, self.pose.yaw, twist, dt))
        self.odometry = Odometry(*place, twist.vx, twist.vy, twist.wz)

    def run(self) -> "Bench":
        """Bring the gate to RUN with nothing requested."""
        self.turn(0.5)
        answer = operator_commands.arm(self.gate, "tester", self.now_ns)
        assert answer.accepted, answer.reason
        self.turn(0.05)
        assert self.gate.state is State.RUN, self.gate.reason
        return self

    def drive(self, vx: float = 0.4, seconds: float = 0.5) -> "Bench":
        self.run()
        self.request = Motion(vx)
        self.turn(seconds)
        return self

    def kinds(self) -> list[EventKind]:
        return [happening.kind for happening in self.gate.take_events()]


def _moved(x: float, y: float, yaw: float, twist: Motion, dt: float) -> tuple[float, float, float]:
    yaw += twist.wz * dt
    return x + math.cos(yaw) * twist.vx * dt, y + math.sin(yaw) * twist.vx * dt, yaw
