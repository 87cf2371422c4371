"""The gate under any sequence of inputs: what must always hold."""

import math

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from port_safety.core import asks
from port_safety.core.machine import MOVING, State
from port_safety.core.motion import ZERO, Motion
from port_safety.core.reading import Alive, ClockStep, Estop, Occupancy, Odometry, Pose, Publishers
from port_safety.core.rules.acceleration import STEP_S
from tests.gate_bench import Bench

numbers = st.one_of(st.floats(-3.0, 12.0), st.sampled_from([0.0, math.nan, math.inf, -math.inf, 1e308, 5e-324]))
speeds = st.one_of(st.floats(-2.0, 2.0), st.sampled_from([0.0, 0.0, 0.0, math.nan, math.inf]))
estops = st.builds(Estop, st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans())
names = st.sampled_from(["a", "b", ""])


class GateMachine(RuleBasedStateMachine):
    """Drives a gate with anything, and holds every output against the promises."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(obeys=False)
        self.epoch = 0
        self.passed, self.looked_ns = ZERO, self.bench.now_ns
        self.stop_id = ""
        self.causes: list[tuple[str, str]] = []

    @rule()
    def healthy_second(self) -> None:
        """Everything is well for a while, so that sequences get deep."""
        self.bench = self.bench
        self.bench.estop, self.bench.plate = Estop(True, True, False, True), Alive()
        self.bench.pose, self.bench.odometry = Pose(1.0, 0.0, 0.0), Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        self.bench.occupancy, self.bench.request = Occupancy(frozenset()), ZERO
        self.bench.publishers, self.bench.clock_step = Publishers(), ClockStep()
        self.bench.turn(1.2)

    @rule(vx=st.floats(-1.5, 1.5), wz=st.floats(-1.5, 1.5), seconds=st.sampled_from([0.1, 0.4]))
    def drives(self, vx: float, wz: float, seconds: float) -> None:
        """Everything that it takes to move, so that sequences meet a robot that does."""
        self.healthy_second()
        gate = self.bench.gate
        asks.reset(gate, gate.course.event_id, "officer", self.bench.now_ns)
        asks.arm(gate, "tester", self.bench.now_ns)
        self.bench.turn(0.05)
        self.bench.obeys, self.bench.request = True, Motion(vx, 0.0, wz)
        self.bench.turn(seconds)
        self.bench.obeys = False

    @rule(estop=st.none() | estops)
    def estop(self, estop: Estop | None) -> None:
        self.bench.estop = estop

    @rule(x=numbers, y=numbers, yaw=numbers)
    def pose(self, x: float, y: float, yaw: float) -> None:
        self.bench.pose = Pose(x, y, yaw)

    @rule(v=speeds, w=speeds)
    def odometry(self, v: float, w: float) -> None:
        self.bench.odometry = Odometry(0.0, 0.0, 0.0, v, 0.0, w)

    @rule(occupied=st.booleans(), valid=st.booleans(), people=st.lists(st.tuples(numbers, numbers), max_size=3))
    def occupancy(self, occupied: bool, valid: bool, people: list[tuple[float, float]]) -> None:
        self.bench.occupancy = Occupancy(frozenset({"crossing"} if occupied else ()), valid, "", tuple(people))

    @rule(foreign=st.sampled_from([(), (), ("/x/other",)]), step_s=st.sampled_from([0.0, 0.0, 0.5, math.nan]))
    def watch(self, foreign: tuple[str, ...], step_s: float) -> None:
        self.bench.publishers, self.bench.clock_step = Publishers(foreign), ClockStep(step_s)

    @rule(vx=speeds, vy=speeds, wz=speeds)
    def request(self, vx: float, vy: float, wz: float) -> None:
        self.bench.request = Motion(vx, vy, wz)

    @rule()
    def arm(self) -> None:
        before = self.bench.gate.state
        answer = asks.arm(self.bench.gate, "tester", self.bench.now_ns)
        assert answer.accepted == (before is State.STANDBY and self.bench.gate.state is State.RUN)

    @rule(by=names, emergency=st.booleans())
    def request_stop(self, by: str, emergency: bool) -> None:
        asks.stop(self.bench.gate, by, "", emergency, self.bench.now_ns)

    @rule(right=st.booleans())
    def reset(self, right: bool) -> None:
        gate = self.bench.gate
        before = gate.state
        accepted = asks.reset(gate, gate.course.event_id if right else "other", "officer", self.bench.now_ns).accepted
        if accepted:
            assert right and before in (State.STOPPED, State.RESET_READY)
            assert gate.state is State.STANDBY and gate.meter.stands(self.bench.now_ns)

    @rule(
        seconds=st.sampled_from([0.005, 0.02, 0.1, 0.4]),
        lost=st.sampled_from(["", "estop", "pose", "odometry", "plate", "publishers"]),
    )
    def time_passes(self, seconds: float, lost: str) -> None:
        kept = getattr(self.bench, lost) if lost else None
        if lost:
            setattr(self.bench, lost, None)
        self.bench.turn(seconds)
        if lost:
            setattr(self.bench, lost, kept)

    @rule()
    def tick(self) -> None:
        self.bench.turn()

    @invariant()
    def motion_leaves_only_when_moving_or_braking(self) -> None:
        gate = self.bench.gate
        if gate.state not in MOVING and gate.state is not State.STOPPING:
            assert gate.output.command == ZERO and not gate.output.enable

    @invariant()
    def output_is_finite_never_more_than_asked_and_never_the_other_way(self) -> None:
        gate = self.bench.gate
        assert not gate.output.command.fault
        if gate.state in MOVING:
            for name in ("vx", "vy", "wz"):
                asked, passed = getattr(gate.requested, name), getattr(gate.output.command, name)
                assert abs(passed) <= abs(asked) and asked * passed >= 0.0

    @invariant()
    def power_that_was_cut_stays_cut_until_the_stop_ends(self) -> None:
        gate = self.bench.gate
        if gate.stop is not None and any(verdict.cuts for verdict in gate.stop.causes.values()):
            assert not gate.output.enable

    @invariant()
    def nothing_rises_faster_than_the_profile(self) -> None:
        """From what had passed at the last look: by a·t, and by the one step that a pause allows."""
        gate = self.bench.gate
        elapsed_s = (self.bench.now_ns - self.looked_ns) / 1e9 + STEP_S
        if gate.state in MOVING:
            passed = gate.output.command
            assert passed.speed_mps <= self.passed.speed_mps + 2.0 * elapsed_s + 1e-6
            assert abs(passed.wz) <= abs(self.passed.wz) + 4.0 * elapsed_s + 1e-6
        self.passed, self.looked_ns = gate.output.command, self.bench.now_ns

    @invariant()
    def epoch_rises_and_a_stop_keeps_its_causes(self) -> None:
        gate = self.bench.gate
        assert gate.course.epoch >= self.epoch
        self.epoch = gate.course.epoch
        if gate.stop is None or gate.stop.event_id != self.stop_id:
            self.causes = []
        if gate.stop is not None:
            keys = list(gate.stop.causes)
            assert keys[: len(self.causes)] == self.causes and keys
            self.stop_id, self.causes = gate.stop.event_id, keys

    @invariant()
    def an_objection_is_never_passed_over(self) -> None:
        gate = self.bench.gate
        if any(verdict.stops for verdict in gate.verdicts):
            assert gate.state not in MOVING

    @invariant()
    def the_reason_is_never_empty(self) -> None:
        assert self.bench.gate.reason


GateMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=100, deadline=None)
TestGateInvariants = GateMachine.TestCase
