"""A robot driven at an edge at full speed ends before it, slowed and never stopped, whatever its latency and brakes."""

from dataclasses import replace
from typing import Any

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate.gate import Gate
from port_safety.gate.state_machine import State
from port_safety.model.braking_model import BrakingModel
from port_safety.rules.registry import make_envelope
from port_safety.rules.rule_type import Site
from port_sim.robots.wheeled import Limits
from port_sim.robots.wheeled import Motion as Place
from tests.closed_loop import LOOKOUT, STATION, Camera, ClosedLoop
from tests.gate_bench import BLOCKS, ROBOT

EDGE_M, MARGIN_M = 4.0, 0.05
LATE = Camera(latency_s=0.12, rate_hz=15.0, noise_m=0.005)


def drive_at_the_edge(top_mps: float, latency_s: float, response_s: float, deceleration_mps2: float) -> ClosedLoop:
    """From standstill in the middle, at full speed, until it hardly moves any more."""
    braking = BrakingModel(latency_s, deceleration_mps2, response_s)
    robot = replace(ROBOT, speed_mps=top_mps, braking=braking)
    walls = [-9.0, -9.0, EDGE_M, -9.0, EDGE_M, 9.0, -9.0, 9.0]
    blocks: dict[str, Any] = {
        "input_timeout": BLOCKS["input_timeout"],
        "lane": {"type": "keep_in", "polygon_m": walls, "margin_m": MARGIN_M},
        "acceleration": {"type": "acceleration", "acceleration_mps2": 1.0, "yaw_acceleration_radps2": 4.0},
    }
    gate = Gate("t", robot, make_envelope(list(blocks), blocks, Site(robot, (STATION,), (), (LOOKOUT,))))
    physics = Limits(top_mps, 1.5, 1.0, deceleration_mps2, latency_s, response_s)
    loop = ClosedLoop(gate, physics, LATE, 1, start=Place(), plates=(), tick_s=0.01)
    while not loop.arm() and loop.now_s < 2.0:
        loop.step(ZERO)
    for _ in range(round(20.0 / loop.tick_s)):
        loop.step(Motion(top_mps) if loop.ticks > 150 else ZERO)
        assert gate.state in (State.RUN, State.REDUCED), gate.reason
        if loop.now_s > 4.0 and loop.robot.motion.v < 0.01:
            break
    return loop


@pytest.mark.parametrize(
    ("top_mps", "latency_s", "response_s", "deceleration_mps2"),
    [(1.5, 0.08, 0.1, 1.2), (3.0, 0.05, 0.1, 3.0), (0.5, 0.3, 0.3, 0.5), (2.0, 0.0, 0.02, 0.6), (1.5, 0.25, 0.2, 0.6)],
)
def test_a_robot_driven_at_the_edge_ends_before_it_without_a_stop(
    top_mps: float, latency_s: float, response_s: float, deceleration_mps2: float
) -> None:
    loop = drive_at_the_edge(top_mps, latency_s, response_s, deceleration_mps2)
    left_m = EDGE_M - ROBOT.footprint_radius_m - loop.robot.motion.x
    assert 0.0 < left_m < MARGIN_M + 0.15
