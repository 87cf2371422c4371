"""The shape of a trial file.

Every value is frozen and refuses to be born wrong. Cross-checks between files are made in `resolve`.
"""

from typing import Annotated

from msgspec import Meta

from port_session.description.part import Part
from port_session.description.values import (
    Corner,
    Kind,
    Metres,
    Name,
)


class Trial(Part, frozen=True):
    """What the robot is to do. goal_m in frame ground; start_pose: x, y in m and yaw in rad."""

    name: Name
    kind: Kind
    goal_m: Corner
    tolerance_m: Annotated[float, Meta(gt=0.0, le=10.0)]
    timeout_s: Annotated[float, Meta(gt=0.0, le=86_400.0)]
    start_pose: tuple[Metres, Metres, float] = (0.0, 0.0, 0.0)
