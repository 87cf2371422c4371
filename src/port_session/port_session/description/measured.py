"""Measured stops beside a robot's profile, as `port evidence stops --feed` writes them. They only ever add.

The gate takes the worst of what the profile says and what was measured, so a file here lets a robot be no nearer to
people than its profile does.
"""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, structs

from port_ros.file_kind import not_a_file
from port_ros.misfit import Misfit
from port_session.description.errors import DescriptionError
from port_session.description.load import load
from port_session.description.part import Part
from port_session.description.robot import Robot
from port_session.description.values import Name, Speed


class MeasuredStops(Part, frozen=True):
    """Pairs of start speed and way until standstill. logs: SHA-256 of the last line of each stop log they come from."""

    robot: Name
    logs: tuple[str, ...]
    measured_stop_mps: tuple[Speed, ...]
    measured_stop_m: tuple[Annotated[float, Meta(gt=0.0, le=100.0)], ...]

    def __post_init__(self) -> None:
        if len(self.measured_stop_mps) != len(self.measured_stop_m):
            raise Misfit("measured_stop_m", f"expected a way for each of the {len(self.measured_stop_mps)} speeds")


def with_measured(robot: Robot, file: Path) -> Robot:
    """The robot of `file` with the stops of its `stop.measured_file` behind those that it names itself."""
    stop = robot.stop
    if not stop.measured_file:
        return robot
    path = file.parent / stop.measured_file
    if problem := not_a_file(path):
        remedy = "`port evidence stops --feed` writes it, or leave this out"
        raise DescriptionError(file, "stop.measured_file", f"{path}: {problem}; {remedy}")
    found = load(path, MeasuredStops)
    if found.robot != robot.name:
        raise DescriptionError(path, "robot", f"expected {robot.name}, got {found.robot}")
    return structs.replace(
        robot,
        stop=structs.replace(
            stop,
            measured_stop_mps=stop.measured_stop_mps + found.measured_stop_mps,
            measured_stop_m=stop.measured_stop_m + found.measured_stop_m,
        ),
    )
