"""Pictures of a session for tests of the operator's view, at the time NOW_S; everything in them is fresh and well."""

from dataclasses import replace
from typing import Any

from port_session.view.picture import GateHeard, PartHeard, Picture, SessionHeard

NOW_S = 1000.0
REQUIRED = ("estop station_1", "force_plate left", "camera overhead", "gate", "recorder")

#: State of the gate → what it says then.
GATE = {
    "INIT": ("the robot is not measured to stand", "mend what is named above; the gate gets ready by itself"),
    "STANDBY": ("ready, not armed", "make sure that nobody is near the robot, then arm"),
    "RUN": ("commands pass", ""),
    "REDUCED": ("speed: zone crossing", ""),
    "STOPPING": ("estop station_1: pressed", "wait until the robot stands"),
    "STOPPED": ("estop station_1: pressed", "before a reset: estop station_1: pressed"),
    "RESET_READY": (
        "estop station_1: pressed", "make sure that nobody is near the robot, then press reset at the station",
    ),
    "RECOVER": ("led by li.wei", "hold on until the robot is out; let go to stop"),
    "FAULT": ("a rule failed", "end the session and start it again"),
}  # fmt: skip


def session(state: str, **others: Any) -> SessionHeard:
    """Of a trial of three runs; whatever else is said of it in `others`."""
    told = {"robot": "sim_wheeled", "team": "blue", "trial": "lane_drive", "runs_asked": 3, "timeout_s": 60.0, **others}
    return SessionHeard(state, NOW_S - 0.2, **told)


def gate(state: str, reason: str | None = None, remedy: str | None = None) -> GateHeard:
    """In this state, with what a gate says then, if nothing else is given."""
    usual = GATE.get(state, ("", ""))
    return GateHeard(
        state, NOW_S - 0.02, usual[0] if reason is None else reason, usual[1] if remedy is None else remedy
    )


def picture(state: str = "RUNNING", of_gate: str = "RUN", **of_session: Any) -> Picture:
    """A session of this state beside such a gate."""
    parts = {name: PartHeard("ok", NOW_S - 0.5, "as it should be") for name in REQUIRED}
    return Picture("demo", NOW_S - 60.0, REQUIRED, session(state, **of_session), gate(of_gate), parts)


def with_part(of: Picture, name: str, level: str, message: str = "", remedy: str = "", age_s: float = 0.5) -> Picture:
    """The same, but for one part."""
    return replace(of, parts={**of.parts, name: PartHeard(level, NOW_S - age_s, message, remedy)})
