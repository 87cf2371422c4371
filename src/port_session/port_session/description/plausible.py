"""What a number in a session's files can be, and what it hardly ever is: the one table of such bounds. Pure.

The shapes of the files catch a wrong type; this table catches a number in the wrong unit, or one that switches a rule
off. A value that cannot be right on any ground is refused. One that is unlikely is told, and the session may start.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Bound(NamedTuple):
    """file: "session", "ground", "robot", "trial". key: path in it; `*` is any one name, `[*]` any index.

    least, most: inclusive. why: the reason; behind a "; " what mends it. unlikely: told, not refused.
    """

    file: str
    key: str
    least: float
    most: float
    why: str
    unlikely: bool = False


class Doubt(NamedTuple):
    """A value outside of a bound. problem: with its remedy behind a "; "."""

    file: str
    key: str
    problem: str
    unlikely: bool


_ANY = math.inf
_TURN = 2.0 * math.pi
_DEGREES = "an angle is in rad, and a whole turn is 6.28; multiply degrees by 0.01745"
#: No joint is wound up further, or is faster: the fastest of legged robots reach 40 rad/s.
_WOUND, _FASTEST_RADPS = 4.0 * _TURN, 100.0
_MANY_TURNS = "hardly a joint turns further than once round; an angle is in rad"
_METRES = "a length is in m; divide mm by 1000"
_POSE = "no camera finds a robot without error, and 3 sigma of its pose are 0.02 m at least (docs/safety.md)"

BOUNDS = (
    # Distances that hold the robot off: at 0 they switch off what they are there for.
    Bound("ground", "zones.*.margin_m", 0.02, _ANY, f"{_POSE}; write 0.02 or more, or leave it out for 0.05"),
    Bound("ground", "people.intrusion_m", 0.25, _ANY,
          "cameras place feet, and half a person stands beyond them; write 0.25, or 0.85 where an arm may reach in"),
    Bound("ground", "people.person_uncertainty_m", 0.02, _ANY,
          "no camera places people without error; write 3 sigma of it, or leave it out for 0.1"),
    Bound("ground", "people.robot_uncertainty_m", 0.02, _ANY, f"{_POSE}; write 3 sigma, or leave it out for 0.05"),
    Bound("ground", "people.reaction_s", 0.01, _ANY,
          "sensing and gate take some time; write what was measured, or leave it out for 0.05"),
    Bound("ground", "people.walk_mps", 1.6, _ANY,
          "people walk at 1.6 m/s (ISO 13855); leave it out, unless nobody there can walk so fast", unlikely=True),
    Bound("ground", "people.margin_m", 0.1, _ANY,
          "so near to the separation distance the robot is stopped rather than slowed; leave it out for 0.4",
          unlikely=True),
    Bound("ground", "estop.*.lost_after_s", 0.0, 0.3, "a cut cable stops the robot so late; write 0.1", unlikely=True),
    Bound("session", "gate.input_timeout.estop_s", 0.0, 0.4,
          "a silent e-stop stops the robot so late; leave it out for 0.15",
          unlikely=True),
    Bound("robot", "limits.latency_s", 0.001, _ANY,
          "no robot answers at once, and every braking distance counts with it; write what was measured"),
    Bound("robot", "limits.latency_s", 0.01, _ANY,
          "hardly a robot answers so soon, and every braking distance counts with it; measure it", unlikely=True),
    Bound("robot", "limits.deceleration_mps2", 0.0, 10.0,
          "wheels and feet slip before that, and every braking distance counts with it; measure it", unlikely=True),
    Bound("robot", "footprint_radius_m", 0.05, _ANY,
          "it is the circle around the whole robot, in m; measure it from the marker's middle"),
    # Places: metres in the frame of the ground.
    Bound("ground", "zones.*.polygon_m[*][*]", -1000.0, 1000.0, f"no ground is so large; {_METRES}"),
    Bound("ground", "cameras.*.pose[2]", 0.05, 100.0,
          f"a camera hangs above the floor, not below, and not in the clouds; {_METRES}"),
    Bound("ground", "cameras.*.pose[2]", 0.05, 25.0, "hardly a camera hangs so high; measure it", unlikely=True),
    Bound("ground", "force_plates.*.corners_m[*][2]", -10.0, 10.0, f"plates lie on the floor, z 0; {_METRES}"),
    Bound("ground", "force_plates.*.corners_m[*][2]", -1.0, 1.0, "hardly a plate lies so far off the floor; measure it",
          unlikely=True),
    Bound("ground", "force_plates.*.origin_m[*]", -1.0, 1.0, f"a plate's own origin lies in it or below; {_METRES}"),
    Bound("ground", "force_plates.*.full_scale_n", 10.0, _ANY,
          "no force plate carries so little; write it in N, not kN"),
    Bound("ground", "robot_marker.size_m", 0.02, 2.0, "no camera reads a smaller marker, no robot carries a larger; "
          "measure the side of its black square in m"),
    Bound("ground", "floor_tags.size_m", 0.02, 2.0, "no camera reads a smaller tag from above; "
          "measure the side of its black square in m"),
    # Angles.
    *(Bound("ground", f"cameras.*.pose[{index}]", -_TURN, _TURN, _DEGREES) for index in (3, 4, 5)),
    Bound("ground", "floor_tags.places[*][3]", -_TURN, _TURN, _DEGREES),
    Bound("trial", "start_pose[2]", -_TURN, _TURN, _DEGREES),
    *(Bound("trial", f"{key}[*]", -_WOUND, _WOUND, _DEGREES) for key in ("start_rad", "goal_rad")),
    *(Bound("robot", f"rules.joint_limits.{key}[*]", -_WOUND, _WOUND, _DEGREES) for key in ("lower_rad", "upper_rad")),
    *(Bound("trial", f"{key}[*]", -_TURN, _TURN, _MANY_TURNS, unlikely=True) for key in ("start_rad", "goal_rad")),
    *(Bound("robot", f"rules.joint_limits.{key}[*]", -_TURN, _TURN, _MANY_TURNS, unlikely=True)
      for key in ("lower_rad", "upper_rad")),
    Bound("robot", "rules.joint_limits.velocity_radps[*]", 0.0, _FASTEST_RADPS, _DEGREES),
    Bound("robot", "rules.joint_runaway.velocity_radps", 0.0, _FASTEST_RADPS, _DEGREES),
)  # fmt: skip

#: Pictures a second that cameras of a kind can send, and why no more.
RATES_HZ = {
    "mjpeg_http": (120.0, "network cameras send 60 pictures a second at most, few 120"),
    "rtsp": (120.0, "network cameras send 60 pictures a second at most, few 120"),
    "v4l2": (500.0, "cameras on USB send 260 pictures a second at most"),
}


def doubts(description: Mapping[str, Any]) -> list[Doubt]:
    """All values out of bounds. description: the trees of the four files; a value that is refused is told once."""
    found = [*_out_of_bounds(description), *_rates(description["ground"]["cameras"])]
    refused = {(one.file, one.key) for one in found if not one.unlikely}
    return [one for one in found if not one.unlikely or (one.file, one.key) not in refused]


def _out_of_bounds(description: Mapping[str, Any]) -> Iterator[Doubt]:
    for bound in BOUNDS:
        pattern = re.compile(re.escape(bound.key).replace(r"\[\*\]", r"\[\d+\]").replace(r"\*", r"[a-z0-9_]+"))
        for key, value in _numbers(description[bound.file]):
            if pattern.fullmatch(key) and not bound.least <= value <= bound.most:
                yield Doubt(bound.file, key, f"expected {_span(bound)}, got {value:g}: {bound.why}", bound.unlikely)


def _rates(cameras: Mapping[str, Any]) -> Iterator[Doubt]:
    for name, camera in cameras.items():
        most_hz, why = RATES_HZ.get(camera["driver"], (_ANY, ""))
        if camera["rate_hz"] > most_hz:
            problem = (
                f"expected {most_hz:g} Hz or less, got {camera['rate_hz']:g}: {why}; write what the camera is set to"
            )
            yield Doubt("ground", f"cameras.{name}.rate_hz", problem, unlikely=False)


def _span(bound: Bound) -> str:
    if bound.most == _ANY:
        return f"{bound.least:g} or more"
    return f"{bound.least:g} to {bound.most:g}"


def _numbers(tree: Any, key: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a tree with its path, like `zones.lane.polygon_m[0][1]`."""
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            yield from _numbers(value, f"{key}.{name}" if key else str(name))
    elif isinstance(tree, list | tuple):
        for index, value in enumerate(tree):
            yield from _numbers(value, f"{key}[{index}]")
    elif isinstance(tree, int | float) and not isinstance(tree, bool):
        yield key, float(tree)
