"""Gates in RUN: one whose only rule says what it is told to, and the bench of a whole one in steps of 50 ms."""

from port_safety.commands.twist import ZERO
from port_safety.gate import operator_commands
from port_safety.gate.gate import Gate
from port_safety.gate.state_machine import State
from port_safety.model.readings import Odometry, Pose
from port_safety.model.standstill import STILL_FOR_NS
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.envelope import Envelope
from tests.gate_bench import ROBOT, Bench

S = 1_000_000_000
NOW = 5 * S
STILL = Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
STEP_S = 0.05
STEP_NS = 50_000_000
MS = 1_000_000
OVER_THE_EDGE = Pose(10.8, 0.0, 0.0)
IN_THE_CROSSING = Pose(5.0, 0.0, 0.0)


class Says:
    """A rule that says what it was told to."""

    def __init__(self) -> None:
        self.words: list[Verdict] = []

    def judge(self, view: RuleContext) -> list[Verdict]:
        return self.words


class Sees(Says):
    """A rule that says nothing and notes since when what is asked for has been asked."""

    asked_ns: int | None = None

    def judge(self, view: RuleContext) -> list[Verdict]:
        self.asked_ns = view.request_received_ns
        return []


def running(rule: Says | None = None) -> Gate:
    """A gate in RUN at NOW, of which nothing is asked."""
    gate = Gate("t", ROBOT, Envelope({} if rule is None else {"says": rule}, "hash"))
    for at_ns in (NOW - STILL_FOR_NS, NOW):
        gate.update("odometry", STILL, at_ns, at_ns)
    gate.tick(NOW)
    assert operator_commands.arm(gate, "anna", NOW).accepted
    assert gate.request(ZERO, NOW).command == ZERO and gate.state is State.RUN
    gate.take_events()
    return gate


def limit(source: str, scale: float, scale_angular: float) -> Verdict:
    return Verdict(Severity.LIMIT, "says", source, f"why {source}", scale=scale, scale_angular=scale_angular)


def bench_in_run() -> Bench:
    """A gate in RUN of which nothing is asked."""
    made = Bench(tick_ns=STEP_NS).run()
    made.kinds()
    return made


def stopped_bench(reason: str = "why") -> Bench:
    """Stopped by anna, and standing."""
    made = bench_in_run()
    operator_commands.stop(made.gate, "anna", reason, False, made.now_ns)
    made.turn(STEP_S)
    assert made.gate.state is State.STOPPED
    return made


def reset_blocker(made: Bench) -> str:
    """What a reset still lacks, in words."""
    return made.gate.reset_blocker(made.now_ns)


def bench_over_the_edge() -> Bench:
    """Stopped because it was found over the edge of its lane."""
    made = bench_in_run()
    made.pose = OVER_THE_EDGE
    made.turn(0.5)
    assert made.gate.state is State.STOPPED
    made.kinds()
    return made
