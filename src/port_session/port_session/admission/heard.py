"""What a robot said of itself, what the ground saw of it, and what the gate said to it, in one look. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from port_safety.model.track import Place


@dataclass(frozen=True, slots=True)
class OdometrySample:
    """One message of odometry. stamp_ns: system clock. velocity: ahead, to the left (m/s), turning (rad/s).

    fault: why the gate would not take its numbers. covariance: the 36 numbers of the pose, then those of the twist.
    """

    stamp_ns: int
    frame: str
    child_frame: str
    place: Place
    velocity: Place
    fault: str = ""
    covariance: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class PoseSample:
    """Where the ground saw the robot, frame ground."""

    stamp_ns: int
    place: Place


@dataclass(frozen=True, slots=True)
class JointSample:
    """Positions (rad) and velocities (rad/s) as they were told, by the names beside them; fault: as of odometry."""

    stamp_ns: int
    names: tuple[str, ...]
    positions: tuple[float, ...]
    velocities: tuple[float, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class GateSample:
    """What the gate said of itself. asked, passed: the twist that was asked for and that was let through.

    asked_mps, passed_mps: the fastest point of the robot by them. open: whether commands may pass.
    """

    stamp_ns: int
    open: bool
    asked: Place = (0.0, 0.0, 0.0)
    passed: Place = (0.0, 0.0, 0.0)
    asked_mps: float = 0.0
    passed_mps: float = 0.0


@dataclass(frozen=True)
class Heard:
    """Everything, oldest first. request_faults: of requests that the gate would not take, each once."""

    odometry: Sequence[OdometrySample] = ()
    poses: Sequence[PoseSample] = ()
    joints: Sequence[JointSample] = ()
    gate: Sequence[GateSample] = ()
    request_faults: Sequence[str] = ()
