"""What a session left behind, as plain values: the input of verdict, plots and page. No files and no verdict in here.

Stamps are system clock, nanoseconds; series are seconds from `Evidence.origin_ns`.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from port_session.recorder.clock import Clock
from port_session.report.accounts import Account
from port_session.report.stop_log import StopLog
from port_session.trials.run_data import Poses

Series = npt.NDArray[np.float64]


def empty() -> Series:
    return np.empty(0)


@dataclass(frozen=True)
class Cause:
    """Why the gate stopped the robot; value and limit are None where there was nothing to measure."""

    rule: str
    source: str
    severity: str
    reason: str
    value: float | None
    limit: float | None
    unit: str


@dataclass(frozen=True)
class Stop:
    """One stop. Figures are None where the gate did not give them. stands: the robot was seen to stand still."""

    event_id: str
    stamp_ns: int
    causes: tuple[Cause, ...]
    latency_ms: float | None
    distance_m: float | None
    travel_after_zero_m: float | None
    duration_s: float | None
    stands: bool


@dataclass(frozen=True)
class Reset:
    """One attempt to end a stop."""

    stamp_ns: int
    accepted: bool
    reason: str
    by: str
    event_id: str


@dataclass(frozen=True)
class Change:
    """A state entered. name: as the constants of the state message are called."""

    stamp_ns: int
    name: str


@dataclass(frozen=True)
class Step:
    """One command to the session, or a stop it followed."""

    stamp_ns: int
    command: str
    before: str
    after: str
    accepted: bool
    reason: str
    by: str


@dataclass(frozen=True)
class Stream:
    """A recorded topic: messages in the file, messages counted as lost."""

    topic: str
    type_name: str
    recorded: int
    lost: int


@dataclass(frozen=True)
class DataFile:
    """One file of the evidence."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Motion:
    """The gate's view over time: m, m/s; NaN where unknown. limit_mps: the lowest speed limit in force."""

    time_s: Series = field(default_factory=empty)
    requested_mps: Series = field(default_factory=empty)
    passed_mps: Series = field(default_factory=empty)
    speed_mps: Series = field(default_factory=empty)
    limit_mps: Series = field(default_factory=empty)
    x_m: Series = field(default_factory=empty)
    y_m: Series = field(default_factory=empty)


@dataclass(frozen=True)
class Plate:
    """Vertical force of one plate. force_n: NaN where samples are missing, invalid or saturated.

    remarks: what the time axis does not show as it was.
    """

    name: str
    rate_hz: float
    time_s: Series
    force_n: Series
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """Everything the report is made from. ground_truth: of a simulated ground, what happened to a robot with legs.

    recordings: by name what is wrong with it, empty if it is whole. locked: by name why no key opens it. clock: the
    edge's over the recordings; where it was set, times run on. facility: what is there of each plate, and how many
    events of the stop log are not; empty if nobody looked. admission: the looks at which the robot was admitted or
    refused. description: the session's files as `port up` understood them. unreadable: what of the files could not be
    read, and why, a line each.
    """

    session: dict[str, Any]
    ground: dict[str, Any]
    origin_ns: int
    end_ns: int
    gate_states: tuple[Change, ...]
    steps: tuple[Step, ...]
    stops: tuple[Stop, ...]
    resets: tuple[Reset, ...]
    missing_events: int
    motion: Motion
    poses: Poses
    plates: tuple[Plate, ...]
    streams: tuple[Stream, ...]
    recordings: dict[str, str]
    devices: tuple[Account, ...]
    mqtt: dict[str, int | None]
    exit_codes: dict[str, int]
    orphans: int
    files: tuple[DataFile, ...]
    envelope_hash: str = ""
    stop_log: StopLog | None = None
    ground_truth: dict[str, Any] | None = None
    clock: Clock = field(default_factory=Clock)
    facility: dict[str, Any] = field(default_factory=dict)
    admission: dict[str, Any] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    locked: dict[str, str] = field(default_factory=dict)
    description: dict[str, Any] = field(default_factory=dict)

    def seconds(self, stamp_ns: int) -> float:
        """A stamp as seconds from the start of the evidence."""
        return (self.clock.time_ns(stamp_ns) - self.clock.time_ns(self.origin_ns)) / 1e9
