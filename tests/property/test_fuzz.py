"""Anything at all into the gate and its codecs: no exception, and every promise kept (tests/property/promises.py).

8,000 random inputs by default; PORT_FUZZ=1000000 makes more of them (scripts/test long). PORT_SEED begins elsewhere.
"""

import math
import os
import random
import struct
from collections import Counter
from typing import Any

import pytest

from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.commands.registry import command_type_of
from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.operator_commands import override_rule, recover
from port_safety.gate.state_machine import State
from port_safety.model.readings import Alive, ClockStep, Estop, Occupancy, Odometry, Pose, Publishers, Value
from port_safety.ros.cdr import CodecError
from port_safety.ros.codecs import Decoded, header_stamp_ns
from tests.codecs import codec_named
from tests.commands import ARM, HERE, MESSAGES, NOW, trajectory
from tests.gate_bench import Bench
from tests.property.promises import Promises

ROUNDS = int(os.environ.get("PORT_FUZZ", "8000"))
SEED = int(os.environ.get("PORT_SEED", "1"))
ODD = (
    0.0, -0.0, math.nan, math.inf, -math.inf, 5e-324, -5e-324, 2.2e-308, 1e308, -1e308, 1.7976931348623157e308,
    1e-12, 1e12, math.pi, -math.pi,
)  # fmt: skip
ODD_NS = (0, 1, -1, 2**31 - 1, 2**31, 2**63 - 1, -(2**63), 2**64, 10**9, -(10**9), 10**18)
INPUTS = ("estop station_1", "odometry", "ground_pose", "occupancy", "force_plate left", "publishers", "system_clock")


class Fuzz:
    """One gate and a source of anything."""

    def __init__(self, seed: int) -> None:
        self.any = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.states: set[State] = set()
        self._begin()

    def _begin(self) -> None:
        self.bench = Bench(obeys=False, tick_ns=20_000_000)
        self.promises = Promises(self.bench)
        self.bench.look = self._look

    def _look(self) -> None:
        self.promises.keep()
        self.states.add(self.bench.gate.state)

    def number(self) -> float:
        odd = self.any.random()
        if odd < 0.3:
            return self.any.choice(ODD)
        if odd < 0.35:
            (value,) = struct.unpack("<d", self.any.randbytes(8))
            return float(value)
        return self.any.uniform(-2.0, 12.0) if odd < 0.6 else self.any.uniform(-1.0, 1.0)

    def ns(self, now_ns: int) -> int:
        odd = self.any.random()
        if odd < 0.2:
            return self.any.choice(ODD_NS)
        return now_ns + self.any.randrange(-3_000_000_000, 3_000_000_000) if odd < 0.5 else now_ns

    def value(self) -> tuple[str, Value]:
        number, coin = self.number, self.any.random
        name = self.any.choice(INPUTS)
        made: dict[str, Value] = {
            "estop station_1": Estop(coin() < 0.7, coin() < 0.7, coin() < 0.5, coin() < 0.5, coin() < 0.8),
            "odometry": Odometry(number(), number(), number(), number(), number(), number()),
            "ground_pose": Pose(number(), number(), number()),
            "occupancy": Occupancy(
                frozenset(self.any.sample(["crossing", "lane", "", "x" * 50], 1)), coin() < 0.7, "?",
                tuple((number(), number()) for _ in range(self.any.randrange(4))),
            ),
            "force_plate left": Alive(self.any.choice(["", "saturated"])),
            "publishers": Publishers(self.any.choice([(), ("/other",), tuple(f"/n{i}" for i in range(40))])),
            "system_clock": ClockStep(number()),
        }  # fmt: skip
        return name, made[name]

    def round(self) -> None:
        """One thing happens."""
        doings = (self.reads, self.reads, self.commands, self.commands, self.waits, self.people, self.holds, self.heals)
        doing = self.any.choice(doings)
        self.counts[doing.__name__] += 1
        doing()

    def reads(self) -> None:
        now_ns = self.bench.now_ns
        name, value = self.value()
        self.bench.gate.update(name, value, self.ns(now_ns), now_ns)
        self.bench.gate.tick(now_ns)
        self._look()

    def commands(self) -> None:
        now_ns = self.bench.now_ns
        motion = Motion(self.number(), self.number(), self.number())
        self.bench.gate.request(motion, now_ns, self.ns(now_ns) if self.any.random() < 0.5 else None)
        self._look()

    def waits(self) -> None:
        self.bench.now_ns += self.any.choice([0, 1, 1_000_000, 20_000_000, 150_000_000, 2_000_000_000, 10**15])
        self.bench.gate.tick(self.bench.now_ns)
        self._look()

    def people(self) -> None:
        gate, now_ns = self.bench.gate, self.bench.now_ns
        match self.any.randrange(4):
            case 0:
                operator_commands.arm(gate, "a", now_ns)
                gate.tick(now_ns)
            case 1:
                operator_commands.disarm(gate, "a", now_ns)
            case 2:
                operator_commands.reset(gate, gate.tracker.event_id, "a", now_ns)
            case 3:
                operator_commands.stop(gate, "", "", self.any.random() < 0.5, now_ns)
        self._look()

    def holds(self) -> None:
        gate, now_ns = self.bench.gate, self.bench.now_ns
        stamp_ns = self.ns(now_ns)
        if self.any.random() < 0.5:
            motion = Motion(self.number(), self.number(), self.number())
            if recover(gate, gate.tracker.event_id, "a", motion, stamp_ns, now_ns).accepted:
                self.promises.asserted_ns["recover"] = min(stamp_ns, now_ns)
            else:
                self._look()
        else:
            rule = self.any.choice(["separation", "desk", "pose_agreement", "input_timeout", ""])
            if override_rule(gate, rule, "a", "x", stamp_ns, now_ns).accepted:
                self.promises.asserted_ns[rule] = min(stamp_ns, now_ns)
        gate.tick(now_ns)
        self._look()

    def heals(self) -> None:
        """All is well again, one time in eight as long as it takes to run or to be led: garbage alone gets nowhere."""
        if self.any.random() > 0.12:
            return
        if self.bench.now_ns > 2**61 or self.any.random() < 0.1:
            self._begin()
        bench = self.bench
        bench.pose = Pose(1.0, 0.0, 0.0)
        bench.turn(1.2)
        gate = bench.gate
        operator_commands.reset(gate, gate.tracker.event_id, "a", bench.now_ns)
        self._look()
        operator_commands.arm(gate, "a", bench.now_ns)
        bench.turn(0.06)
        if self.any.random() < 0.4:
            bench.pose = Pose(10.8, 0.0, 0.0)
            bench.turn(0.6)
        bench.request, bench.obeys = Motion(self.any.uniform(-0.5, 0.5)), True
        for _ in range(self.any.randrange(8)):
            if recover(gate, gate.tracker.event_id, "a", Motion(-0.3), bench.now_ns, bench.now_ns).accepted:
                self.promises.asserted_ns["recover"] = bench.now_ns
            else:
                self._look()
            bench.turn(0.06)
        bench.request, bench.obeys = ZERO, False


def test_anything_at_all_leaves_the_gate_whole_and_every_promise_kept() -> None:
    fuzz = Fuzz(SEED)
    for index in range(ROUNDS):
        try:
            fuzz.round()
        except Exception as error:
            raise AssertionError(f"seed {SEED}, round {index}: {error!r}") from error
        assert not fuzz.bench.gate.fault, f"seed {SEED}, round {index}: {fuzz.bench.gate.fault}"
    print(f"{ROUNDS} rounds {dict(fuzz.counts)}, states {sorted(state.name for state in fuzz.states)}")
    assert fuzz.states >= set(State) - {State.FAULT}


@pytest.mark.parametrize("kind", MESSAGES)
def test_bytes_that_are_no_command_are_refused_and_never_an_exception_of_another_kind(kind: str) -> None:
    any_, codec = random.Random(SEED), codec_named(kind, ARM)
    command = (
        trajectory((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
        if kind.endswith("JointTrajectory")
        else command_type_of(kind).zero_command(ARM)
    )
    good = codec.encode(command, 0, 123_456_789)
    decoded = 0
    for _ in range(ROUNDS // 4):
        decoded += _decodes(lambda data: _used(codec.decode(data)), _mutated(any_, good))
    print(f"{kind}: {ROUNDS // 4} mutations, {decoded} still read as a command")
    assert 0 < decoded < ROUNDS // 4


def test_bytes_that_are_no_header_are_refused() -> None:
    any_ = random.Random(SEED)
    for _ in range(ROUNDS // 4):
        data = any_.randbytes(any_.randrange(40))
        assert not (_decodes(header_stamp_ns, data) and len(data) < 12), "encapsulation, seconds, nanoseconds"


def _used(decoded: Decoded) -> None:
    """What the gate asks of a command before it relies on it."""
    command = decoded.command.started(NOW, JointTrajectory(ARM), HERE)
    if not command.fault:
        assert not math.isnan(command.speed_mps) and command.near_zero in (True, False)


def _mutated(any_: random.Random, good: bytes) -> bytes:
    data = bytearray(good)
    match any_.randrange(4):
        case 0:
            return any_.randbytes(any_.randrange(200))
        case 1:
            return bytes(data[: any_.randrange(len(data) + 1)])
        case 2:
            for _ in range(any_.randrange(1, 5)):
                data[any_.randrange(len(data))] = any_.randrange(256)
        case 3:
            at = any_.randrange(len(data))
            data[at : at + 4] = struct.pack("<I", any_.choice([0, 1, 0xFFFFFFFF, 0x7FFFFFFF, 0x80000000]))
    return bytes(data)


def _decodes(decode: Any, data: bytes) -> bool:
    try:
        decode(data)
    except CodecError:
        return False
    return True
