"""The words of the rules and of what stands beside them in a gate: one example of each reason, word by word.

Which verdict it is, with which figures, the tests of each rule say; a change of words is a change of this table.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate.recovery import REDUCED_SPEED, Recovery
from port_safety.gate.requests import NEVER_SET, stamp_fault
from port_safety.model.geometry import Polygon
from port_safety.model.history import History
from port_safety.model.readings import (
    Alive,
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
    Reading,
    ToolPoint,
    Value,
)
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.acceleration import AccelerationRule
from port_safety.rules.body_height import BodyHeightRule
from port_safety.rules.bypass import BypassRule
from port_safety.rules.clock import ClockRule
from port_safety.rules.command_following import CommandFollowingRule
from port_safety.rules.contact_force import ContactForceRule
from port_safety.rules.context import LastOutput, RuleContext, Span
from port_safety.rules.estop import EstopRule
from port_safety.rules.ground_reaction import GroundReactionRule
from port_safety.rules.input_timeout import InputTimeoutRule, TimedInput
from port_safety.rules.joint_limits import JointLimitsRule
from port_safety.rules.joint_runaway import JointRunawayRule
from port_safety.rules.keep_in import KeepInRule
from port_safety.rules.keep_out import KeepOutRule
from port_safety.rules.pose_agreement import PoseAgreementRule
from port_safety.rules.separation import People, SeparationRule
from port_safety.rules.speed import SpeedRule
from port_safety.rules.stop_response import StopResponseRule
from port_safety.rules.stop_start import StopStart
from port_safety.rules.stuck_input import StuckInputRule
from port_safety.rules.tilt import TiltRule
from port_safety.rules.tool_workspace import ToolWorkspaceRule
from tests.gate_bench import ROBOT, make_gate
from tests.unit.port_safety.rule_bench import MS, NOW, STILL, S, context, moment, row, seen, stamped_row

SQUARE = Polygon.from_flat([0.0, 0.0, 10.0, 0.0, 10.0, 10.0, 0.0, 10.0])
INSIDE, OVER, NEAR = Pose(5.0, 5.0, 0.0), Pose(0.15, 5.0, 0.0), Pose(0.65, 5.0, 0.0)
TILT, HEIGHT, BYPASS = TiltRule(0.3, 0.6, 0.1), BodyHeightRule(0.5, 1.0, 0.3), BypassRule(1.0)
LIMITS = JointLimitsRule(("a", "b"), 0.1, (-1.0, -2.0), (1.0, 2.0), (2.0, 3.0), 4.0, 0.25, 0.1)
RUNAWAY = JointRunawayRule(("a", "b"), 10.0, 500.0, 2, 0.1)
TOOL = ToolWorkspaceRule(ROBOT, (0.0, -1.0, 0.0), (1.0, 1.0, 2.0), 3.0, 0.1)
FORCE, GROUND = ContactForceRule(50.0, 100.0, 2, 0.1), GroundReactionRule(("left",), 10.0, 2.0, 5.0, 0.5, 0.5)
TIMEOUT = InputTimeoutRule((TimedInput("odometry", 0.25, Severity.PROTECTIVE_STOP),), 0.5)
CLOCK, RESPONSE = ClockRule(("odometry",), 0.25, 0.5, 0.125, 3), StopResponseRule(ROBOT, 0.05, 0.15)
KEEP_IN, KEEP_OUT = KeepInRule("lane", SQUARE, 0.05, ROBOT), KeepOutRule("desk", SQUARE, 0.05, ROBOT)
ANYWHERE, ZONE = SpeedRule("robot", 1.0, ROBOT), SpeedRule("crossing", 0.5, ROBOT, SQUARE, 0.0)
KEEPS = SeparationRule(ROBOT, People(), 1.2)
FOLLOWS = CommandFollowingRule(0.4, 0.8, 3)


def leaning(rad: float) -> RuleContext:
    return moment(imu=Attitude(math.sin(rad / 2), 0.0, 0.0, math.cos(rad / 2)))


def joints(place: float, speed: float) -> RuleContext:
    return moment(joints=JointStates((place, 0.0), (speed, 0.0)))


def button(value: Value) -> Sequence[Verdict]:
    return EstopRule(("one",)).judge(moment(estop__one=value))


def risen(asked: Motion) -> Sequence[Verdict]:
    was = LastOutput(Motion(0.5, 0.0, 0.25), NOW - 50 * MS, NOW - 50 * MS, None)
    return AccelerationRule(2.0, 4.0).judge_last(replace(moment(asked), last_output=was), 1.0, 1.0)


def aged(reading: Reading | None, asked_ns: int | None = NOW) -> Sequence[Verdict]:
    return TIMEOUT.judge(RuleContext(NOW, {} if reading is None else {"odometry": reading}, ZERO, asked_ns, True))


def lagging(lag_ns: int) -> Sequence[Verdict]:
    history = History()
    for number in range(3):
        history.note(Reading(Alive(), NOW + number * S, NOW + number * S + lag_ns))
    return CLOCK.judge(replace(seen(system_clock=ClockStep()), histories={"odometry": history}))


def stopped(speed: float, wz: float = 0.0, at_rest: bool = False, elapsed_s: float = 9.0) -> Sequence[Verdict]:
    start = StopStart(NOW - round(elapsed_s * S), Motion(1.0), 1.0)
    view = moment(odometry=replace(STILL, vx=speed, wz=wz))
    return RESPONSE.judge(replace(view, stop=start, at_rest=at_rest, measured_mps=speed))


def zoned(pose: Pose, vx: float, measured: float = 0.0, occupancy: Occupancy | None = None) -> Sequence[Verdict]:
    said = Occupancy(frozenset()) if occupancy is None else occupancy
    odometry = replace(STILL, vx=measured)
    return ZONE.judge(seen(request=Motion(vx), ground_pose=pose, odometry=odometry, occupancy=said))


def people(*spots: tuple[float, float], asked: float = 0.0, lost: tuple[tuple[float, float], ...] = ()) -> RuleContext:
    occupancy = Occupancy(frozenset(), positions_m=spots, lost_m=lost)
    view = moment(Motion(asked), ground_pose=Pose(0.0, 0.0, 0.0), occupancy=occupancy)
    return replace(view, measured_mps=0.0)


def agreed(ground: Pose, robot: Odometry) -> Sequence[Verdict]:
    one = stamped_row("ground_pose", (S, Pose(0.0, 0.0, 0.0)), (2 * S, ground))
    other = stamped_row("odometry", (S, STILL), (2 * S, robot))
    both = {**one.readings, **other.readings}
    view = replace(one, readings=both, histories={**one.histories, **other.histories})
    return PoseAgreementRule(2.0, 0.25, 0.5, 0.5).judge(view)


def stuck() -> Sequence[Verdict]:
    view = row("ground_pose", *[INSIDE] * 5, period_ms=300)
    return StuckInputRule(1.0, 5).judge(replace(view, last_output=LastOutput(Motion(1.0), 0, 0, NOW - 2 * S)))


def followed(vx: float, wz: float, told: Span) -> Sequence[Verdict]:
    view = row("odometry", *[replace(STILL, x=float(number), vx=vx, wz=wz) for number in range(3)])
    nothing = Span(0.0, 0.0)
    return FOLLOWS.judge(replace(view, expected=(told, nothing, nothing)))


def led(x: float, request: Motion, deepest_x: float = 10.8) -> list[Verdict]:
    """Out of the lane of the bench, over whose edge it is from 10.6 m on."""
    lane, recovery = ("keep_in", "zone lane"), Recovery()
    recovery.begin({lane: make_gate().envelope.boundaries[lane]})
    recovery.look(moment(ground_pose=Pose(deepest_x, 0.0, 0.0)))
    view = moment(request, ground_pose=Pose(x, 0.0, 0.0)) if x else context(request)
    return [each for each in recovery.verdicts(view) if each.source != "pace"]


WORDS: dict[str, tuple[Callable[[], Sequence[Verdict]], str]] = {
    "acceleration speed": (lambda: risen(Motion(1.2)), "acceleration: 1.20 m/s asked, 0.60 allowed so soon"),
    "acceleration turn": (
        lambda: risen(Motion(0.0, 0.0, 0.7)),
        "acceleration: 0.70 rad/s asked, 0.45 allowed so soon",
    ),
    "body_height low": (
        lambda: HEIGHT.judge(moment(body=Body(0.25))),
        "body_height: the body is 0.25 m above the floor, 0.50 at least",
    ),
    "body_height high": (
        lambda: HEIGHT.judge(moment(body=Body(1.25))),
        "body_height: the body is 1.25 m above the floor, 1.00 at most",
    ),
    "body_height missing": (lambda: HEIGHT.judge(moment()), "body_height: body: no data"),
    "body_height foreign": (
        lambda: HEIGHT.judge(moment(body=Alive())),
        "body_height: body: not what this rule looks at",
    ),
    "bypass never looked": (
        lambda: BYPASS.judge(moment()),
        "bypass: nobody has looked yet who else commands the robot",
    ),
    "bypass old": (
        lambda: BYPASS.judge(replace(seen(publishers=Publishers()), now_ns=NOW + 5 * S // 2)),
        "bypass: nobody has looked for 2.5 s who else commands the robot",
    ),
    "bypass before": (
        lambda: BYPASS.judge(seen(publishers=Publishers((), 1))),
        "bypass: a gate of this name was here before; wait until it is gone (20 s if it died), or end it",
    ),
    "bypass foreign": (
        lambda: BYPASS.judge(seen(publishers=Publishers(("/team/teleop",)))),
        "bypass: /team/teleop publishes on the robot's command topic beside the gate",
    ),
    "bypass nameless": (
        lambda: BYPASS.judge(seen(publishers=Publishers(nameless=1))),
        "bypass: a publisher on the robot's command topic has not told its node's name; wait until it has, "
        "or is gone (20 s if it died); if it stays, end it",
    ),
    "clock lags": (lambda: lagging(5 * S // 4), "clock of odometry: stamps lag by 1.25 s"),
    "clock ahead": (lambda: lagging(-5 * S // 4), "clock of odometry: stamps run 1.25 s ahead"),
    "clock set": (
        lambda: CLOCK.judge(seen(system_clock=ClockStep(-3600.0))),
        "clock of system_clock: it was set by -3600.00 s",
    ),
    "clock unseen": (lambda: CLOCK.judge(context()), "clock of system_clock: nobody has looked at it yet"),
    "command_following moves": (
        lambda: followed(-0.8, 0.0, Span(0.5, 0.5)),
        "command_following: the robot moves with vx -0.80 m/s, told 0.50",
    ),
    "command_following span": (
        lambda: followed(1.5, 0.0, Span(0.25, 0.5)),
        "command_following: the robot moves with vx 1.50 m/s, told 0.25 to 0.50",
    ),
    "command_following turns": (
        lambda: followed(0.0, 1.5, Span(0.0, 0.0)),
        "command_following: the robot turns with wz 1.50 rad/s, told 0.00",
    ),
    "contact_force blow": (
        lambda: FORCE.judge(row("contact_wrench", Force(0.0, 120.0, 0.0))),
        "contact_force: a blow of 120 N, 100 allowed",
    ),
    "contact_force push": (
        lambda: FORCE.judge(row("contact_wrench", *[Force(0.0, 60.0, 0.0), Force(0.0, 70.0, 0.0)])),
        "contact_force: the arm pushes with 60 N, 50 allowed",
    ),
    "estop pressed": (lambda: button(Estop(False, False, False, True)), "estop one: pressed"),
    "estop channel A": (
        lambda: button(Estop(False, True, False, True)),
        "estop one: channel A open, the other closed: press fully and release",
    ),
    "estop channel B": (
        lambda: button(Estop(True, False, False, True)),
        "estop one: channel B open, the other closed: press fully and release",
    ),
    "estop link": (lambda: button(Estop(True, True, False, True, False, "cable")), "estop one: cable"),
    "estop no link": (lambda: button(Estop(True, True, False, True, False)), "estop one: no link"),
    "estop foreign": (lambda: button(ClockStep()), "estop one: not an e-stop reading"),
    "ground_reaction plates": (
        lambda: GROUND.judge(moment(force_plate__left=PlateForce(0.0, 250.0, 0.0))),
        "ground_reaction: the plates carry 250 N, 196 at most",
    ),
    "ground_reaction pulled": (
        lambda: GROUND.judge(moment(force_plate__left=PlateForce(-60.0, 0.0, 0.0))),
        "ground_reaction: force_plate left is pulled by 60 N",
    ),
    "ground_reaction sideways": (
        lambda: GROUND.judge(moment(force_plate__left=PlateForce(0.0, 100.0, 70.0))),
        "ground_reaction: force_plate left is pushed sideways by 70 N, more than its load explains",
    ),
    "input_timeout missing": (lambda: aged(None), "odometry: no data"),
    "input_timeout old": (lambda: aged(Reading(STILL, NOW - S, NOW - S)), "odometry: no data for 1.00 s"),
    "input_timeout late": (
        lambda: aged(Reading(STILL, NOW - 2 * S, NOW)),
        "odometry: stamps are 2.00 s behind this machine's clock",
    ),
    "input_timeout early": (
        lambda: aged(Reading(STILL, NOW + S // 2, NOW)),
        "odometry: stamped 0.50 s in the future",
    ),
    "input_timeout no number": (
        lambda: aged(Reading(replace(STILL, x=math.nan), NOW, NOW)),
        "odometry: x is nan",
    ),
    "input_timeout command": (lambda: aged(Reading(STILL, NOW, NOW), None), "command: no data"),
    "input_timeout old command": (lambda: aged(Reading(STILL, NOW, NOW), NOW - S), "command: none for 1.00 s"),
    "joint_limits fast": (
        lambda: LIMITS.judge(joints(0.0, -2.5)),
        "joint_limits: a turns with 2.50 rad/s, 2.00 allowed",
    ),
    "joint_limits high": (
        lambda: LIMITS.judge(joints(0.5, 2.0)),
        "joint_limits: a at 0.50 rad would stand at 1.20, 0.75 allowed",
    ),
    "joint_limits low": (
        lambda: LIMITS.judge(joints(-0.5, -2.0)),
        "joint_limits: a at -0.50 rad would stand at -1.20, -0.75 allowed",
    ),
    "joint_limits out of range": (
        lambda: LIMITS.judge(joints(1.5, 0.0)),
        "joint_limits: a is at 1.50 rad, out of its range of -1.00 to 1.00",
    ),
    "joint_runaway turns": (
        lambda: RUNAWAY.judge(row("joints", *[JointStates((0.0, 0.0), (0.0, 10.5))] * 2)),
        "joint_runaway: b turns with 10.5 rad/s, 10.0 at most",
    ),
    "joint_runaway jerks": (
        lambda: RUNAWAY.judge(row("joints", *[JointStates((0.0, 0.0), (at, 0.0)) for at in (0.0, 5.25, 0.0)])),
        "joint_runaway: a jerks with 525.0 rad/s², 500.0 at most",
    ),
    "keep_in over": (lambda: KEEP_IN.judge(moment(ground_pose=OVER)), "lane: the robot is 0.25 m over the edge"),
    "keep_in towards": (
        lambda: KEEP_IN.judge(moment(Motion(-2.0), ground_pose=NEAR)),
        "lane: 2.00 m/s towards the edge, 0.43 allowed here",
    ),
    "keep_out inside": (
        lambda: KEEP_OUT.judge(moment(ground_pose=Pose(-0.15, 5.0, 0.0))),
        "desk: the robot is 0.25 m inside",
    ),
    "keep_out towards": (
        lambda: KEEP_OUT.judge(moment(Motion(2.0), ground_pose=Pose(-0.65, 5.0, 0.0))),
        "desk: 2.00 m/s towards it, 0.43 allowed here",
    ),
    "zone without a pose": (
        lambda: KEEP_IN.judge(moment()),
        "keep_in: cannot judge: lane: nobody says where the robot is",
    ),
    "zone without odometry": (
        lambda: KEEP_IN.judge(seen(request=Motion(-2.0), ground_pose=NEAR)),
        "keep_in: cannot judge: lane: nobody measures how the robot moves",
    ),
    "pose_agreement displacement": (
        lambda: agreed(Pose(1.0, 0.0, 0.0), STILL),
        "displacement: the ground saw 1.00 m else than the robot says, within 2 s; 0.25 allowed",
    ),
    "pose_agreement heading": (
        lambda: agreed(Pose(0.0, 0.0, -0.25), replace(STILL, yaw=0.5)),
        "heading: the ground saw 0.75 rad else than the robot says, within 2 s; 0.50 allowed",
    ),
    "separation near": (
        lambda: KEEPS.judge(people((1.4, 0.0))),
        "separation: somebody is 1.00 m away, 1.21 m needed",
    ),
    "separation towards": (
        lambda: KEEPS.judge(people((3.0, 0.0), asked=1.0)),
        "separation: 1.00 m/s with somebody 2.60 m away, 0.58 allowed",
    ),
    "separation lost": (
        lambda: KEEPS.judge(people(lost=((0.0, 0.1),))),
        "separation: somebody went out of sight 0.00 m from the robot",
    ),
    "separation unknown zone": (
        lambda: KEEPS.judge(moment(ground_pose=INSIDE, occupancy=Occupancy(frozenset({"crossing"})))),
        "separation: somebody is in crossing, and nobody knows where that is",
    ),
    "separation without a pose": (
        lambda: KEEPS.judge(moment(occupancy=Occupancy(frozenset()))),
        "separation: cannot judge: nobody says where the robot is",
    ),
    "separation unseen": (lambda: KEEPS.judge(moment()), "separation: nobody says who is there"),
    "speed everywhere": (
        lambda: ANYWHERE.judge(seen(request=Motion(2.0), odometry=STILL)),
        "robot: 2.00 m/s requested, 1.00 allowed",
    ),
    "speed unmeasured": (
        lambda: ANYWHERE.judge(context()),
        "speed: cannot judge: robot: nobody measures how fast the robot is",
    ),
    "speed turn": (
        lambda: ANYWHERE.judge(seen(request=Motion(0.0, 0.0, 3.0), odometry=STILL)),
        "robot: 3.00 rad/s requested, 1.50 allowed",
    ),
    "speed measured": (
        lambda: ANYWHERE.judge(seen(odometry=replace(STILL, vx=2.0))),
        "robot: 2.00 m/s measured, 1.00 allowed",
    ),
    "speed towards a zone": (
        lambda: zoned(Pose(-1.0, 5.0, 0.0), 2.0),
        "crossing: 2.00 m/s towards it, 1.01 allowed here",
    ),
    "speed towards an occupied zone": (
        lambda: zoned(Pose(-1.0, 5.0, 0.0), 2.0, occupancy=Occupancy(frozenset({"crossing"}))),
        "crossing: 2.00 m/s towards it, 0.70 allowed here (occupied)",
    ),
    "speed in an occupied zone": (
        lambda: zoned(INSIDE, 0.0, occupancy=Occupancy(frozenset({"crossing"}))),
        "crossing: occupied, the robot must stand",
    ),
    "speed in a zone that nobody sees": (
        lambda: zoned(INSIDE, 0.0, occupancy=Occupancy(frozenset(), False, "the camera is covered")),
        "crossing: occupancy unknown: the camera is covered, the robot must stand",
    ),
    "stop_response slow": (
        lambda: stopped(1.0, elapsed_s=1.23),
        "stop_response: the robot does not slow down: 1.00 m/s",
    ),
    "stop_response late": (
        lambda: stopped(0.125),
        "stop_response: the robot moves after the deadline of its stop: 0.12 m/s",
    ),
    "stop_response moves": (
        lambda: stopped(0.125, at_rest=True),
        "stop_response: the robot moves while it is stopped: 0.12 m/s",
    ),
    "stop_response turns": (
        lambda: stopped(0.0, wz=-0.25, at_rest=True),
        "stop_response: the robot turns while it is stopped: 0.25 rad/s",
    ),
    "stuck_input": (
        stuck,
        "stuck_input: ground_pose: stuck, the same 5 times in 1.2 s while the robot is told to move",
    ),
    "tilt leans": (lambda: TILT.judge(leaning(0.5)), "tilt: the robot leans 0.50 rad, 0.30 allowed"),
    "tilt falls": (lambda: TILT.judge(leaning(0.7)), "tilt: the robot falls: 0.70 rad from upright"),
    "tool_workspace": (
        lambda: TOOL.judge(row("tool_pose", ToolPoint(1.2, 0.0, 0.5), ToolPoint(1.1, 0.0, 0.5))),
        "tool_workspace: the tool at x = 1.10 m would stand at 1.10, 1.00 allowed",
    ),
    "recovery further in": (lambda: led(10.8, Motion(0.5)), "recover: this way leads further into zone lane"),
    "recovery slips": (lambda: led(10.9001, ZERO), "recover: the robot goes 0.10 m further in"),
    "recovery blind": (lambda: led(0.0, ZERO), "recover: nobody sees where the robot is"),
    "reduced speed": (
        lambda: [REDUCED_SPEED.limit(moment(Motion(0.8)), "recover", "pace", "why")],
        "why; at most 0.20 m/s",
    ),
    "reduced speed exceeded": (
        lambda: REDUCED_SPEED.overspeed(context(measured_mps=0.5), "recover", "robot"),
        "recover: 0.50 m/s measured, 0.20 allowed",
    ),
}


@pytest.mark.parametrize("name", WORDS)
def test_a_reason_is_told_in_these_words(name: str) -> None:
    judge, words = WORDS[name]
    assert [each.reason for each in judge()] == [words]


@pytest.mark.parametrize(
    ("stamp_ns", "words"),
    [(None, ""), (NOW, ""), (NOW + 7 * S, "stamped 7.00 s in the future"), (-(10**19), NEVER_SET)],
)
def test_a_fault_of_a_stamp_is_told_in_these_words(stamp_ns: int | None, words: str) -> None:
    assert stamp_fault(stamp_ns, NOW) == words
