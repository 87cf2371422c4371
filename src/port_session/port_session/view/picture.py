"""What is known of a session at one moment, and when each part of it was heard. Frozen values, made by the feed.

Times `…_s` are of a monotonic clock, stamps `…_ns` of the system clock. It must not look at clocks, files or ROS, and
nothing in it decides: what is not heard any more keeps its last word, and its age tells that it is old.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from port_ros.session_states import State

#: Status of what is neither fine nor wrong; the others are those of port_dashboard.state.words.
PLAIN = "plain"

#: The session tells its state twice a second, the gate 20 times: what is older than this is not so any more.
STALE_S = 1.0

#: Diagnostics come once a second: three that are missing make a part silent.
PART_STALE_S = 3.0


@dataclass(frozen=True)
class SessionHeard:
    """The session as it told of itself last. state: by name; running_s: of the newest run; timeout_s: 0, no limit."""

    state: str
    heard_s: float
    robot: str = ""
    team: str = ""
    trial: str = ""
    reason: str = ""
    run: int = 0
    run_open: bool = False
    runs_counting: int = 0
    runs_asked: int = 1
    running_s: float = 0.0
    timeout_s: float = 0.0
    next_steps: tuple[str, ...] = ()

    @property
    def known(self) -> State | None:
        """Its state, None where this version of port knows no such one."""
        return State.__members__.get(self.state)

    @property
    def runs_left(self) -> int:
        """How many the trial asks for beyond those that count and the open one."""
        return max(0, self.runs_asked - self.runs_counting - self.run_open)

    @property
    def overtime(self) -> bool:
        """Whether the open run has used up its time."""
        return self.run_open and self.timeout_s > 0 and self.running_s >= self.timeout_s


@dataclass(frozen=True)
class GateHeard:
    """The safety gate as it told of itself last. state: by name."""

    state: str
    heard_s: float
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class PartHeard:
    """The latest diagnostics of one part. level: ok, warn, error or stale."""

    level: str
    heard_s: float
    message: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Happened:
    """One thing that happened: a step of the session, or a stop."""

    stamp_ns: int
    status: str
    text: str


@dataclass(frozen=True)
class Asked:
    """A step that was asked for and is not answered yet."""

    step: str
    at_s: float


class Outcome(Enum):
    """What came of a step. Where nobody answered, nothing is known of it; the view does not ask for what cannot be."""

    DONE = "done"
    REFUSED = "refused"
    SILENT = "nobody answered"
    NOT_ASKED = "not asked"


@dataclass(frozen=True)
class Answer:
    """What came of a step, and why; of one that was refused with its remedy."""

    step: str
    outcome: Outcome
    text: str
    at_s: float


@dataclass(frozen=True)
class Picture:
    """Everything that the view shows. required: the parts that must be ready; gone: the session's processes ended.

    problem: what the view itself cannot do; empty if nothing is wrong with it.
    """

    name: str
    began_s: float
    required: tuple[str, ...] = ()
    session: SessionHeard | None = None
    gate: GateHeard | None = None
    parts: Mapping[str, PartHeard] = field(default_factory=dict)
    events: tuple[Happened, ...] = ()
    asked: tuple[Asked, ...] = ()
    answer: Answer | None = None
    gone: bool = False
    problem: str = ""


def heard_at(now_s: float, now_ns: int, stamp_ns: int) -> float:
    """When a message that arrives now was true: it may have waited at its sender, or here while the view was stopped.

    stamp_ns: the sender's, 0 if it has none. A stamp in the future makes nothing fresher than its arrival.
    """
    return now_s - max(0, now_ns - stamp_ns) / 1e9 if stamp_ns else now_s


def fresh(heard: SessionHeard | GateHeard | None, now_s: float) -> bool:
    """Whether it was heard within the last second."""
    return heard is not None and now_s - heard.heard_s < STALE_S


def silence(heard: SessionHeard | GateHeard | None, now_s: float) -> str:
    """How long it has not been heard, in words; empty while it is fresh."""
    if heard is None:
        return "not heard yet"
    return "" if fresh(heard, now_s) else f"not heard for {duration(now_s - heard.heard_s)}"


def duration(seconds: float) -> str:
    """Whole seconds, or minutes where these would be many."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def part_state(picture: Picture, name: str, now_s: float) -> str:
    """ok, warn, error or silent; waiting, where the view has not listened long enough to call a part silent."""
    part = picture.parts.get(name)
    if part is None:
        return "waiting" if now_s - picture.began_s < PART_STALE_S else "silent"
    if now_s - part.heard_s >= PART_STALE_S or part.level == "stale":
        return "silent"
    return part.level if part.level in ("ok", "warn") else "error"


def part_words(picture: Picture, name: str, now_s: float) -> tuple[str, str]:
    """What the part says and what mends it. Of one that is silent: for how long, and what it said last."""
    part, state = picture.parts.get(name), part_state(picture, name, now_s)
    if part is None:
        return ("not heard yet", "") if state == "waiting" else ("never heard", "see whether it runs: port check")
    if now_s - part.heard_s >= PART_STALE_S:
        said = f"; it said: {part.message}" if part.message else ""
        return f"not heard for {duration(now_s - part.heard_s)}{said}", "see whether it runs: port check"
    return part.message, part.remedy


def worst_part(picture: Picture, now_s: float) -> str:
    """The name of the first part that keeps a robot from being ready; empty if there is none."""
    states = {name: part_state(picture, name, now_s) for name in picture.required}
    wrong = [name for state in ("error", "silent") for name in picture.required if states[name] == state]
    return wrong[0] if wrong else ""
