"""The QoS profiles of port, named by intent, in this one place.

Both ends of a topic use the same profile, so that a mismatch cannot happen between our own nodes; what a robot's own
stack offers is checked at admission.
"""

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy


def _profile(depth: int, reliability: ReliabilityPolicy, durability: DurabilityPolicy) -> QoSProfile:
    return QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=reliability, durability=durability)


#: Images, poses, e-stop readings: the newest matters, a lost one is replaced by the next.
SENSOR_STREAM = _profile(5, ReliabilityPolicy.BEST_EFFORT, DurabilityPolicy.VOLATILE)

#: Sample blocks, of which each one counts (force plates).
MEASUREMENT = _profile(200, ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE)

#: Robot commands: only the newest is worth anything, but it must arrive.
COMMAND = _profile(1, ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE)

#: What anybody says on the robot's command topic: best effort and volatile, so that it meets every publisher there is.
COMMAND_WATCH = _profile(32, ReliabilityPolicy.BEST_EFFORT, DurabilityPolicy.VOLATILE)

#: What a latecomer must learn at once.
STATE_LATCHED = _profile(1, ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL)

#: Things that happened, in order, none lost while both ends live; a latecomer gets the last hundred.
EVENT = _profile(100, ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL)

#: What the gate says to itself alone.
REHEARSAL = _profile(1, ReliabilityPolicy.BEST_EFFORT, DurabilityPolicy.VOLATILE)

#: What each input of the gate, and its state, is listened to with: by the gate, and by whoever checks what it hears.
OF_STREAM = {
    "estop": SENSOR_STREAM, "ground_pose": SENSOR_STREAM, "occupancy": SENSOR_STREAM, "force_plate": MEASUREMENT,
    "gantry": SENSOR_STREAM, "odometry": SENSOR_STREAM, "body": SENSOR_STREAM, "joints": SENSOR_STREAM,
    "imu": SENSOR_STREAM, "tool_pose": SENSOR_STREAM, "contact_wrench": SENSOR_STREAM, "command": COMMAND,
    "safety_state": STATE_LATCHED, "border": SENSOR_STREAM,
}  # fmt: skip


def of_stream(name: str) -> QoSProfile:
    """The profile of an input by the gate's name for it, which may end with a device's: "force_plate left"."""
    return OF_STREAM[name.partition(" ")[0]]


#: Ten seconds of the densest stream.
_DEEP = 1000


def deep(profile: QoSProfile) -> QoSProfile:
    """The same for a reader that wants each message: what lies here is overwritten without a word when it is full."""
    return _profile(max(profile.depth, _DEEP), profile.reliability, profile.durability)
