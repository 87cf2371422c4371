"""The geometry of the rules as drawings, made by the rules' own formulas."""

from collections.abc import Sequence

from port_safety.model.braking_model import BrakingModel
from port_safety.model.robot_model import RobotModel
from port_safety.rules.separation import People, SeparationRule

#: Size of a drawing and the place of its axes, px.
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 300, 56, 616, 24, 256
#: The demonstration's robot and people, seen 0.1 s ago.
BRAKING = BrakingModel(0.08, 1.2, 0.1)
ROBOT = RobotModel("drawn", "wheeled", 1.5, 1.5, BRAKING, 0.4, 1.5)
AGE_S = 0.1

Curve = tuple[str, str, Sequence[tuple[float, float]]]


def barrier() -> str:
    """How fast a robot may approach an edge, at a distance; and where it stands if it is told to stop there."""
    distances = [0.02 * step for step in range(151)]
    allowed = [(d, min(ROBOT.speed_mps, BRAKING.allowed_approach_mps(d, 0.0, AGE_S))) for d in distances]
    way = [(BRAKING.stopping_distance_m(v) + v * AGE_S, v) for v in (0.01 * step for step in range(151))]
    curves: list[Curve] = [("#1f5f8b", "allowed towards the edge", allowed), ("#a33", "stopping way", way)]
    return _chart("distance to the soft limit, m", "m/s", 3.0, 2.0, curves)


def separation() -> str:
    """The distance that a person is kept, over the robot's speed, for the ways that it may go."""
    rule = SeparationRule(ROBOT, People(intrusion_m=0.2), BRAKING.deceleration_mps2)
    reaction_s = 0.05 + BRAKING.reaction_s + AGE_S
    speeds = [0.01 * step for step in range(151)]
    colours = {"towards the person": (1.0, "#a33"), "past the person": (0.0, "#1f5f8b"), "away": (-1.0, "#555")}
    curves: list[Curve] = [
        (colour, name, [(v, rule.distance_m(v, cosine * v, reaction_s)) for v in speeds])
        for name, (cosine, colour) in colours.items()
    ]
    return _chart("the robot's speed, m/s", "S, m", 1.5, 5.0, curves)


def braking_point() -> str:
    """Where a joint, or a tool along one axis, would stand if it were stopped now."""
    y = 150
    parts = [
        _line(80, y, 560, y, "#333"), _line(500, 90, 500, 210, "#a33"), _text(500, 80, "limit − margin", "middle"),
        f'<circle cx="180" cy="{y}" r="7" fill="#1f5f8b"/>', _text(180, y + 30, "q, moving with q̇", "middle"),
        _line(180, y - 30, 300, y - 30, "#1f5f8b"), _text(240, y - 38, "q̇·τ", "middle"),
        _line(300, y - 30, 440, y - 30, "#1f5f8b"), _text(370, y - 38, "q̇² / 2a", "middle"),
        _line(300, y - 36, 300, y - 24, "#1f5f8b"),
        f'<circle cx="440" cy="{y}" r="7" fill="none" stroke="#1f5f8b"/>',
        _text(440, y + 30, "would stand here", "middle"),
    ]  # fmt: skip
    return _svg(parts)


DRAWINGS = {"rule_barrier": barrier, "rule_separation": separation, "rule_braking_point": braking_point}


def _chart(x_label: str, y_label: str, x_most: float, y_most: float, curves: Sequence[Curve]) -> str:
    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + (RIGHT - LEFT) * x / x_most, BOTTOM - (BOTTOM - TOP) * y / y_most

    parts = [_line(LEFT, BOTTOM, RIGHT, BOTTOM, "#333"), _line(LEFT, TOP, LEFT, BOTTOM, "#333")]
    for tick in range(1, 6):
        (x, _), (_, y) = at(x_most * tick / 5, 0.0), at(0.0, y_most * tick / 5)
        parts += [_line(x, TOP, x, BOTTOM, "#ddd"), _text(x, BOTTOM + 16, f"{x_most * tick / 5:.2g}", "middle")]
        parts += [_line(LEFT, y, RIGHT, y, "#ddd"), _text(LEFT - 6, y + 4, f"{y_most * tick / 5:.2g}", "end")]
    parts += [_text((LEFT + RIGHT) / 2, HEIGHT - 8, x_label, "middle"), _text(LEFT, TOP - 8, y_label, "middle")]
    for number, (colour, name, points) in enumerate(curves):
        inside = [at(x, y) for x, y in points if 0.0 <= x <= x_most and y <= y_most]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in inside)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        y = TOP + 16 + 18 * number
        parts += [_line(LEFT + 16, y - 4, LEFT + 40, y - 4, colour), _text(LEFT + 46, y, name, "start")]
    return _svg(parts)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


def _svg(parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
    return "\n".join(
        [f'{head} font-size="12">', '<rect width="100%" height="100%" fill="#fff"/>', *parts, "</svg>", ""]
    )
