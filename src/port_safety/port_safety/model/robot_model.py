"""The robot as its profile describes it: what the rules, the stop profile and the meter need to know of it."""

from dataclasses import dataclass

from port_safety.model.braking_model import BrakingModel
from port_safety.model.joints import Joints
from port_safety.model.readings import Pose


@dataclass(frozen=True, slots=True)
class RobotModel:
    """The robot's figures from its profile. Lengths in m, speeds in m/s and rad/s.

    ramp_s, settle_s, damp_s: how long the stages of its stop profile may take (stop_profiles.py). settled_height_m: how
    high its body is when it has settled. joints: of a robot that is commanded by joints. base: where the base of one
    that stands fixed is, frame ground; None: nobody has said, or it moves.
    """

    name: str
    kind: str
    speed_mps: float
    yaw_rate_radps: float
    braking: BrakingModel
    footprint_radius_m: float
    ramp_s: float
    settle_s: float = 0.0
    damp_s: float = 0.0
    settled_height_m: float = 0.0
    joints: Joints | None = None
    base: Pose | None = None

    def __post_init__(self) -> None:
        if self.measured_by_joints and self.joints is None:
            raise ValueError("joints: an arm is measured by its joints; name them")
        for name in ("speed_mps", "yaw_rate_radps", "footprint_radius_m", "ramp_s"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name}: {getattr(self, name)} must be above 0")

    @property
    def is_fixed(self) -> bool:
        """Whether its base stays where it is: only its joints move it."""
        return self.kind == "arm"

    @property
    def measured_by_joints(self) -> bool:
        """Whether its joints tell if it stands; of all others the odometry does."""
        return self.is_fixed

    @property
    def radius_m(self) -> float:
        """How far from its place (its base, if that is fixed) any part of it may be, on the floor's plan."""
        if self.is_fixed and self.joints is not None:
            return max(self.footprint_radius_m, self.joints.reach_m)
        return self.footprint_radius_m
