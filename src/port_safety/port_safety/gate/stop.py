"""One stop from its first cause to its end: what joins it, how the robot comes to rest, what a reset still lacks.

It ends by a reset, or by itself where every cause may. It answers in transitions; the gate alone applies them.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from port_safety.commands.command import Command
from port_safety.gate.events import EventKind, StopCost
from port_safety.gate.moment import Moment, Transition
from port_safety.gate.state_machine import State, Trigger
from port_safety.gate.stop_executor import StopExecutor
from port_safety.model.robot_model import RobotModel
from port_safety.model.stop_profiles import Stage
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.stop_start import StopStart

#: All causes must have been healthy for this long before a reset is accepted.
HEALTHY_FOR_NS = 500_000_000
#: A stop that may end by itself does so after this long without any objection.
CLEAR_AFTER_NS = 1_000_000_000
#: More causes than this are not kept, but for an emergency, which takes the place of the latest protective one; the
#: message that carries them holds as many.
MAX_CAUSES = 16


@dataclass
class Stop:
    """The stop in force of one robot. Causes are kept first to last; severity only rises.

    start: where it began; braking: the way to rest, from there or from the end of the last recovery. received_ns: when
    the reading that caused it arrived, None where its silence is the cause. published_ns: when the first output of this
    stop had left. stages: of the stop profile, each with when it was entered. stood: the robot has been seen to stand.
    self_clearing: every cause so far, kept or not, may end by itself.
    """

    event_id: str
    robot: RobotModel
    start: StopStart
    path_at_start_m: float = 0.0
    causes: dict[tuple[str, str], Verdict] = field(default_factory=dict)
    objecting: frozenset[tuple[str, str]] = frozenset()
    severity: Severity = Severity.PROTECTIVE_STOP
    healthy_since_ns: int | None = None
    latency_ms: float = math.nan
    path_at_zero_m: float = math.nan
    received_ns: int | None = None
    published_ns: int | None = None
    stages: list[tuple[str, int]] = field(default_factory=list)
    stood: bool = False
    self_clearing: bool = True
    braking: StopExecutor = field(init=False)

    def __post_init__(self) -> None:
        self.brake_from(self.start)

    def brake_from(self, start: StopStart) -> None:
        """The robot is brought to rest from what it does at `start`."""
        self.braking = StopExecutor(self.robot, start)

    # --- one tick -----------------------------------------------------------------------------------------------------

    def begin(self, moment: Moment, received_ns: int | None) -> list[Transition]:
        """The first tick of this stop."""
        self.received_ns = received_ns
        causes = tuple(self.take(moment.objections, moment.now_ns))
        return [Transition(Trigger.STOP, causes[0].reason, EventKind.STOP, causes)]

    def go_on(self, moment: Moment) -> list[Transition]:
        """One tick of the stop in force."""
        steps = self.join(self.take(moment.objections, moment.now_ns))
        steps += self._standing(moment.after(steps))
        moment = moment.after(steps)
        return steps if moment.state is State.STOPPING else [*steps, *self._ending(moment)]

    def join(self, new: list[Verdict]) -> list[Transition]:
        """Later causes of the stop in force: kept, reported, and they void a reset that was possible."""
        if not new:
            return []
        return [Transition(Trigger.STOP, new[0].reason, EventKind.CAUSE_ADDED, tuple(new),
                           new_epoch=True, ends_overrides=True)]  # fmt: skip

    def _standing(self, moment: Moment) -> list[Transition]:
        """Standstill, at the last stage of the profile: tells once what the stop cost."""
        if moment.state is not State.STOPPING:
            return []
        self.stage(moment)
        if not (self.braking.progress.at_last and moment.seen.stands):
            return []
        self.note_stage("standing", moment.now_ns)
        reason = "the robot stands"
        if self.stood:
            return [Transition(Trigger.STANDSTILL, reason)]  # after a recovery: what the stop cost has been told
        self.stood = True
        cost = self.cost(moment.path_m, moment.now_ns)
        return [Transition(Trigger.STANDSTILL, reason, EventKind.STANDSTILL, tuple(self.causes.values()), cost=cost)]

    def _ending(self, moment: Moment) -> list[Transition]:
        """Whether it ends by itself now, may be reset, or what a reset lacks."""
        if moment.seen.stands and self.clears(moment.now_ns) and not moment.overridden:
            reason = "the cause is gone; this stop ends by itself"
            return [Transition(Trigger.CLEARED, reason, await_zero=True)]
        if lacking := self.reset_blocker(moment):
            return [Transition(Trigger.NOT_RESETTABLE, lacking)]
        if self.self_clearing and not moment.overridden:
            return []
        return [Transition(Trigger.RESETTABLE, "every condition of a reset holds")]

    def stage(self, moment: Moment) -> Stage:
        """The stage of its profile in which this stop is now."""
        return self.braking.stage(
            self.severity, self.removes_power, moment.speed_mps, moment.seen, moment.now_ns
        )  # fmt: skip

    def command(self, moment: Moment) -> tuple[Command, bool]:
        """What the robot is told now, and whether it keeps its power."""
        stage = self.stage(moment)
        self.note_stage(self.braking.progress.label, moment.now_ns)
        return self.braking.command(stage, moment.output, moment.now_ns), stage.enable

    def reset_blocker(self, moment: Moment) -> str:
        """The first condition of a reset that does not hold, in words; empty if all hold."""
        if moment.objections:
            return moment.objections[0].reason
        if not moment.seen.stands:
            return "the robot is not measured to stand"
        if moment.state is State.STOPPING:
            return "the stop is still being carried out"
        if moment.state is State.RECOVER:
            return "the robot is being led out"
        healthy_ns = self.healthy_for_ns(moment.now_ns)
        if healthy_ns < HEALTHY_FOR_NS:
            return f"every cause must be gone for {HEALTHY_FOR_NS / 1e9:.1f} s, it is {healthy_ns / 1e9:.1f} s"
        if moment.still_asks:
            return f"the robot's stack still requests {moment.still_asks}; it must request zero"
        return ""

    # --- its causes ---------------------------------------------------------------------------------------------------

    def take(self, objections: Iterable[Verdict], now_ns: int) -> list[Verdict]:
        """Note what objects now; returns the causes that are new or worse than before."""
        new = []
        keys = set()
        for verdict in objections:
            keys.add(verdict.key)
            self.self_clearing = self.self_clearing and verdict.self_clearing
            known = self.causes.get(verdict.key)
            if known is None and len(self.causes) >= MAX_CAUSES and not self._make_room(verdict):
                continue
            if known is None or verdict.severity > known.severity:
                self.causes[verdict.key] = verdict
                self.severity = max(self.severity, verdict.severity)
                new.append(verdict)
        self.objecting = frozenset(keys)
        if keys:
            self.healthy_since_ns = None
        elif self.healthy_since_ns is None:
            self.healthy_since_ns = now_ns
        return new

    def _make_room(self, verdict: Verdict) -> bool:
        """Whether there is room for one more: for an emergency, as long as not all others are."""
        _, *later = self.causes
        protective = [key for key in later if self.causes[key].severity < Severity.EMERGENCY_STOP]
        if verdict.severity < Severity.EMERGENCY_STOP or not protective:
            return False
        del self.causes[protective[-1]]
        return True

    @property
    def removes_power(self) -> bool:
        """Whether one of the causes takes the power at once; that stays so until the stop ends."""
        return any(verdict.removes_power for verdict in self.causes.values())

    def healthy_for_ns(self, now_ns: int) -> int:
        """How long nothing has objected; 0 while something does."""
        return 0 if self.healthy_since_ns is None else now_ns - self.healthy_since_ns

    def clears(self, now_ns: int) -> bool:
        """Whether it may end by itself now."""
        return self.self_clearing and self.healthy_for_ns(now_ns) >= CLEAR_AFTER_NS

    # --- what it cost -------------------------------------------------------------------------------------------------

    def note_published(self, now_ns: int) -> None:
        """The first output of this stop has left the gate: its latency counts from the reading that caused it."""
        first = next(iter(self.causes.values()))
        if self.published_ns is None:
            self.published_ns = now_ns
        if math.isnan(self.latency_ms) and first.stamp_ns:
            self.latency_ms = (now_ns - first.stamp_ns) / 1e6

    def note_stage(self, name: str, now_ns: int) -> None:
        """The stop profile is at this stage."""
        if not self.stages or self.stages[-1][0] != name:
            self.stages.append((name, now_ns))

    def note_zero(self, path_m: float) -> None:
        """The command is zero; what the robot travels from here on is its own."""
        if math.isnan(self.path_at_zero_m):
            self.path_at_zero_m = path_m

    def cost(self, path_m: float, now_ns: int) -> StopCost:
        """What it has cost until now; `path_m`: how far the robot has come since the gate began."""
        return StopCost(
            self.latency_ms, path_m - self.path_at_start_m, path_m - self.path_at_zero_m,
            (now_ns - self.start.at_ns) / 1e9,
        )  # fmt: skip
