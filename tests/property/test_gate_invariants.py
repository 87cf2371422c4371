"""The gate under any sequence of inputs and of what people do: what must always hold (tests/property/promises.py).

10,000 steps by default; PORT_STEPS=100000 makes more of them (scripts/test long).
"""

import math
import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.state_machine import ARMED, MOTION_ALLOWED, State
from port_safety.model.readings import Alive, ClockStep, Estop, Occupancy, Odometry, Pose, Publishers
from port_safety.model.verdict import Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.envelope import Envelope
from tests.gate_bench import BLOCKS, RESET_HELD, Bench
from tests.property.promises import Promises

STEPS = int(os.environ.get("PORT_STEPS", "10000"))
A_RUN = 100

numbers = st.one_of(st.floats(-3.0, 12.0), st.sampled_from([0.0, math.nan, math.inf, -math.inf, 1e308, 5e-324]))
speeds = st.one_of(st.floats(-2.0, 2.0), st.sampled_from([0.0, 0.0, 0.0, math.nan, math.inf]))
finite = st.floats(-1.5, 1.5)
estops = st.builds(Estop, st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans())
names = st.sampled_from(["a", "b", ""])
held_off = st.sampled_from(["separation", "desk", "pose_agreement", "estop", "input_timeout", "lane"])
PLACES = [Pose(10.8, 0.0, 0.0), Pose(-0.8, 1.3, 2.0), Pose(5.0, 1.0, 1.0), Pose(11.3, 0.3, 3.0), Pose(5.0, 0.7, -1.0)]


class Raises:
    """A rule with a mistake in it."""

    def judge(self, view: RuleContext) -> list[Verdict]:
        raise ZeroDivisionError("a rule failed")


class GateMachine(RuleBasedStateMachine):
    """Drives a gate with anything, and holds everything that leaves it against the promises."""

    steps = kept = 0
    seen: set[State] = set()  # noqa: RUF012 (of all runs together)

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(obeys=False, tick_ns=40_000_000)
        self.promises = Promises(self.bench)
        self.bench.look = self._look

    def _look(self) -> None:
        self.promises.keep()
        GateMachine.kept += 1
        GateMachine.seen.add(self.bench.gate.state)

    # --- what comes in ------------------------------------------------------------------------------------------------

    @rule()
    def healthy_second(self) -> None:
        """Everything is well for a while, so that sequences get deep."""
        self._heal(Pose(1.0, 0.0, 0.0))
        self.bench.turn(0.8)

    def _heal(self, pose: Pose) -> None:
        bench = self.bench
        bench.estop, bench.plate = Estop(True, True, False, True), Alive()
        bench.pose, bench.odometry = pose, Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        bench.occupancy, bench.request = Occupancy(frozenset()), ZERO
        bench.publishers, bench.clock_step = Publishers(), ClockStep()
        bench.stamped_late_ns = {}

    @rule(vx=finite, wz=finite, seconds=st.sampled_from([0.1, 0.4]))
    def drives(self, vx: float, wz: float, seconds: float) -> None:
        """Everything that it takes to move, so that sequences meet a robot that does."""
        self.healthy_second()
        self._reset(self.bench.gate.tracker.event_id)
        operator_commands.arm(self.bench.gate, "tester", self.bench.now_ns)
        self.bench.turn(0.05)
        self.bench.obeys, self.bench.request = True, Motion(vx, 0.0, wz)
        self.bench.turn(seconds)
        self.bench.obeys = False

    @rule(vx=st.floats(0.2, 1.0), x=st.floats(1.5, 3.0), stays_s=st.sampled_from([0.2, 1.0]))
    def somebody_comes_and_goes(self, vx: float, x: float, stays_s: float) -> None:
        """Stops that end by themselves, before a stack that goes on asking."""
        self.drives(vx, 0.0, 0.4)
        self.bench.obeys, self.bench.occupancy = True, Occupancy(frozenset(), positions_m=((x, 0.0),))
        self.bench.turn(stays_s)
        self.bench.occupancy = Occupancy(frozenset())
        self.bench.turn(1.6)
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

    @rule(name=st.sampled_from(["odometry", "ground_pose", "estop station_1"]), late_s=st.floats(-2.0, 2.0))
    def stamps(self, name: str, late_s: float) -> None:
        self.bench.stamped_late_ns[name] = round(late_s * 1e9)

    @rule(vx=speeds, vy=speeds, wz=speeds)
    def request(self, vx: float, vy: float, wz: float) -> None:
        self.bench.request = Motion(vx, vy, wz)

    @rule(vx=finite, ago_s=st.floats(-0.5, 3.0))
    def stamped_request(self, vx: float, ago_s: float) -> None:
        """7: nothing that was commanded before a stop passes after it."""
        gate, now_ns = self.bench.gate, self.bench.now_ns
        requested, stamp_ns = gate.requests.command, now_ns - round(ago_s * 1e9)
        gate.request(Motion(vx), now_ns, stamp_ns)
        self._look()
        if stamp_ns < gate.tracker.epoch_began_ns:
            assert gate.requests.command is requested

    @rule(
        seconds=st.sampled_from([0.02, 0.04, 0.1, 0.4]),
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

    # --- what people do -----------------------------------------------------------------------------------------------

    @rule()
    def arm(self) -> None:
        before = self.bench.gate.state
        answer = operator_commands.arm(self.bench.gate, "tester", self.bench.now_ns)
        assert answer.accepted == (before is State.STANDBY and self.bench.gate.state is State.RUN)
        self.bench.gate.tick(self.bench.now_ns)
        self._look()

    @rule()
    def disarm(self) -> None:
        answer = operator_commands.disarm(self.bench.gate, "tester", self.bench.now_ns)
        self._look()
        assert not answer.accepted or self.bench.gate.state not in MOTION_ALLOWED

    @rule(by=names, emergency=st.booleans())
    def request_stop(self, by: str, emergency: bool) -> None:
        operator_commands.stop(self.bench.gate, by, "", emergency, self.bench.now_ns)
        self._look()

    @rule()
    def shutdown(self) -> None:
        """10: a gate that is asked to end stops the robot first; by the end of the ramp nothing is commanded."""
        bench = self.bench
        if bench.gate.state in MOTION_ALLOWED:
            operator_commands.stop(bench.gate, "gate", "the gate is shutting down", False, bench.now_ns)
            self._look()
            assert bench.gate.state is State.STOPPING
            bench.turn(1.6)
            assert bench.gate.state not in MOTION_ALLOWED and bench.gate.output.command == ZERO

    @rule(right=st.booleans())
    def reset(self, right: bool) -> None:
        assert self._reset(self.bench.gate.tracker.event_id if right else "other") is False or right

    def _reset(self, event_id: str) -> bool:
        gate = self.bench.gate
        accepted = operator_commands.reset(gate, event_id, "officer", self.bench.now_ns).accepted
        assert not accepted or gate.state is State.STANDBY
        self._look()
        return accepted

    @rule(released_first=st.booleans())
    def button(self, released_first: bool) -> None:
        """6: a press counts when the button was seen released before it."""
        gate, now_ns = self.bench.gate, self.bench.now_ns
        button = operator_commands.ResetButton("station_2")
        if released_first:
            button.look(gate, Estop(True, True, False, True), now_ns)
        stop = gate.stop
        button.look(gate, RESET_HELD, now_ns)
        assert stop is None or gate.stop is stop or released_first
        self._look()

    # --- what people hold ---------------------------------------------------------------------------------------------

    @rule(place=st.sampled_from(PLACES), vx=finite, vy=finite, wz=finite, seconds=st.sampled_from([0.3, 1.0]))
    def gets_out(self, place: Pose, vx: float, vy: float, wz: float, seconds: float) -> None:
        """A robot that runs is found over an edge and led, so that sequences meet one that is."""
        self.drives(0.0, 0.0, 0.1)
        if self.bench.gate.state in ARMED:
            self._heal(place)
            self.bench.turn(0.6)
            self.bench.obeys = True
            self.leads(vx, vy, wz, seconds, "a", True)
            self.bench.obeys = False

    @rule(
        vx=speeds, vy=speeds, wz=speeds, seconds=st.sampled_from([0.06, 0.3]), by=names, right=st.booleans(),
    )  # fmt: skip
    def leads(self, vx: float, vy: float, wz: float, seconds: float, by: str, right: bool) -> None:
        gate = self.bench.gate
        for _ in range(round(seconds / 0.06)):
            now_ns = self.bench.now_ns
            event_id = gate.tracker.event_id if right else "other"
            if operator_commands.recover(gate, event_id, by, Motion(vx, vy, wz), now_ns, now_ns).accepted:
                self.promises.asserted_ns["recover"] = now_ns
            else:
                self._look()
            self.bench.turn(0.06)

    @rule(name=held_off, by=names, seconds=st.sampled_from([0.06, 0.3, 1.2]), why=st.sampled_from(["x", "x", " "]))
    def override(self, name: str, by: str, seconds: float, why: str) -> None:
        for _ in range(round(seconds / 0.06)):
            now_ns = self.bench.now_ns
            if operator_commands.override_rule(self.bench.gate, name, by, why, now_ns, now_ns).accepted:
                assert BLOCKS[name]["type"] in ("separation", "keep_out", "pose_agreement")
                self.promises.asserted_ns[name] = now_ns
            self.bench.turn(0.06)

    @rule(chance=st.integers(0, 15))
    def a_rule_fails(self, chance: int) -> None:
        """9: a tick in which a check failed powers nothing, then or later."""
        if chance:
            return
        gate = self.bench.gate
        gate.envelope = Envelope({**gate.envelope.rules, "broken": Raises()}, gate.envelope.digest)
        gate.tick(self.bench.now_ns)
        self._look()
        assert gate.state is State.FAULT

    @invariant()
    def counted(self) -> None:
        GateMachine.steps += 1


def test_every_invariant_holds_over_ten_thousand_steps() -> None:
    budget = settings(
        max_examples=STEPS * 5 // (A_RUN * 4) + 3, stateful_step_count=A_RUN, deadline=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink), database=None,
    )  # fmt: skip
    GateMachine.steps = GateMachine.kept = 0
    run_state_machine_as_test(GateMachine, settings=budget)
    print(f"{GateMachine.steps} steps, {GateMachine.kept} outputs held against the promises")
    assert GateMachine.steps >= STEPS
    assert GateMachine.seen >= set(State) - {State.FAULT}, "every state was met in which anything can happen"
