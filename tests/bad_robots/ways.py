"""The ways to be wrong: what the robot does, and the line of `port check` that must tell it.

Every way is right again once what the line says was done: that is `mended`, a right robot unless said otherwise.
"""

import math
from dataclasses import dataclass, field, replace

from tests.bad_robots.manner import BEST_EFFORT, Arm, Base, Manner, Odometry, Stack

ODOM, REQUEST, COMMAND, JOINTS, STOPS = "odom", "cmd_vel_request", "cmd_vel", "joint_states", "stops"

#: When the fault shows: while it stands, while it drives, after it was stopped in motion, while an arm stands.
STANDING, DRIVING, STOPPED, ARM = "standing", "driving", "stopped", "arm"


@dataclass(frozen=True)
class Way:
    """topic, words, remedy: of the finding that must be there; odd: it is told and keeps nobody from driving.

    else_words: what is told in place of words where the gate itself was quicker; gate_says: what the line of the gate
    holds then, and what it says to mend.
    """

    name: str
    does: str
    topic: str
    words: str
    remedy: str
    manner: Manner
    mended: Manner = field(default_factory=Manner)
    when: str = STANDING
    odd: bool = False
    else_words: str = ""
    gate_says: tuple[str, str] = ("", "")


GOOD = Manner()
#: One that turns while it drives, without leaving the lane; one that drives fast.
TURNING = Stack(speed_mps=0.3, turn_radps=0.5)
SPINNING = Stack(speed_mps=0.0, turn_radps=0.5)
FAST = Stack(speed_mps=0.6)


def _odometry(name: str, does: str, words: str, remedy: str, odd: bool = False, **manner: object) -> Way:
    return Way(name, does, ODOM, words, remedy, Manner(odometry=Odometry(**manner)), odd=odd)  # type: ignore[arg-type]


def _stack(name: str, does: str, words: str, remedy: str, **manner: object) -> Way:
    return Way(name, does, REQUEST, words, remedy, Manner(stack=Stack(**manner)))  # type: ignore[arg-type]


def _base(name: str, does: str, words: str, remedy: str, **manner: object) -> Way:
    return Way(name, does, COMMAND, words, remedy, Manner(base=Base(**manner)))  # type: ignore[arg-type]


def _driving(name: str, does: str, words: str, remedy: str, stack: Stack | None = None, **manner: object) -> Way:
    stack = stack or Stack()
    odometry = Odometry(**manner)  # type: ignore[arg-type]
    return Way(name, does, ODOM, words, remedy, Manner(odometry=odometry, stack=stack), Manner(stack=stack), DRIVING)


def _stopped(name: str, does: str, words: str, remedy: str, base: Base) -> Way:
    """One that brakes much later than it says loses its power meanwhile."""
    manner, mended = Manner(base=base, stack=FAST), Manner(stack=FAST)
    return Way(name, does, STOPS, words, remedy, manner, mended, STOPPED, else_words="its power was cut")


def _arm(name: str, does: str, words: str, remedy: str, **manner: object) -> Way:
    arm = Arm(**manner)  # type: ignore[arg-type]
    return Way(name, does, JOINTS, words, remedy, Manner(arm=arm), Manner(arm=Arm()), ARM)


_CLOCKS = "set the clocks of both machines by one source"
_EQUAL_FRAMES = "header.frame_id is 'odom', child_frame_id 'odom'"

WAYS = (
    # Where it speaks, and how.
    Way("other_domain", "all of it is in another ROS domain", "robot.domain",
        "odom and cmd_vel_request are heard from nobody in",
        "start it with ROS_DOMAIN_ID=", Manner(domains_off=1)),
    Way("no_odometry", "its odometry does not run", ODOM, "nobody publishes it", "start the robot's odometry",
        Manner(odometry=None)),
    _odometry("odometry_elsewhere", "odometry in a namespace of its own",
              "/team/base publishes nav_msgs/msg/Odometry on /robot1/odom", "-r /robot1/odom:=", topic="/robot1/odom"),
    _base("base_elsewhere", "the base listens in a namespace of its own",
          "/team/base listens to geometry_msgs/msg/Twist on /robot1/cmd_vel", "-r /robot1/cmd_vel:=",
          listens="/robot1/cmd_vel"),
    _base("base_stamped", "the base listens to TwistStamped",
          "/team/base listens to geometry_msgs/msg/TwistStamped, the gate sends geometry_msgs/msg/Twist",
          "have it listen to geometry_msgs/msg/Twist", stamped=True),
    _base("base_durable", "the base asks for transient local", "asks for reliable, transient local",
          "let it listen reliable, volatile", durable=True),
    _stack("stack_elsewhere", "the stack's output is not remapped",
           "/team/planner publishes geometry_msgs/msg/Twist on /cmd_vel", "-r /cmd_vel:=", topic="/cmd_vel"),
    _stack("stack_stamped", "the stack asks by TwistStamped",
           "/team/planner publishes geometry_msgs/msg/TwistStamped, expected geometry_msgs/msg/Twist",
           "publish the expected type", stamped=True),
    _stack("requests_best_effort", "the stack offers its requests best effort", "nothing arrives",
           "set the QoS of that publisher to reliable", reliability=BEST_EFFORT),
    _odometry("other_definition", "odometry of a message type with another definition",
              "/team/base has another definition of nav_msgs/msg/Odometry", "build both with the same version",
              other_definition=True),
    _odometry("two_odometries", "two nodes publish the odometry", "2 publishers: /team/base, /team/localisation",
              "end or remap the others", copies=2),
    Way("second_gate", "a second node is called as the gate", COMMAND, "published by 2 nodes called",
        "end the second one", Manner(second_gate=True)),
    Way("intruder", "a joystick commands the base past the gate", COMMAND, "published by /team/teleop past the gate",
        "remap that node's output", Manner(intruder="teleop")),
    # How often, how much.
    _stack("requests_2hz", "requests at 2 Hz", "2.0 Hz: the gate takes motion away 0.3 s after",
           "by a timer, 10 Hz or more", rate_hz=2.0),
    _odometry("odometry_5hz", "odometry at 5 Hz", "5.0 Hz, expected 10 Hz or more", "raise its rate", rate_hz=5.0),
    _odometry("odometry_flood", "odometry as fast as it can, 20 kHz", "expected 1000 Hz at most", "by a timer",
              rate_hz=20_000.0),
    _odometry("odometry_10mb", "a frame's name of 10 MB", "the gate reads none of more than", "names, lists and frames",
              pad_bytes=10_000_000, rate_hz=20.0),
    # When.
    _odometry("clock_300ms_behind", "its clock is 0.3 s behind", "behind this machine's clock; the gate takes 0.3 s",
              _CLOCKS, late_s=0.3),
    _odometry("clock_1s_behind", "its clock is 1 s behind", "stamps are 1.", _CLOCKS, late_s=1.0),
    _odometry("clock_ahead", "its clock is 0.5 s ahead", "s ahead of this machine's clock", _CLOCKS, late_s=-0.5),
    _odometry("stamps_zero", "it stamps nothing", "its stamps are 0", "set header.stamp", stamp="zero"),
    _odometry("stamps_same", "it sends one message again and again", "each message carries the same stamp",
              "stamp each message", stamp="same"),
    _odometry("simulated_time", "it stamps by simulated time", "stamped 1970-01-01", "set use_sim_time to false",
              stamp="uptime"),
    _odometry("year_1970", "its clock was never set", "by a clock that was never set", "the clock of its computer",
              stamp="1970"),
    _odometry("year_2100", "its clock believes in the year 2100", "stamped 2100-",
              "set the clock of the robot's computer", stamp="2100"),
    # What, while it stands.
    _odometry("odometry_nan", "a place that is no number", "x is nan", "never one that is no number", x_is=math.nan),
    _odometry("covariance_nan", "a covariance of NaN", "a number of its covariance is none", "fill pose.covariance",
              covariance=math.nan),
    _odometry("covariance_zero", "a covariance of zero", "its covariance is zero", "fill the diagonal", odd=True,
              covariance=0.0),
    _odometry("one_frame", "velocity in the frame of its places", _EQUAL_FRAMES, "child_frame_id to base_link",
              child_frame="odom"),
    _odometry("frame_base", "places in the frame of its body", "header.frame_id is 'base_link'",
              "set header.frame_id to odom", frame="base_link"),
    _odometry("frame_map", "places in frame map", "header.frame_id is 'map'", "publish odometry in frame odom",
              odd=True, frame="map"),
    _odometry("offset", "its places begin 2 m beside it", "2.00 m and 0.00 rad apart; its frame lies elsewhere",
              "begin the odometry where ground/robot_pose says", odd=True, offset=(0.0, 2.0, 0.0)),
    _odometry("offset_in_ground", "the same, and says that it is frame ground", "the ground sees the robot at",
              "begin the odometry where ground/robot_pose says", frame="ground", offset=(0.0, 2.0, 0.0)),
    _stack("requests_nan", "it asks for what is no number", "asks for what cannot be done", "send no request while",
           number=math.nan),
    _stack("requests_restless", "it asks for motion all the time", "asks for 0.30 m/s all the time",
           "ask for rest (zero) until safety/state says RUN", always=True),
    Way("follows_the_request", "the base listens to the stack beside the gate", COMMAND,
        "/team/base listens to cmd_vel_request, too", "let the base listen to cmd_vel alone",
        Manner(base=Base(also=REQUEST))),
    Way("drives_by_itself", "the base drives whatever the gate says", COMMAND,
        "while the gate tells it to stand: /team/base does not follow it", "end what else drives the base",
        Manner(base=Base(by_itself_mps=0.3))),
    # What, once it moves.
    _driving("twist_none", "a velocity of zero", "it says no velocity", "fill twist.twist.linear", twist="none"),
    _driving("twist_world", "a velocity in the frame of the world", "in the frame of the world",
             "turn it by the robot's heading", stack=TURNING, twist="world"),
    replace(
        _driving("millimetres", "lengths in mm", "it counts in mm", "publish lengths in m", scale=1000.0),
        else_words="it moves far more than the robot",
    ),
    _driving("velocity_millimetres", "velocity in mm/s", "it counts in mm", "publish velocities in m/s",
             twist_scale=1000.0),
    _driving("degrees", "turning in deg/s", "it counts in degrees", "publish turning in rad/s", stack=SPINNING,
             turn_scale=math.degrees(1.0)),
    replace(
        _driving("yaw_reversed", "yaw to the right", "the other way round", "yaw is positive to the left",
                 stack=SPINNING, yaw_sign=-1.0),
        gate_says=("heading: the ground saw", "units, signs"),
    ),
    _driving("odometry_stuck", "its last place again and again, newly stamped", "its place is stuck",
             "restart the odometry's driver", stuck=True),
    Way("base_turns_wrong", "the base turns to the right when told to the left", COMMAND, "the robot turned by -",
        "correct the sign of angular.z", Manner(base=Base(turn=-1.0), stack=SPINNING), Manner(stack=SPINNING), DRIVING),
    # What, once it was stopped.
    _stopped("late", "it answers after 0.3 s, its profile says 0.08 s", "limits.latency_s looks like", "measure",
             Base(latency_s=0.3)),
    _stopped("soft", "it brakes with 0.5 m/s², its profile says 1.2 m/s²", "limits.deceleration_mps2 looks like",
             "measure", Base(deceleration_mps2=0.5)),
    _stopped("deaf", "the base takes the first command alone", "its power was cut", "takes every command",
             Base(deaf_after_s=0.8)),
    # An arm.
    _arm("joints_missing", "it says nothing of one joint", "says nothing of elbow_joint", "every joint of joints.names",
         joints=Arm().joints[:2]),
    _arm("joints_degrees", "its joints are told in degrees", "is at 28.6 rad", "publish angles in rad",
         scale=math.degrees(1.0)),
    _arm("joints_without_velocity", "it tells no velocities", "no velocity", "position and velocity of every joint",
         velocities=False),
)  # fmt: skip


def way(name: str) -> Way:
    """The way called `name`. Raises KeyError."""
    return {each.name: each for each in WAYS}[name]
