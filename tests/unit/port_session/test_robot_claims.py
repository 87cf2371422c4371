"""What a robot says of itself, held against its profile, the ground and the gate: what is wrong, and what mends it."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from port_safety.model.joints import Joints
from port_safety.model.track import Place
from port_session.admission.arrivals import Flow
from port_session.admission.command_claims import command_claims
from port_session.admission.finding import Finding
from port_session.admission.heard import GateSample, Heard, JointSample, OdometrySample, PoseSample
from port_session.admission.joint_claims import joint_claims
from port_session.admission.motion_claims import motion_claims
from port_session.admission.odometry_claims import odometry_claims
from port_session.admission.profile import RobotProfile
from port_session.admission.request_claims import request_claims
from port_session.admission.stamps import wrong_stamps
from port_session.admission.stops_so_far import stops_so_far

PROFILE = RobotProfile(
    motion="odometry", motion_topic="odom", command_in="cmd_vel_request", command_out="cmd_vel",
    command_type="geometry_msgs/msg/Twist", command_s=0.3, repeated=True, speed_mps=1.5, yaw_rate_radps=1.5,
    latency_s=0.08, response_s=0.1, deceleration_mps2=1.2, file="robot.yaml",
)  # fmt: skip
EXACT = (1e-3,) * 72
BEGUN_NS = 1_796_000_000_000_000_000
STANDS: Place = (0.0, 0.0, 0.0)


def at_ns(step: int) -> int:
    """Twenty steps a second."""
    return BEGUN_NS + step * 50_000_000


def odometry(places: Sequence[Place], velocities: Sequence[Place], frame: str = "odom") -> list[OdometrySample]:
    return [
        OdometrySample(at_ns(step), frame, "base_link", place, velocity, covariance=EXACT)
        for step, (place, velocity) in enumerate(zip(places, velocities, strict=True))
    ]


def poses(places: Sequence[Place]) -> list[PoseSample]:
    return [PoseSample(at_ns(step), place) for step, place in enumerate(places)]


def line(speed_mps: float, steps: int = 41) -> list[Place]:
    """Straight ahead for two seconds."""
    return [(speed_mps * step * 0.05, 0.0, 0.0) for step in range(steps)]


def spin(turn_radps: float, steps: int = 41) -> list[Place]:
    return [(0.0, 0.0, turn_radps * step * 0.05) for step in range(steps)]


def gate(asked: Place, passed: Place, steps: int = 41, open_: bool = False) -> list[GateSample]:
    return [
        GateSample(at_ns(step), open_, asked, passed, math.hypot(*asked[:2]), math.hypot(*passed[:2]))
        for step in range(steps)
    ]


GOOD = odometry([STANDS] * 41, [STANDS] * 41)


def said(found: Sequence[Finding]) -> str:
    """The problem, or what is odd, of the only finding."""
    assert len(found) <= 1, found
    return (found[0].problem or found[0].detail) if found else ""


# --- stamps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("flow", "problem", "remedy"), [
    (Flow(50.0, 1.8e9, 0.0), "its stamps are 0", "set header.stamp"),
    (Flow(50.0, 1.8e9, 12.5), "stamped 1970-01-01 00:00:12: by simulated time", "use_sim_time"),
    (Flow(50.0, -2.3e9, 4.1e9), "stamped 2099-", "set the clock of the robot's computer"),
    (Flow(50.0, 0.1, 1.8e9, same_stamp=True), "each message carries the same stamp", "stamp each message"),
    (Flow(50.0, 0.301, 1.8e9), "stamps are 0.30 s behind", "set the clocks of both machines"),
    (Flow(50.0, 0.25, 1.8e9), "stamps are 0.25 s behind", "set the clocks of both machines"),
    (Flow(50.0, -0.06, 1.8e9), "stamps are 0.06 s ahead", "set the clocks of both machines"),
])  # fmt: skip
def test_stamps_that_are_off_are_called_what_they_are(flow: Flow, problem: str, remedy: str) -> None:
    found = wrong_stamps(flow, 0.3, 0.05)
    assert found is not None and problem in found[0] and remedy in found[1]


def test_stamps_that_the_gate_takes_are_well() -> None:
    assert wrong_stamps(Flow(50.0, 0.1, 1.8e9), 0.3, 0.05) is None
    assert wrong_stamps(Flow(50.0), 0.3, 0.05) is None, "of a type without a stamp"
    assert wrong_stamps(Flow(50.0, 9.0, 1.8e9), 0.0, 0.0) is None, "of a stream whose stamps nobody looks at"


# --- odometry while it stands -----------------------------------------------------------------------------------------


def test_odometry_of_a_robot_that_stands_and_is_right_has_nothing_against_it() -> None:
    assert odometry_claims("odom", Heard(GOOD, poses([STANDS] * 9))) == []
    assert odometry_claims("odom", Heard()) == []


@pytest.mark.parametrize(("changed", "problem", "ok"), [
    ({"fault": "vx is nan"}, "vx is nan", False),
    ({"covariance": (math.nan, *EXACT[1:])}, "a number of its covariance is none", False),
    ({"covariance": (0.0,) * 72}, "its covariance is zero", True),
    ({"covariance": (-1.0, *EXACT[1:])}, "pose.covariance is below zero", True),
    ({"frame": "robot1/base_link"}, "header.frame_id is 'robot1/base_link'", False),
    ({"child_frame": "odom"}, "child_frame_id 'odom'", False),
    ({"frame": ""}, "nobody can tell in which frame", False),
    ({"frame": "map"}, "corrected now and then", True),
    ({"place": (2000.0, 0.0, 0.0)}, "the robot is at [2000, 0] m", False),
    ({"place": (0.0, 2.0, 0.0)}, "2.00 m and 0.00 rad apart; its frame lies elsewhere", True),
    ({"place": (0.0, 2.0, 0.0), "frame": "ground"}, "the ground sees the robot at", False),
])  # fmt: skip
def test_odometry_that_is_odd_or_wrong_is_told(changed: dict[str, object], problem: str, ok: bool) -> None:
    odd = [replace(sample, **changed) for sample in GOOD]  # type: ignore[arg-type]
    found = odometry_claims("odom", Heard(odd, poses([STANDS] * 9)))
    assert problem in said(found) and found[0].ok is ok and found[0].unlikely is ok and found[0].remedy


def test_a_robots_own_prefix_makes_no_other_frame() -> None:
    own = [replace(sample, frame="robot1/odom", child_frame="robot1/base_footprint") for sample in GOOD]
    assert odometry_claims("odom", Heard(own)) == []


# --- odometry while it moves ------------------------------------------------------------------------------------------


def test_a_robot_that_moves_as_it_says_has_nothing_against_it() -> None:
    for places, velocity in (
        (line(0.3), (0.3, 0.0, 0.0)),
        (spin(0.5), (0.0, 0.0, 0.5)),
        (line(-0.3), (-0.3, 0.0, 0.0)),
    ):
        assert motion_claims("odom", Heard(odometry(places, [velocity] * 41), poses(places))) == []


def test_a_frame_that_lies_and_looks_elsewhere_makes_no_other_motion() -> None:
    turned = [(5.0, 0.3 * step * 0.05, math.pi / 2) for step in range(41)]
    assert motion_claims("odom", Heard(odometry(turned, [(0.3, 0.0, 0.0)] * 41), poses(line(0.3)))) == []


AHEAD: Place = (0.3, 0.0, 0.0)


@pytest.mark.parametrize(("claimed", "velocity", "seen", "problem", "remedy"), [
    (line(0.3), STANDS, line(0.3), "it says no velocity", "fill twist.twist.linear"),
    (line(0.3), (300.0, 0.0, 0.0), line(0.3), "it counts in mm", "publish velocities in m/s"),
    (line(300.0), (300.0, 0.0, 0.0), line(0.3), "it counts in mm", "publish lengths in m"),
    (line(0.6), (0.6, 0.0, 0.0), line(0.3), "2.00 times as far", "measure wheels"),
    (line(-0.3), (-0.3, 0.0, 0.0), line(0.3), "but the other way", "make x point ahead"),
    (line(0.3), AHEAD, [STANDS] * 41, "it moves far more than the robot", "publish lengths in m"),
    ([STANDS] * 41, AHEAD, line(0.3), "its place is stuck", "restart the odometry's driver"),
    (line(0.3), (-0.3, 0.0, 0.0), line(0.3), "in another direction", "x ahead"),
    (spin(-0.5), (0.0, 0.0, -0.5), spin(0.5), "the other way round", "positive to the left"),
    (spin(0.5), (0.0, 0.0, -0.5), spin(0.5), "the other way round", "twist.angular.z"),
    (spin(0.5), (0.0, 0.0, math.degrees(0.5)), spin(0.5), "it counts in degrees", "multiply by π/180"),
    (spin(0.5), STANDS, spin(0.5), "it says no turning", "fill twist.twist.angular.z"),
    (spin(0.2), (0.0, 0.0, 0.2), spin(0.5), "the ground saw 1.00 rad", "measure the track"),
])  # fmt: skip
def test_a_robot_that_moves_otherwise_than_it_says_is_told(
    claimed: list[Place], velocity: Place, seen: list[Place], problem: str, remedy: str
) -> None:
    found = motion_claims("odom", Heard(odometry(claimed, [velocity] * 41), poses(seen)))
    assert problem in said(found) and remedy in found[0].remedy and not found[0].ok


def test_a_velocity_in_the_frame_of_the_world_is_told_from_any_other_direction() -> None:
    north = [(0.0, 0.3 * step * 0.05, math.pi / 2) for step in range(41)]
    found = motion_claims("odom", Heard(odometry(north, [(0.0, 0.3, 0.0)] * 41), poses(north)))
    assert "in the frame of the world" in said(found) and "child_frame_id" in found[0].remedy


def test_what_the_ground_does_not_see_is_still_held_against_itself() -> None:
    assert "it says no velocity" in said(motion_claims("odom", Heard(odometry(line(0.3), [STANDS] * 41))))


def test_a_robot_that_stands_says_nothing_of_how_it_moves() -> None:
    assert motion_claims("odom", Heard(GOOD, poses([STANDS] * 41))) == []


# --- what the gate told it --------------------------------------------------------------------------------------------


def moving(asked: Place, passed: Place, came: list[Place]) -> Heard:
    return Heard(odometry(came, [STANDS] * 41), poses(came), gate=gate(asked, passed))


def test_a_base_that_does_what_it_is_told_has_nothing_against_it() -> None:
    assert command_claims(moving(AHEAD, AHEAD, line(0.3)), PROFILE, "/base") == []
    assert command_claims(moving(STANDS, STANDS, [STANDS] * 41), PROFILE, "/base") == []
    turning = (0.0, 0.0, 0.5)
    assert command_claims(moving(turning, turning, spin(0.5)), PROFILE, "/base") == []


def test_a_base_that_follows_the_request_is_told() -> None:
    found = command_claims(moving(AHEAD, STANDS, line(0.3)), PROFILE, "/base")
    assert "as fast as its stack asks: the base follows the request" in said(found)
    assert found[0].remedy == "let the base listen to cmd_vel in place of cmd_vel_request"


def test_a_base_that_drives_by_itself_is_told() -> None:
    found = command_claims(moving(STANDS, STANDS, line(0.3)), PROFILE, "/base")
    assert "moves at 0.30 m/s while the gate tells it to stand: /base does not follow it" in said(found)


def test_a_base_that_is_still_braking_is_not_disobedient() -> None:
    braking = [*line(0.3, 11), *[(0.15, 0.0, 0.0)] * 30]
    told = [*gate(AHEAD, AHEAD, 10), *gate(AHEAD, STANDS)[10:]]
    heard = Heard(odometry(braking, [STANDS] * 41), poses(braking), gate=told)
    assert command_claims(heard, PROFILE, "/base") == []


def test_a_base_that_stands_though_it_is_told_to_move_is_told() -> None:
    found = command_claims(moving(AHEAD, AHEAD, [STANDS] * 41), PROFILE, "/base")
    assert "the robot stands: /base does not follow it" in said(found)


def test_a_base_that_turns_or_drives_the_other_way_is_told() -> None:
    turning = (0.0, 0.0, 0.5)
    assert "the robot turned by -" in said(command_claims(moving(turning, turning, spin(-0.5)), PROFILE, "/base"))
    assert "the robot came -" in said(command_claims(moving(AHEAD, AHEAD, line(-0.3)), PROFILE, "/base"))


# --- requests ---------------------------------------------------------------------------------------------------------


def test_requests_that_come_too_seldom_are_told_and_a_stack_that_is_silent_at_rest_is_not() -> None:
    found = request_claims(2.0, Heard(), PROFILE)
    assert said(found) == "2.0 Hz: the gate takes motion away 0.3 s after the last request"
    assert "10 Hz or more" in found[0].remedy
    assert request_claims(0.0, Heard(), PROFILE) == [] and request_claims(20.0, Heard(), PROFILE) == []
    assert request_claims(1.0, Heard(), replace(PROFILE, repeated=False)) == [], "a trajectory is told once"


def test_requests_that_never_rest_are_told_and_those_of_a_robot_that_may_move_are_not() -> None:
    restless = request_claims(20.0, Heard(gate=gate(AHEAD, STANDS)), PROFILE)
    assert said(restless).startswith("asks for 0.30 m/s all the time")
    assert "0.50 rad/s" in said(request_claims(20.0, Heard(gate=gate((0.0, 0.0, 0.5), STANDS)), PROFILE))
    assert request_claims(20.0, Heard(gate=gate(AHEAD, AHEAD, open_=True)), PROFILE) == []
    now_and_then = [*gate(AHEAD, STANDS, 20), *gate(STANDS, STANDS)[20:]]
    assert request_claims(20.0, Heard(gate=now_and_then), PROFILE) == []


def test_requests_that_the_gate_would_not_take_are_told() -> None:
    found = request_claims(20.0, Heard(request_faults=("linear.y is nan",)), PROFILE)
    assert said(found) == "asks for what cannot be done: linear.y is nan"


# --- an arm's joints --------------------------------------------------------------------------------------------------

NAMES = ("shoulder", "elbow")
ARM = replace(PROFILE, motion="joints", motion_topic="joint_states", joints=Joints(NAMES, 4.0, 0.85))


def joints(positions: Sequence[float], velocity: float = 0.0, names: tuple[str, ...] = NAMES, fault: str = "") -> Heard:
    count = len(names)
    return Heard(joints=[
        JointSample(at_ns(step), names, (position,) * count, (velocity,) * count, fault)
        for step, position in enumerate(positions)
    ])  # fmt: skip


@pytest.mark.parametrize(("heard", "problem", "remedy"), [
    (joints([0.0] * 9, names=("shoulder", "grip")), "says nothing of elbow; it names grip, shoulder", "every joint"),
    (joints([0.0] * 9, fault="elbow: no velocity"), "elbow: no velocity", "position and velocity"),
    (joints([28.6] * 9), "shoulder is at 28.6 rad", "multiply degrees"),
    (joints([0.05 * step for step in range(9)]), "by its velocity 0.00 rad", "publish velocities"),
    (joints([0.05 * step for step in range(9)], 57.3), "by its velocity 22.9", "multiply degrees"),
    (joints([0.05 * step for step in range(9)], -1.0), "by its velocity -0.40 rad", "correct the sign"),
])  # fmt: skip
def test_joints_that_are_wrong_are_told(heard: Heard, problem: str, remedy: str) -> None:
    found = joint_claims("joint_states", heard, ARM)
    assert problem in said(found) and remedy in found[0].remedy


def test_joints_that_are_right_have_nothing_against_them() -> None:
    assert joint_claims("joint_states", joints([0.05 * step for step in range(9)], 1.0), ARM) == []
    beside = joints([0.0] * 9, names=("gripper", *NAMES))
    assert joint_claims("joint_states", beside, ARM) == []


# --- stops ------------------------------------------------------------------------------------------------------------


def stop(
    speed_mps: float, latency_s: float = 0.08, deceleration_mps2: float = 1.2, **more: object
) -> dict[str, object]:
    reaction_s = latency_s + PROFILE.response_s
    return {
        "kind": "stop", "event_id": "e-1", "speed_at_start_mps": speed_mps, "causes": [],
        "distance_m": speed_mps * reaction_s + speed_mps**2 / (2 * deceleration_mps2),
        "duration_s": reaction_s + speed_mps / deceleration_mps2 + 0.2, **more,
    }  # fmt: skip


def test_a_stop_that_the_profile_explains_is_well() -> None:
    found = stops_so_far([stop(0.6), stop(0.3)], PROFILE)
    assert found[0].ok and "as the profile explains" in found[0].detail
    assert stops_so_far([], PROFILE) == [] and stops_so_far([stop(0.05, 9.0)], PROFILE) == []


def test_a_stop_that_is_too_long_names_the_figure_that_explains_it() -> None:
    late = stops_so_far([stop(0.6, latency_s=0.5)], PROFILE)[0]
    assert "limits.latency_s looks like 0.50, it says 0.08" in late.problem and late.file == "robot.yaml"
    soft = stops_so_far([stop(0.6, deceleration_mps2=0.4)], PROFILE)[0]
    assert "limits.deceleration_mps2 looks like 0.40, it says 1.2" in soft.problem


def test_the_last_stop_counts_so_that_what_was_mended_is_well_again() -> None:
    assert stops_so_far([stop(0.6, latency_s=0.5), stop(0.6)], PROFILE)[0].ok


def test_a_base_that_did_not_brake_is_told() -> None:
    cause = {"rule": "stop_response", "reason": "the robot does not slow down: 0.60 m/s"}
    found = stops_so_far([stop(0.6, causes=[cause])], PROFILE)[0]
    assert "does not slow down: 0.60 m/s; its power was cut" in found.problem and "every command" in found.remedy


def test_a_stop_for_want_of_odometry_measures_nothing() -> None:
    blind = stop(0.6, latency_s=2.0, causes=[{"rule": "input_timeout", "reason": "odometry: no data"}])
    assert stops_so_far([blind], PROFILE) == [] and stops_so_far([stop(0.6), blind], PROFILE)[0].ok
