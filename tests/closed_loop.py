"""The gate's core around a simulated robot, in simulated time: what a camera sees late, seldom and not always, goes in;
what leaves the gate moves the robot. No clock, no thread, no message.
"""

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from port_safety.commands.twist import Motion
from port_safety.gate import operator_commands
from port_safety.gate.gate import Gate
from port_safety.gate.state_machine import MOTION_ALLOWED, State
from port_safety.model.braking_model import BrakingModel
from port_safety.model.geometry import Polygon
from port_safety.model.readings import Alive, ClockStep, Estop, Occupancy, Odometry, Pose, Publishers
from port_safety.model.robot_model import RobotModel
from port_safety.monitoring.people_tracking import PeopleTracking
from port_safety.rules.registry import make_envelope
from port_safety.rules.rule_type import Site
from port_session.description.resolve import resolve
from port_sim.robots.wheeled import Limits, Wheeled
from port_sim.robots.wheeled import Motion as Place

Spot = tuple[float, float]
DEMO = Path(__file__).parent.parent / "config" / "sessions" / "demo.yaml"
STATION, LOOKOUT = "station_1", "overhead"
#: Beside the robot no camera sees a person: its own outline is cut out (port_sensors/core/occupancy.py).
HIDDEN_M = 0.5


@dataclass(frozen=True)
class Camera:
    """What the ground's camera gives: rate, latency and its jitter, noise of places, share of people missed a frame.

    view: x and y of what it sees of the floor, m.
    """

    rate_hz: float = 15.0
    latency_s: float = 0.1
    jitter_s: float = 0.03
    noise_m: float = 0.01
    person_noise_m: float = 0.05
    missed: float = 0.1
    view: tuple[float, float, float, float] = (-1.0, 11.0, -3.375, 3.375)

    def sees(self, spot: Spot, robot: Place, radius_m: float) -> bool:
        """Whether somebody at `spot` is in its picture and not behind what is cut out for the robot."""
        low_x, high_x, low_y, high_y = self.view
        inside = low_x <= spot[0] <= high_x and low_y <= spot[1] <= high_y
        return inside and math.dist(spot, (robot.x, robot.y)) > radius_m + HIDDEN_M


PERFECT = Camera(noise_m=0.0, person_noise_m=0.0, missed=0.0)


def demo_gate() -> tuple[Gate, Limits, dict[str, Polygon]]:
    """The gate of the demonstration's session, its robot's physics, and the zones that the camera watches."""
    parameters = resolve(str(DEMO)).process("gate").parameters
    robot = dict(parameters["robot"])
    gate = Gate("demo", _robot(robot), _envelope(parameters, _robot(robot)))
    keys = ("speed_mps", "yaw_rate_radps", "acceleration_mps2", "deceleration_mps2", "latency_s", "response_s")
    zones = parameters["separation"]["zones_m"]
    return gate, Limits(*(robot[key] for key in keys)), {name: Polygon.from_flat(zones[name]) for name in zones}


def _robot(block: dict[str, Any]) -> RobotModel:
    braking = BrakingModel(block["latency_s"], block["deceleration_mps2"], block["response_s"])
    return RobotModel(
        block["name"], block["kind"], block["speed_mps"], block["yaw_rate_radps"], braking,
        block["footprint_radius_m"], block["ramp_s"],
    )  # fmt: skip


def _envelope(parameters: dict[str, Any], robot: RobotModel) -> Any:
    site = Site(robot, tuple(parameters["estops"]), tuple(parameters["plates"]), tuple(parameters["lookouts"]))
    return make_envelope(parameters["rules"], parameters, site)


class ClosedLoop:
    """Turns everything by one tick a `step`. people: where they are at a time, given where the robot is."""

    def __init__(
        self,
        gate: Gate,
        physics: Limits,
        camera: Camera,
        seed: int,
        people: Callable[[float, Place], Sequence[Spot]] = lambda now_s, robot: (),
        zones: dict[str, Polygon] | None = None,
        start: Place | None = None,
        plates: Sequence[str] = ("left", "right"),
        tick_s: float = 0.005,
    ) -> None:
        self.gate, self.camera, self.people = gate, camera, people
        self.robot = Wheeled(physics, start)
        self.tick_s, self.ticks = tick_s, 0
        self.standing: Sequence[Spot] = ()
        self._lookouts = PeopleTracking((LOOKOUT,))
        self._zones, self._plates = zones or {}, plates
        self._random = Random(seed)
        self._pictures: deque[tuple[int, int, Pose, Occupancy]] = deque()

    @property
    def now_s(self) -> float:
        return self.ticks * self.tick_s

    @property
    def now_ns(self) -> int:
        return 1_000_000_000 + round(self.now_s * 1e9)

    def step(self, request: Motion | None) -> None:
        """One tick: physics, sensors, the stack's request (None: it says nothing now), the gate."""
        self.ticks += 1
        self.robot.step(self.now_s, self.gate.output.enable)
        self.standing = self.people(self.now_s, self.robot.motion)
        self._feed()
        if request is not None:
            self.gate.request(request, self.now_ns)
        twist = self.gate.tick(self.now_ns).command.twist
        self.gate.take_events()
        assert twist is not None
        self.robot.command(twist.vx, twist.wz, self.now_s)

    def _feed(self) -> None:
        gate, now_ns, at = self.gate, self.now_ns, self.robot.motion
        if self._every(0.02):
            gate.update("odometry", Odometry(at.x, at.y, at.yaw, at.v, 0.0, at.w), now_ns, now_ns)
            gate.update(f"estop {STATION}", Estop(True, True, False, True), now_ns, now_ns)
            for plate in self._plates:
                gate.update(f"force_plate {plate}", Alive(), now_ns, now_ns)
        if self._every(0.1):
            gate.update("publishers", Publishers(), now_ns, now_ns)
            gate.update("ground_publishers", Publishers(), now_ns, now_ns)
            gate.update("system_clock", ClockStep(), now_ns, now_ns)
        if self._every(1.0 / self.camera.rate_hz):
            self._take_picture()
        while self._pictures and self._pictures[0][0] <= now_ns:
            _, stamp_ns, pose, occupancy = self._pictures.popleft()
            gate.update("ground_pose", pose, stamp_ns, now_ns)
            self._lookouts.take(gate, LOOKOUT, occupancy, stamp_ns, now_ns)

    def _every(self, period_s: float) -> bool:
        return math.floor(self.now_s / period_s + 1e-9) > math.floor((self.now_s - self.tick_s) / period_s + 1e-9)

    def _take_picture(self) -> None:
        camera, at, noise = self.camera, self.robot.motion, self._random.gauss
        pose = Pose(at.x + noise(0.0, camera.noise_m), at.y + noise(0.0, camera.noise_m), at.yaw + noise(0.0, 0.005))
        seen = [
            (x + noise(0.0, camera.person_noise_m), y + noise(0.0, camera.person_noise_m))
            for x, y in self.standing
            if camera.sees((x, y), at, self.gate.robot.footprint_radius_m) and self._random.random() >= camera.missed
        ]
        occupied = {name for name, zone in self._zones.items() if any(map(zone.contains, seen))}
        late_s = camera.latency_s + self._random.random() * camera.jitter_s
        arrives_ns = max(self.now_ns + round(late_s * 1e9), self._pictures[-1][0] if self._pictures else 0)
        self._pictures.append((arrives_ns, self.now_ns, pose, Occupancy(frozenset(occupied), positions_m=tuple(seen))))

    def arm(self) -> bool:
        """What an operator does who sees the robot stand with nobody near: reset if it takes one, then arm."""
        if self.gate.state is State.RESET_READY:
            operator_commands.reset(self.gate, self.gate.tracker.event_id, "operator", self.now_ns)
        return operator_commands.arm(self.gate, "operator", self.now_ns).accepted

    @property
    def moving(self) -> bool:
        return self.gate.state in MOTION_ALLOWED
