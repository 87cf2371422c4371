"""What a session node is told about its session, validated once; and what its session.json says."""

from typing import Any

import msgspec

from port_ros.parameters import convert
from port_session.description.expectations import Stream
from port_session.session.machine import Session

#: Parameters that say nothing about the session itself.
_NOT_TOLD = ("out", "session_key_file", "command_out", "streams", "joints", "joint_states")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of the session node.

    required: names of the diagnostics that must be ok for admission; streams: what must flow; command_out: the robot's
    command topic. goal_m: x, y in frame ground; goal_rad: of an arm, whose joints are told on joint_states. out: folder
    of the evidence. session_key_file: by its key the gate knows who arms it. Device lists and the broker's address are
    only passed on into session.json.
    """

    session: str
    robot: str
    team: str
    ground: str
    trial: str
    kind: str
    out: str
    session_key_file: str
    command_out: str
    streams: dict[str, Stream]
    site: str = ""
    edge: str = ""
    required: list[str] = []
    goal_m: list[float] = []
    tolerance_m: float = 0.3
    goal_rad: list[float] = []
    tolerance_rad: float = 0.05
    joints: list[str] = []
    joint_states: str = ""
    timeout_s: float = 0.0
    mqtt_host: str = ""
    mqtt_port: int = 0
    plates: list[str] = []
    estops: list[str] = []
    cameras: list[str] = []

    def __post_init__(self) -> None:
        if len(self.goal_m) not in (0, 2):
            raise ValueError(f"goal_m: needs x and y, got {self.goal_m}")
        if len(self.goal_rad) not in (0, len(self.joints)):
            raise ValueError(f"goal_rad: needs a number for each of the {len(self.joints)} joints, got {self.goal_rad}")
        if not self.tolerance_rad > 0:
            raise ValueError(f"tolerance_rad: {self.tolerance_rad} must be above 0")
        if not (self.tolerance_m > 0 and self.timeout_s >= 0):
            raise ValueError(f"tolerance_m {self.tolerance_m} must be above 0 and timeout_s {self.timeout_s} not below")
        if not self.session or not self.out:
            raise ValueError("session and out must not be empty")

    def overtime(self, running_s: float) -> str:
        """Why a trial that has run for so long is over; empty while it is not, or if it has no time limit."""
        if not self.timeout_s or running_s <= self.timeout_s:
            return ""
        return f"the trial's {self.timeout_s:g} s are over"


def read(tree: dict[str, Any]) -> Settings:
    """The node's settings. Raises ParameterError."""
    return convert(tree, Settings)


def document(settings: Settings, session: Session, **more: Any) -> dict[str, Any]:
    """The content of session.json."""
    identity = {key: value for key, value in msgspec.to_builtins(settings).items() if key not in _NOT_TOLD}
    history = [
        {
            "stamp_ns": event.stamp_ns, "sequence": event.sequence, "before": event.before.name,
            "after": event.after.name, "accepted": event.accepted, "command": event.command,
            "reason": event.reason, "by": event.by,
        }
        for event in session.history
    ]  # fmt: skip
    return {**identity, "state": session.state.name, "run": session.run, "history": history, **more}
