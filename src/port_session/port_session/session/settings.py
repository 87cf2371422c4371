"""What a session node is told about its session, validated once; and what its session.json says."""

from typing import Any

import msgspec

from port_ros.parameters import convert
from port_session.description.expectations import Stream
from port_session.session.goal import Goal
from port_session.session.log import event_document
from port_session.session.machine import Session

#: Parameters that say nothing about the session itself.
_NOT_TOLD = ("out", "session_key_file", "command_out", "streams", "joints", "joint_states")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of the session node.

    required: names of the diagnostics that must be ok for admission; streams: what must flow; command_out: the robot's
    command topic. goal_m: x, y in frame ground; goal_rad: of an arm, whose joints are told on joint_states. out: folder
    of the evidence. session_key_file: by its key the gate knows who arms it. runs: how many that count the trial asks
    for; timeout_s: of each. people: names by what they are in this session. These, the device lists and the broker's
    address are only passed on into session.json.
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
    runs: int = 1
    people: dict[str, str] = {}
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
        if self.runs < 1:
            raise ValueError(f"runs: {self.runs} must be 1 or more")
        if not self.session or not self.out:
            raise ValueError("session and out must not be empty")

    def goal(self) -> Goal:
        """The goal of the trial, of an arm in its joints, before anybody has looked for it."""
        if self.goal_rad:
            return Goal(self.goal_rad, self.tolerance_rad, in_joints=True)
        return Goal(self.goal_m, self.tolerance_m)

    def overtime(self, running_s: float) -> str:
        """Why a run that has lasted for so long is over; empty while it is not, or if it has no time limit."""
        if not self.timeout_s or running_s <= self.timeout_s:
            return ""
        return f"the run's {self.timeout_s:g} s are over"


def read(tree: dict[str, Any]) -> Settings:
    """The node's settings. Raises ParameterError."""
    return convert(tree, Settings)


def document(settings: Settings, session: Session, **more: Any) -> dict[str, Any]:
    """The content of session.json."""
    identity = {key: value for key, value in msgspec.to_builtins(settings).items() if key not in _NOT_TOLD}
    identity["runs_asked"] = identity.pop("runs")
    history = [event_document(event) for event in session.history]
    return {**identity, "state": session.state.name, "run": session.run, "history": history, **more}


def runs_document(session: Session, outcomes: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """The runs for session.json. outcomes: by number of the run, what the robot reached in it."""
    return [
        {
            "number": run.number, "began_ns": run.began_ns, "ended_ns": run.ended_ns,
            "running_s": run.running_ns / 1e9, "counts": run.counts, "void": run.void,
            "outcome": outcomes.get(run.number, {}),
        }
        for run in session.runs
    ]  # fmt: skip
