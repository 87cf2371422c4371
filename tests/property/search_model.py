"""What must never happen, for every kind of robot and every type of command. Written without the gate's own judgement.

The model is told what was fed, asked and done, and looks at what leaves: the command as it is sent, the state, the stop
in force. Its numbers are those of the description (`blocks`) and of docs/safety.md. Rules that are overridden are not
held against the gate.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from port_safety.commands.command import Command
from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.commands.joint_velocity import JointVelocities
from port_safety.commands.twist import Motion
from port_safety.gate.state_machine import ARMED, MOTION_ALLOWED, State
from port_safety.model.readings import (
    Attitude,
    Body,
    ClockStep,
    Estop,
    Force,
    JointStates,
    Occupancy,
    Odometry,
    PlateForce,
    Pose,
    Publishers,
    ToolPoint,
    Value,
)
from port_safety.model.verdict import Severity
from tests.property.search_ground import SearchGround
from tests.property.search_plan import Plan, Row

S = 1_000_000_000
GRAIN = 1e-6
FUTURE_NS = 100_000_000
#: What may join two plans that follow each other: rad between their places, rad/s between their speeds.
PLACE_RAD, SPEED_RADPS = 0.02, 0.05
#: A hold is gone to no faster than this, rad/s.
HOLD_RADPS = 0.2
#: The longest pause that one step of a command may make up for, s.
STEP_S = 0.1
CAP_MPS, CAP_RADPS = 0.2, 0.3
ASSERTED_NS = 200_000_000
#: The kind of value that each input carries.
KIND: dict[str, type] = {
    "estop station_1": Estop, "odometry": Odometry, "joints": JointStates, "ground_pose": Pose, "imu": Attitude,
    "body": Body, "tool_pose": ToolPoint, "contact_wrench": Force, "force_plate left": PlateForce,
    "occupancy": Occupancy, "publishers": Publishers, "system_clock": ClockStep,
}  # fmt: skip


@dataclass(frozen=True)
class Fed:
    """One reading as it was fed."""

    value: Value
    stamp_ns: int
    received_ns: int

    @property
    def finite(self) -> bool:
        return all(map(math.isfinite, _numbers(self.value)))


def _numbers(value: Any) -> list[float]:
    if isinstance(value, float):
        return [value]
    if isinstance(value, tuple):
        return [number for each in value for number in _numbers(each)]
    if is_dataclass(value):
        return [number for each in fields(value) for number in _numbers(getattr(value, each.name))]
    return []


class Model:
    """Of one ground. `fed`, `asked` and `did` tell it what happens; `said` holds what left against it all."""

    def __init__(self, ground: SearchGround) -> None:
        self.ground = ground
        self.readings: dict[str, Fed] = {}
        self.same: dict[str, tuple[Any, int, int]] = {}
        self.words: dict[str, Fed] = {}
        self.joints: deque[Row] = deque(maxlen=3)
        self.latched = ""
        self.planted = False
        self.reset_accepted = False
        self.zero_asked = False
        self.asserted_ns: dict[str, int] = {}
        self.old: list[Command] = []
        self.outputs = 0
        self.states: set[State] = set()
        self.moving_since_ns: int | None = None
        self.slow_since_ns: int | None = None
        self.brakes_from: tuple[int, float] = 0, 0.0
        self.plan: Plan | None = None
        self._remember()

    def _remember(self) -> None:
        gate = self.ground.gate
        self.before, self.before_ns = gate.output.command, self.ground.now_ns
        self.state, self.stop, self.epoch = gate.state, gate.stop, gate.tracker.epoch
        self.severity = gate.stop.severity if gate.stop else Severity.OK

    # --- what happens -------------------------------------------------------------------------------------------------

    def fed(self, name: str, value: Value, stamp_ns: int) -> None:
        now_ns = self.ground.now_ns
        last = self.readings.get(name)
        self.readings[name] = Fed(value, stamp_ns, now_ns)
        if last is None or stamp_ns != last.stamp_ns:
            count, since_ns = self.same[name][1:] if name in self.same else (0, 0)
            alike = name in self.same and self.same[name][0] == value and stamp_ns > since_ns
            self.same[name] = (value, count + 1, since_ns) if alike else (value, 1, stamp_ns)
            if name == "joints" and isinstance(value, JointStates):
                self.joints.append(value.positions)
        self._emergency(name, value, stamp_ns)

    def seen_by(self, source: str, value: Occupancy, stamp_ns: int) -> None:
        """The word of one of several sources of occupancy."""
        self.words[source] = Fed(value, stamp_ns, self.ground.now_ns)

    def _emergency(self, name: str, value: Value, stamp_ns: int) -> None:
        """A button that is pressed latches always, who commands beside the gate does once it was ready."""
        contacts = value if name.startswith("estop ") and isinstance(value, Estop) and value.link_ok else None
        if contacts and not (contacts.channel_a_closed and contacts.channel_b_closed):
            self.latched = "pressed"
        young = self.ground.now_ns - stamp_ns <= 0.2 * S
        watched = "bypass" in self.ground.blocks and self.ground.gate.state is not State.INIT
        if watched and young and isinstance(value, Publishers) and name == "publishers" and value.foreign:
            self.latched = "bypass"

    def asked(self, command: Command, stamp_ns: int | None) -> None:
        """Before the gate is asked."""
        epoch_ns = self.ground.gate.tracker.epoch_began_ns
        if stamp_ns is not None and stamp_ns < epoch_ns:
            self.old = [*self.old[-3:], command] if not command.near_zero else self.old
            return
        self.old = [each for each in self.old if each is not command]
        if self.ground.gate.state in ARMED and self._near_zero(command):
            self.zero_asked = True

    def _near_zero(self, command: Command) -> bool:
        """Whether it asks for next to no motion of a robot that is where it is measured to be."""
        if isinstance(command, Motion):
            return math.hypot(command.vx, command.vy) <= 0.05 and abs(command.wz) <= 0.1
        if isinstance(command, JointVelocities):
            return all(abs(each) <= 0.02 for each in command.velocities)
        assert isinstance(command, JointTrajectory)
        here = self._here()
        slow = all(abs(each) <= 0.02 for point in command.points for each in point.velocities)
        places = [abs(there - at) for point in command.points for there, at in zip(point.positions, here, strict=False)]
        return slow and all(away <= PLACE_RAD for away in places)

    def _here(self) -> Row:
        """Where the robot is: where it was told to be while it moves, else where it is measured."""
        if self.plan is not None and any(self.plan.at(self.ground.now_ns)[1]):
            return self.plan.at(self.ground.now_ns)[0]
        return self.joints[-1] if self.joints else (math.inf,) * 3

    # --- what left ----------------------------------------------------------------------------------------------------

    def said(self) -> None:
        """Hold everything that is true now against what must never be."""
        gate = self.ground.gate
        self.outputs += 1
        self.states.add(gate.state)
        if gate.state is State.FAULT or gate.fault:
            assert self.planted and gate.state is State.FAULT, f"a fault that nobody planted: {gate.fault}"
        assert gate.reason and gate.output.command.fault == ""
        self._arming()
        self._power()
        self._latches()
        self._epoch()
        self._nothing_missing()
        self._nothing_wrong()
        self._person_holds()
        self._motion()
        self._remember()
        self.reset_accepted = False

    def _arming(self) -> None:
        gate = self.ground.gate
        if gate.state in ARMED and self.state not in ARMED:
            # A stop that ends by itself may do so in the tick in which the robot is first seen to stand.
            assert self.state in (State.STANDBY, State.STOPPING, State.STOPPED, State.RESET_READY)
            self.zero_asked = False
        if gate.state in ARMED and not self.zero_asked:
            assert not any(self._now(gate.output.command)), "it moves before it was asked for no motion"

    def _power(self) -> None:
        gate = self.ground.gate
        if gate.output.enable:
            assert gate.state in MOTION_ALLOWED or gate.state is State.STOPPING
        if self.planted:
            assert gate.state is State.FAULT and not gate.output.enable

    def _latches(self) -> None:
        gate = self.ground.gate
        if self.reset_accepted:
            self.latched = ""
            assert gate.state not in MOTION_ALLOWED
        if self.latched and gate.state is not State.FAULT:
            assert gate.stop is not None and gate.stop.severity is Severity.EMERGENCY_STOP, f"{self.latched}: no latch"
            assert gate.state not in MOTION_ALLOWED
        if self.stop is not None and gate.stop is self.stop:
            assert gate.stop.severity >= self.severity
        if self.stop is not None and gate.stop is not self.stop and not self.reset_accepted:
            assert self.severity < Severity.EMERGENCY_STOP
            assert all(cause.self_clearing for cause in self.stop.causes.values())

    def _epoch(self) -> None:
        gate = self.ground.gate
        assert gate.tracker.epoch >= self.epoch
        if gate.stop is not None and gate.stop is not self.stop:
            assert gate.tracker.epoch > self.epoch and gate.stop.causes
        for command in self.old:
            points = getattr(command, "points", ())
            assert gate.requests.command is not command
            assert (
                not points
                or getattr(gate.requests.command, "points", ())[-1:] != points[-1:]
                or gate.requests.command.near_zero
            )

    # --- what it relies on --------------------------------------------------------------------------------------------

    def _relied_on(self) -> dict[str, float]:
        """The inputs without which nothing may move, each with its greatest age, s."""
        ground, blocks = self.ground, self.ground.blocks
        limits = blocks["input_timeout"]
        relied = {"estop station_1": limits["estop_s"], "force_plate left": limits["force_plate_s"]}
        relied["joints" if ground.kind == "arm" else "odometry"] = limits["odometry_s"]
        if ground.command != "twist":
            relied["joints"] = limits["odometry_s"]
        if ground.kind != "arm":
            relied["ground_pose"] = limits["ground_pose_s"]
        rules = {
            "tilt": ("imu", 0.1), "body_height": ("body", 0.3), "joint_runaway": ("joints", 0.1),
            "joint_limits": ("joints", 0.1), "tool_workspace": ("tool_pose", 0.1), "separation": ("occupancy", 0.5),
            "contact_force": ("contact_wrench", 0.1), "bypass": ("publishers", 1.0), "clock": ("system_clock", 1.0),
            "ground_reaction": ("force_plate left", 0.5),
        }  # fmt: skip
        for name, (source, age_s) in rules.items():
            if name in blocks and name not in ground.gate.overrides.in_force:
                relied[source] = min(relied.get(source, math.inf), blocks[name].get("stale_s", age_s))
        return relied

    def _nothing_missing(self) -> None:
        gate, now_ns = self.ground.gate, self.ground.now_ns
        if gate.state not in MOTION_ALLOWED:
            return
        for name, limit_s in self._relied_on().items():
            fed = self.readings.get(name)
            assert fed is not None, f"{name} never came"
            judged = name != "force_plate left" or "ground_reaction" in self.ground.blocks
            assert isinstance(fed.value, KIND[name]) or not judged, f"{name} is {fed.value}"
            assert fed.finite or name == "occupancy", f"{name} is {fed.value}"
            assert now_ns - min(fed.stamp_ns, fed.received_ns) <= limit_s * S, f"{name} is old"
            assert name in ("publishers", "system_clock") or fed.stamp_ns - now_ns <= FUTURE_NS, f"{name}: future"

    def _value(self, name: str, kind: type, rule: str) -> Any:
        """The value of an input if `rule` is in force, else None."""
        fed = self.readings.get(name)
        in_force = rule in self.ground.blocks and rule not in self.ground.gate.overrides.in_force
        return fed.value if in_force and fed is not None and isinstance(fed.value, kind) else None

    def _nothing_wrong(self) -> None:
        """What each rule is there for, in the plainest words."""
        if self.ground.gate.state not in MOTION_ALLOWED:
            return
        self._of_the_body()
        self._of_the_place()
        self._of_people()
        if "stuck_input" in self.ground.blocks and self.moving_since_ns is not None:
            self._not_stuck()

    def _of_the_body(self) -> None:
        if (imu := self._value("imu", Attitude, "tilt")) is not None:
            assert 1.0 - 2.0 * (imu.x * imu.x + imu.y * imu.y) >= math.cos(0.5) - GRAIN and imu.known
        if (body := self._value("body", Body, "body_height")) is not None:
            assert 0.05 <= body.height_m <= 1.2
        if (tool := self._value("tool_pose", ToolPoint, "tool_workspace")) is not None:
            assert all(-1.0 <= each <= 1.0 for each in tool.xyz)
        if (force := self._value("contact_wrench", Force, "contact_force")) is not None:
            assert force.magnitude_n <= 80.0
        if (joints := self._value("joints", JointStates, "joint_limits")) is not None:
            assert len(joints.positions) == len(joints.velocities) == 3
            assert all(abs(each) <= 3.0 for each in joints.positions)
            assert all(abs(each) <= 2.0 for each in joints.velocities)
        if (plate := self._value("force_plate left", PlateForce, "ground_reaction")) is not None:
            assert plate.lowest_n >= -50.0 and plate.highest_n <= 6.0 * 20.0 * 9.81 and not plate.fault
        if (publishers := self._value("publishers", Publishers, "bypass")) is not None:
            assert not (publishers.foreign or publishers.before or publishers.nameless)
        if (clock := self._value("system_clock", ClockStep, "clock")) is not None:
            assert abs(clock.step_s) <= 0.1

    def _of_the_place(self) -> None:
        ground = self.ground
        fed = self.readings.get("ground_pose")
        if ground.kind == "arm" or fed is None or not isinstance(fed.value, Pose) or ground.gate.state not in ARMED:
            return
        pose, overridden = fed.value, ground.gate.overrides.in_force
        assert abs(pose.orientation_length - 1.0) <= 0.03
        if "lane" in ground.blocks:
            assert -1.6 - GRAIN <= pose.x <= 10.6 + GRAIN and abs(pose.y) <= 2.6 + GRAIN, "over the lane's edge"
        if "desk" in ground.blocks and "desk" not in overridden:
            assert not (4.0 < pose.x < 6.0 and 1.6 < pose.y < 2.6), "in what must be kept out of"
        seen = self.readings.get("occupancy")
        if "crossing" in ground.blocks and 3.5 < pose.x < 6.5 and abs(pose.y) < 1.5:
            said = seen.value if seen is not None and isinstance(seen.value, Occupancy) else None
            assert said is not None and said.valid and "crossing" not in said.occupied, "the zone is not known as free"
            assert said.watched is None or "crossing" in said.watched
            assert seen is not None and ground.now_ns - min(seen.stamp_ns, seen.received_ns) <= 0.5 * S

    def _of_people(self) -> None:
        """Nobody is within the robot's own radius and the depth that a person reaches in."""
        seen = self._value("occupancy", Occupancy, "separation")
        if seen is None:
            return
        assert seen.valid
        fed = self.readings.get("ground_pose")
        pose = self.ground.robot.base or (fed.value if fed is not None and isinstance(fed.value, Pose) else None)
        recent = [each for each in self.words.values() if self.ground.now_ns - each.received_ns <= 0.25 * S]
        words = [each.value for each in recent if isinstance(each.value, Occupancy)]
        assert len(recent) <= 16 and all(each.valid for each in words), "one of the sources does not know"
        for x, y in {*seen.positions_m, *(spot for each in words for spot in each.positions_m)}:
            assert math.isfinite(x) and math.isfinite(y), "somebody is nowhere"
            assert pose is None or math.hypot(x - pose.x, y - pose.y) > self.ground.robot.radius_m + 0.2

    def _not_stuck(self) -> None:
        assert self.moving_since_ns is not None
        moves = "joints" if self.ground.kind == "arm" else "odometry"
        for name in {moves, *(("joints",) if self.ground.command != "twist" else ())}:
            if name not in self.same or not isinstance(self.readings[name].value, KIND[name]):
                continue
            _, count, since_ns = self.same[name]
            since_ns = max(since_ns, self.moving_since_ns)
            same_s = (self.readings[name].stamp_ns - since_ns) / S
            told_s = (self.before_ns - self.moving_since_ns) / S
            assert not (count > 9 and same_s > 1.6 and told_s > 1.6), f"{name} is stuck"

    # --- what people hold ---------------------------------------------------------------------------------------------

    def _person_holds(self) -> None:
        gate, now_ns = self.ground.gate, self.ground.now_ns
        if gate.state is State.RECOVER:
            assert gate.stop is not None and gate.stop.severity < Severity.EMERGENCY_STOP
            assert now_ns - self.asserted_ns["recover"] <= ASSERTED_NS, "led by nobody"
        slow = gate.state is State.RECOVER or gate.overrides.in_force
        for rule in gate.overrides.in_force:
            assert self.ground.blocks[rule]["type"] in ("separation", "keep_out", "pose_agreement")
            assert now_ns - self.asserted_ns[rule] <= ASSERTED_NS, f"{rule} is held off by nobody"
        self.slow_since_ns = (self.slow_since_ns or now_ns) if slow else None
        output = gate.output.command
        # A trajectory comes down to the pace along a ramp.
        ramps = isinstance(output, JointTrajectory) and now_ns - (self.slow_since_ns or now_ns) < S
        if slow and gate.state in MOTION_ALLOWED and not ramps:
            assert self._speed_mps(self._now(output)) <= CAP_MPS + GRAIN
            assert not isinstance(output, Motion) or abs(output.wz) <= CAP_RADPS + GRAIN

    # --- motion -------------------------------------------------------------------------------------------------------

    def _now(self, command: Command) -> Row:
        """Velocities that are in force now, of each part."""
        if isinstance(command, Motion):
            return command.vx, command.vy, command.wz
        if isinstance(command, JointVelocities):
            return command.velocities
        return self._plan_of(command).at(self.ground.now_ns)[1] if getattr(command, "points", ()) else (0.0,) * 3

    def _plan_of(self, command: Command) -> Plan:
        assert isinstance(command, JointTrajectory)
        if command.of is not None:
            return Plan(command.points, command.start_ns)
        if self.plan is not None and self.plan.points is command.points:
            return self.plan
        return Plan(command.points, self.ground.now_ns)

    def _speed_mps(self, velocities: Row) -> float:
        if self.ground.command == "twist":
            return math.hypot(velocities[0], velocities[1])
        return sum(0.8 * abs(each) for each in velocities)

    def _limit_mps(self) -> float:
        """How fast the tool, or the base, may be told to go."""
        walks = self.ground.kind != "arm" and self.ground.command != "twist"
        if "speed_robot" not in self.ground.blocks or walks:
            return math.inf
        return float(self.ground.blocks["speed_robot"]["limit_mps"])

    def _motion(self) -> None:
        gate, command = self.ground.gate, self.ground.gate.output.command
        now = self._now(command)
        if gate.state not in MOTION_ALLOWED and gate.state is not State.STOPPING:
            # A trajectory whose gate failed ends along its own path: it cannot be taken back.
            assert not any(now) or (gate.state is State.FAULT and isinstance(command, JointTrajectory)), "it moves"
        if isinstance(command, JointTrajectory):
            self._trajectory(command)
        else:
            self._velocities(command, now)
        far = any(abs(each) > bound for each, bound in zip(now, self._far(), strict=True))
        armed = gate.state in MOTION_ALLOWED
        self.moving_since_ns = (self.moving_since_ns or self.ground.now_ns) if far and armed else None

    def _far(self) -> Row:
        return (0.06, 0.06, 0.12) if self.ground.command == "twist" else (0.03, 0.03, 0.03)

    def _velocities(self, command: Command, now: Row) -> None:
        """A twist or velocities: part by part within the request, and no faster than what may be."""
        gate, was = self.ground.gate, self._now(self.before)
        assert all(map(math.isfinite, now))
        if gate.state is State.STOPPING:
            self._brakes(now, was)
            assert all(abs(new) <= abs(old) + GRAIN and new * old >= 0.0 for new, old in zip(now, was, strict=True))
            return
        if gate.state not in MOTION_ALLOWED:
            return
        asked = self._now(gate.asked)
        assert all(abs(new) <= abs(most) and new * most >= 0.0 for new, most in zip(now, asked, strict=True))
        assert self._speed_mps(now) <= self._limit_mps() * (1.0 + GRAIN) + GRAIN, "faster than it may be"
        if "acceleration" in self.ground.blocks:
            self._rises(now, was, (self.ground.now_ns - self.before_ns) / S + STEP_S)

    def _brakes(self, now: Row, was: Row) -> None:
        """At the robot's own deceleration, from the moment at which it began to stop: not slower."""
        if self.state is not State.STOPPING:
            self.brakes_from = self.ground.now_ns, self._fastest(was)
        began_ns, fastest = self.brakes_from
        deceleration = 1.2 if self.ground.command == "twist" else 4.0
        left = max(0.0, fastest - deceleration * (self.ground.now_ns - began_ns) / S)
        assert self._fastest(now) <= left + GRAIN, "it brakes too late"

    def _fastest(self, velocities: Row) -> float:
        """Of a base its speed, of joints that of the fastest."""
        return self._speed_mps(velocities) if self.ground.command == "twist" else max(map(abs, velocities))

    def _rises(self, now: Row, was: Row, pause_s: float) -> None:
        block = self.ground.blocks["acceleration"]
        if self.ground.command == "velocities":
            step = 4.0 * pause_s + GRAIN
            for new, old in zip(now, was, strict=True):
                assert abs(new) <= max(0.0, math.copysign(old, old * new)) + step, "a joint jumps"
            return
        speed_mps = math.hypot(now[0], now[1])
        assert speed_mps <= math.hypot(was[0], was[1]) + block["acceleration_mps2"] * pause_s + GRAIN, "it jumps"
        assert abs(now[2]) <= abs(was[2]) + block["yaw_acceleration_radps2"] * pause_s + GRAIN, "it whips"

    # --- trajectories -------------------------------------------------------------------------------------------------

    def _trajectory(self, command: JointTrajectory) -> None:
        """What is sent is followed to its end by itself: all of it is looked at, once."""
        if not command.points:
            return
        before, plan = self.plan, self._plan_of(command)
        if plan is before:
            return
        self.plan = plan
        if before is not None and before == plan:
            return
        assert all(map(math.isfinite, (each for point in plan.points for each in (*point.positions, point.at_s))))
        if command.of is None:
            self._hold(plan, before)
            return
        self._joins(plan, before)
        samples = plan.samples()
        fastest = max((self._speed_mps(speeds) for _, speeds in samples), default=0.0)
        if self.ground.gate.state in MOTION_ALLOWED:
            was_mps = self._speed_mps(before.at(self.ground.now_ns)[1]) if before is not None else 0.0
            assert fastest <= max(was_mps, self._limit_mps()) * 1.01 + 1e-3, f"{fastest} m/s"
        self._along(command.of, samples)
        if "acceleration" in self.ground.blocks and not plan.is_line:
            # The request's own and the ramp's; eight points tell a ramp, so its pieces are steeper in places.
            assert plan.accelerations() <= 1.3 * (4.0 + 4.0), f"{plan.accelerations()} rad/s²"
        if self.ground.gate.state is State.STOPPING:
            assert plan.duration_s <= 2.0 + max(map(abs, plan.after(0.0)[1])) / 4.0, "it does not come to rest"

    def _hold(self, plan: Plan, before: Plan | None) -> None:
        """A hold is where the robot is told or measured to be, and is gone to slowly."""
        place = plan.points[-1].positions
        told = before.at(self.ground.now_ns)[0] if before is not None else None
        if told is not None and _apart(place, told) <= GRAIN:
            return
        assert len(self.joints) == 3 and place == self.joints[-1], "a hold that nobody measured"
        assert max(_apart(one, other) for one in self.joints for other in self.joints) <= 0.05 + GRAIN
        if told is not None:
            assert _apart(place, told) <= (HOLD_RADPS + GRAIN) * plan.duration_s, "a hold that jumps"

    def _joins(self, plan: Plan, before: Plan | None) -> None:
        """Nothing jumps where one plan takes over from another."""
        now_ns = self.ground.now_ns
        places, speeds = plan.after(0.0)
        told = before.at(now_ns) if before is not None else None
        near = [told[0]] if told is not None else []
        if told is None or not any(told[1]):
            near += list(self.joints)[-1:]
        assert any(_apart(places, each) <= PLACE_RAD for each in near), f"jumps to {places} from {near}"
        if "acceleration" not in self.ground.blocks:
            return
        was = told[1] if before is not None and told is not None and before.start_ns < now_ns else (0.0,) * 3
        if (
            before is not None
            and before.is_line
            and all(abs(new) <= abs(old) and new * old >= 0.0 for new, old in zip(speeds, was, strict=True))
        ):
            return  # lines end, as they begin, at once
        # A line begins with its speed: its acceleration is counted over half of its first piece.
        first_s = plan.points[1].at_s - plan.points[0].at_s if len(plan.points) > 1 else 0.0
        step = 4.0 * first_s / 2.0 if plan.is_line else 0.0
        assert _apart(speeds, was) <= step + SPEED_RADPS, f"from {was} to {speeds} rad/s at once"

    def _along(self, asked: JointTrajectory, samples: Sequence[tuple[Row, Row]]) -> None:
        """Part by part no faster than what was asked for, and nowhere that it does not lead."""
        wanted = Plan(asked.points, 0).samples(40)
        ends = [point.positions for point in asked.points]
        for joint in range(3):
            fastest = max((abs(speeds[joint]) for _, speeds in wanted), default=0.0)
            places = [place[joint] for place, _ in wanted] + [place[joint] for place in ends]
            for place, speeds in samples:
                assert abs(speeds[joint]) <= fastest * 1.05 + 1e-2, "faster than asked"
                assert min(places) - 1e-2 <= place[joint] <= max(places) + 1e-2, "beside the way that was asked for"


def _apart(one: Row, other: Row) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))
