"""What is known of one robot: its readings, what each has shown lately, how fast it is, and whether it stands."""

import math

from port_safety.commands.command import Command
from port_safety.model.history import History
from port_safety.model.readings import (
    Body,
    Gantry,
    JointStates,
    Odometry,
    Pose,
    Reading,
    Value,
    fitting,
    untrusted,
)
from port_safety.model.robot_model import RobotModel
from port_safety.model.standstill import StandstillMeter
from port_safety.model.stop_profiles import Seen
from port_safety.model.verdict import Severity, Verdict

#: Joints are where so many readings in a row say, no older than this (s) and no further apart than this (rad).
AGREEING = 3
JOINTS_FRESH_S = 0.3
AGREE_RAD = 0.05
#: What was measured of body and gantry longer ago is not known any more.
FRESH_NS = 500_000_000


class Observations:
    """Of one robot. `readings`: the latest by input; `histories`: what each has shown; `meter`: speed and way."""

    def __init__(self, robot: RobotModel) -> None:
        self.readings: dict[str, Reading] = {}
        self.histories: dict[str, History] = {}
        self.meter = StandstillMeter()
        self._robot = robot
        self._told_to_move_ns = 0

    def update(self, name: str, value: Value, stamp_ns: int, now_ns: int) -> None:
        """Take in a reading; both times on the monotonic clock. Raises whatever a value that is none leads to."""
        joints = 0 if self._robot.joints is None else len(self._robot.joints.names)
        reading = Reading(fitting(name, value, joints), stamp_ns, now_ns)
        self.readings[name] = reading
        if name not in self.histories:
            self.histories[name] = History()
        self.histories[name].note(reading)
        self._measure(reading)

    def _measure(self, reading: Reading) -> None:
        robot, value = self._robot, reading.value
        if isinstance(value, Odometry) and not robot.measured_by_joints:
            self.meter.update(value, reading.received_ns, reading.stamp_ns)
        elif isinstance(value, Pose) and not robot.is_fixed and not reading.fault:
            self.meter.update_ground(value, reading.stamp_ns, reading.received_ns)
        elif isinstance(value, JointStates) and robot.joints and robot.measured_by_joints:
            self.meter.update_joints(value, robot.joints, reading.received_ns)

    def note_output(self, command: Command, now_ns: int) -> None:
        """`command` leaves the gate: a robot that is told to move does not stand until its latency has passed."""
        if not command.rests_at(now_ns):
            self._told_to_move_ns = now_ns

    def stands(self, now_ns: int) -> bool:
        """Whether the robot is measured to stand, after its latency to the last command that asked for motion."""
        return self.meter.stands(now_ns, self._told_to_move_ns + round(self._robot.braking.latency_s * 1e9))

    def seen(self, now_ns: int) -> Seen:
        """What is measured of the robot now, outside of any stop."""
        body, gantry = self._fresh("body", now_ns), self._fresh("gantry", now_ns)
        height_m = body.height_m if isinstance(body, Body) else math.nan
        return Seen(
            0.0, 0.0, self.stands(now_ns), height_m=height_m, caught=isinstance(gantry, Gantry) and gantry.caught
        )

    def _fresh(self, name: str, now_ns: int) -> Value | None:
        reading = self.readings.get(name)
        if reading is None or reading.fault or reading.from_future(now_ns) or reading.age_ns(now_ns) > FRESH_NS:
            return None
        return reading.value

    def joints(self, now_ns: int) -> JointStates | None:
        """Where the joints are, by fresh readings that agree; None where one odd sample says so, or none at all."""
        reading = self.readings.get("joints")
        if reading is None or untrusted(reading, JOINTS_FRESH_S, now_ns)[0]:
            return None
        recent = list(self.histories["joints"].recent)[-AGREEING:]
        told = [each.value for each in recent if isinstance(each.value, JointStates)]
        if len(told) < AGREEING or recent[-1] is not reading:
            return None  # told once more under the stamp of another: which of the two holds nobody knows
        columns = zip(*(each.positions for each in told), strict=True)
        return told[-1] if all(max(column) - min(column) <= AGREE_RAD for column in columns) else None

    def contradiction(self, now_ns: int) -> list[Verdict]:
        """A robot whose own words contradict each other stands nowhere and is nowhere slow."""
        reason = self.meter.contradiction(now_ns)
        if not reason:
            return []
        stamp_ns = self.readings["odometry"].stamp_ns
        return [Verdict(Severity.PROTECTIVE_STOP, "speed", "odometry", f"odometry: {reason}", stamp_ns=stamp_ns)]

    def received_ns(self, cause: Verdict, now_ns: int) -> int | None:
        """When the reading behind a cause arrived; None where none did, or where its silence is the cause."""
        arrived = (reading.received_ns for reading in self.readings.values() if reading.stamp_ns == cause.stamp_ns)
        return next(arrived, now_ns if cause.stamp_ns == now_ns else None)
