"""Seeded runs of the demonstration's robot among people who walk in anywhere, at any moment, in simulated time.

A **contact** is the robot's: a person's body (a circle) touches its footprint while it moves faster than
`CONTACT_MPS`. Whoever walks against a robot that stands touches it, and that is not counted.
"""

import math
from dataclasses import dataclass, field
from random import Random

from port_safety.commands.twist import Motion
from port_safety.gate.state_machine import State
from port_safety.model.standstill import STILL_MPS
from port_sim.robots.lane_driver import LaneDriver, Manner
from port_sim.robots.wheeled import Motion as Place
from port_sim.robots.wheeled import Wheeled
from tests.closed_loop import Camera, ClosedLoop, Spot, demo_gate

#: Half the breadth of broad shoulders; the speed that the gate calls standing.
BODY_M, CONTACT_MPS = 0.25, STILL_MPS
#: Nobody is drawn into a robot, so a touch is a gap of nothing.
TOUCH_M = 1e-3
WALK_MPS = 1.6
GOAL_M: Spot = (10.0, 0.0)
#: The hall: people come over the long sides and walk anywhere within; the ends are walls.
END_LOW_M, END_HIGH_M, SIDE_M = -0.9, 10.9, 3.6
ENDS_AFTER_S = 240.0
#: The stack's period; how near somebody may be when the operator resets and arms, and how long that takes.
STACK_S, CLEAR_M, OPERATOR_S = 0.05, 2.0, 2.0
MANNERS = ("crosses", "stands", "turns", "walks at the robot")


@dataclass
class Person:
    """Walks in at `begins_s`, in one of MANNERS, for `stays_s`; then leaves over the nearer side and is gone."""

    manner: str
    begins_s: float
    stays_s: float
    spot: Spot
    aim: Spot
    random: Random
    walk_mps: float = WALK_MPS
    gone: bool = False
    _turn_s: float = 0.0

    def walk(self, now_s: float, dt_s: float, robot: Place, radius_m: float) -> bool:
        """One step; whether the person is on the ground. Nobody walks through a robot."""
        if self.gone or now_s < self.begins_s:
            return False
        if now_s > self.begins_s + self.stays_s:
            self.aim = (self.spot[0], math.copysign(SIDE_M + 0.5, self.spot[1]))
        elif self.manner == "walks at the robot":
            self.aim = (robot.x, robot.y)
        elif self.manner == "turns" and now_s >= self._turn_s:
            self._turn_s = now_s + self.random.uniform(0.4, 2.0)
            self.aim = anywhere(self.random)
        self._go(dt_s)
        away_m = math.dist(self.spot, (robot.x, robot.y))
        if (reach_m := radius_m + BODY_M) > away_m > 0.0:
            push = reach_m / away_m
            self.spot = robot.x + push * (self.spot[0] - robot.x), robot.y + push * (self.spot[1] - robot.y)
        self.gone = abs(self.spot[1]) > SIDE_M
        return True

    def _go(self, dt_s: float) -> None:
        dx, dy = self.aim[0] - self.spot[0], self.aim[1] - self.spot[1]
        left_m, step_m = math.hypot(dx, dy), self.walk_mps * dt_s
        share = 1.0 if left_m <= step_m else step_m / left_m
        self.spot = self.spot[0] + share * dx, self.spot[1] + share * dy


def anywhere(random: Random) -> Spot:
    return random.uniform(END_LOW_M, END_HIGH_M), random.uniform(-2.5, 2.5)


def somebody(random: Random) -> Person:
    """A person from anywhere along a long side, at any moment of the drive."""
    side = random.choice((-1.0, 1.0))
    start = random.uniform(END_LOW_M, END_HIGH_M), side * (SIDE_M - 0.01)
    manner = random.choice(MANNERS)
    aim = anywhere(random)
    if manner == "crosses":
        aim = random.uniform(END_LOW_M, END_HIGH_M), -side * (SIDE_M + 0.5)
    return Person(manner, random.uniform(1.0, 14.0), random.uniform(2.0, 12.0), start, aim, random)


@dataclass
class Run:
    """What one run came to. least_gap_m: between the bodies while the robot moved."""

    seed: int
    manners: tuple[str, ...]
    contacts: int = 0
    least_gap_m: float = math.inf
    arrived_s: float | None = None
    stops: int = 0
    resets: int = 0
    speed_at_contact_mps: list[float] = field(default_factory=list)


class PeopleRun:
    """One run: the demonstration's gate and robot, `count` people, and an operator who looks before a reset."""

    def __init__(self, seed: int, count: int, camera: Camera | None = None) -> None:
        self.random = Random(seed)
        self.people = [somebody(self.random) for _ in range(count)]
        gate, physics, zones = demo_gate()
        self.loop = ClosedLoop(gate, physics, camera or Camera(), seed, self._walk, zones)
        self.driver = LaneDriver(Manner(GOAL_M, physics.speed_mps))
        self.run = Run(seed, tuple(person.manner for person in self.people))
        self._touching: set[int] = set()
        self._ready_s: float | None = None
        self._was_stopped = False

    def go(self) -> Run:
        """To the goal, or to the end of the time."""
        loop = self.loop
        next_s, began_s = 0.0, 0.0
        while loop.now_s < ENDS_AFTER_S:
            request = None
            if loop.now_s >= next_s:
                next_s += STACK_S
                request = Motion(*self._ask())
            loop.step(request)
            self._count()
            self._operate()
            began_s = began_s or (loop.now_s if loop.moving else 0.0)
            if self.driver.arrived and loop.robot.motion.v < CONTACT_MPS:
                self.run.arrived_s = loop.now_s - began_s
                break
        return self.run

    def _ask(self) -> tuple[float, float, float]:
        v_mps, w_radps = self.driver.command(self.loop.now_s, self.loop.robot.motion, self.loop.moving)
        return v_mps, 0.0, w_radps

    def _walk(self, now_s: float, robot: Place) -> list[Spot]:
        radius_m = self.loop.gate.robot.footprint_radius_m
        self._look_at(robot, radius_m)
        return [each.spot for each in self.people if each.walk(now_s, self.loop.tick_s, robot, radius_m)]

    def _look_at(self, robot: Place, radius_m: float) -> None:
        """Contacts, before anybody is pushed out of the way."""
        for index, person in enumerate(self.people):
            if person.gone or self.loop.now_s < person.begins_s:
                continue
            gap_m = math.dist(person.spot, (robot.x, robot.y)) - radius_m - BODY_M
            moves = abs(robot.v) > CONTACT_MPS
            if moves:
                self.run.least_gap_m = min(self.run.least_gap_m, gap_m)
            if gap_m < TOUCH_M and moves:
                if index not in self._touching:
                    self.run.contacts += 1
                    self.run.speed_at_contact_mps.append(abs(robot.v))
                self._touching.add(index)
            elif gap_m > 0.05:
                self._touching.discard(index)

    def _count(self) -> None:
        stopped = self.loop.gate.stop is not None
        self.run.stops += stopped and not self._was_stopped
        self._was_stopped = stopped

    def _operate(self) -> None:
        """Reset and arm when the gate asks for it, nobody is near, and a moment has passed."""
        gate, at = self.loop.gate, self.loop.robot.motion
        near = any(math.dist(spot, (at.x, at.y)) < CLEAR_M for spot in self.loop.standing)
        if gate.state not in (State.RESET_READY, State.STANDBY) or near:
            self._ready_s = None
            return
        self._ready_s = self._ready_s or self.loop.now_s
        if self.loop.now_s - self._ready_s >= OPERATOR_S or not self.run.stops:
            self.run.resets += gate.state is State.RESET_READY
            self.loop.arm()


def plain_s() -> float:
    """Time to the goal of the same robot and stack with nothing in between."""
    _, physics, _ = demo_gate()
    robot, driver, now_s = Wheeled(physics), LaneDriver(Manner(GOAL_M, physics.speed_mps)), 0.0
    while not (driver.arrived and robot.motion.v < CONTACT_MPS) and now_s < ENDS_AFTER_S:
        v_mps, w_radps = driver.command(now_s, robot.motion, True)
        robot.command(v_mps, w_radps, now_s)
        for _ in range(10):
            now_s += STACK_S / 10
            robot.step(now_s, True)
    return now_s
