"""What an attack on the rebuilt gate found, each with the right answer."""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from port_ros.parameters import ParameterError, convert
from port_safety.commands import registry
from port_safety.commands.command_type import CommandType
from port_safety.commands.joint_trajectory import FINE_STEP, JointTrajectory
from port_safety.commands.trajectory_points import Point
from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.gate import Gate
from port_safety.gate.state_machine import State
from port_safety.model import installed
from port_safety.model.readings import Body
from port_safety.model.standstill import PlaceSpeed
from port_safety.monitoring.tick_clock import TickClock
from port_safety.ros.codecs import JointTrajectoryCodec
from port_safety.ros.parameters import GateParameters, make_gate
from port_safety.ros.state_message import StateMessage
from port_safety.rules.registry import make_envelope
from port_safety.rules.rule_type import Site
from tests.gate_bench import BLOCKS, ROBOT, Bench
from tests.gates_of_kinds import JOINTS, Ground

S = 1_000_000_000

# --- what passes can be written --------------------------------------------------------------------------------------


@pytest.mark.parametrize("last_s", [86_400.0, 86_401.0, 2_000_000_000.0, 2_147_483_647.0])
def test_whatever_passes_of_a_trajectory_can_be_written(last_s: float) -> None:
    """Slower by a limit its last point lies later: beyond 68 years no message can say when."""
    ground = Ground("arm", "trajectory", "speed", {"limit_mps": 0.005}).armed("trajectory")
    there = (2.5, 0.0, 0.0)
    far = JointTrajectory(JOINTS, (Point(2.0, there), Point(last_s, there)), JOINTS.names)
    ground.gate.request(far, ground.now_ns + 1)
    passed = ground.gate.output.command
    assert isinstance(passed, JointTrajectory)
    JointTrajectoryCodec(JOINTS).encode(passed, ground.now_ns, 0)
    assert (ground.gate.stop is not None) is (last_s > 86_400.0)


def test_the_longest_trajectory_at_the_slowest_pace_can_be_written() -> None:
    assert 86_400.0 / FINE_STEP < 2**31


# --- a gate that failed ----------------------------------------------------------------------------------------------


def test_a_gate_that_failed_keeps_no_objections() -> None:
    """A stack that goes on sending what is no number must not fill the memory of a gate that judges no more."""
    bench = Bench().run()
    bench.gate.fail("broken", bench.now_ns)
    for number in range(100):
        bench.gate.request(Motion(math.nan), bench.now_ns + number)
    assert len(bench.gate._pending) <= 1


def test_a_gate_that_failed_in_a_stop_still_says_what_to_do() -> None:
    """What failed may be the very thing that a stop looks at."""
    bench = Bench().run()
    operator_commands.stop(bench.gate, "anna", "", False, bench.now_ns)
    bench.gate.update("body", Body(0.3), "never", bench.now_ns)  # type: ignore[arg-type]
    assert bench.gate.state is State.FAULT and bench.gate.stop is not None
    assert bench.gate.remedy(bench.now_ns) == "end the session and start it again"


# --- floods ----------------------------------------------------------------------------------------------------------


def test_places_whose_stamps_hardly_advance_fill_no_memory() -> None:
    speed = PlaceSpeed(200_000_000)
    for number in range(20_000):
        speed.add(0.0, 0.0, number)
    assert len(speed._places) <= 1_000


# --- a command that comes late ----------------------------------------------------------------------------------------


def test_a_command_that_was_stamped_long_ago_does_not_move_the_robot() -> None:
    """A link that held it up for 2.5 s: older than `command_s` by its stamp is too old, as of each input."""
    bench = Bench().run()
    bench.turn(3.0)
    bench.request = None
    for _ in range(40):
        bench.turn()
        bench.gate.request(Motion(0.3), bench.now_ns, bench.now_ns - 2_500_000_000)
        assert bench.gate.output.command == ZERO
    assert bench.gate.reason.startswith("command: stamped 2.50 s ago")


def test_a_command_that_is_as_old_as_it_may_be_moves_the_robot() -> None:
    bench = Bench().run()
    bench.turn(3.0)
    bench.request = None
    bench.gate.request(Motion(0.3), bench.now_ns, bench.now_ns - 300_000_000)
    assert bench.gate.output.command != ZERO


# --- types of commands of another package -----------------------------------------------------------------------------

MESSAGE = "geometry_msgs/msg/Vector3"
CODEC = "port_safety.ros.codecs:TwistCodec"


@pytest.fixture
def bring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Installs `command` beside port's own types, as `odd = odd_package:COMMAND`."""

    def brought(command: object) -> None:
        module = ModuleType("odd_package")
        module.COMMAND = command  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "odd_package", module)
        own = list(entry_points(group=registry.GROUP))
        odd = EntryPoint("odd", "odd_package:COMMAND", registry.GROUP)
        monkeypatch.setattr(installed, "entry_points", lambda group: [*own, odd])
        registry.command_types.cache_clear()

    yield brought
    registry.command_types.cache_clear()


def gate_of(command_type: str) -> Any:
    parameters = {
        "site": "t", "session": "t", "command_in": "in", "command_out": "out", "estops": ["station_1"],
        "rules": list(BLOCKS), "command_type": command_type, "robot": ROBOT_BLOCK,
    }  # fmt: skip
    return make_gate(convert(parameters, GateParameters), BLOCKS)


ROBOT_BLOCK = {
    "name": "r", "kind": "wheeled", "speed_mps": 1.5, "yaw_rate_radps": 1.5, "acceleration_mps2": 1.0,
    "deceleration_mps2": 1.2, "latency_s": 0.08, "footprint_radius_m": 0.4, "ramp_s": 1.5,
}  # fmt: skip


def test_a_module_that_ends_the_process_is_refused_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script without a guard: `port check` said nothing and ended with 0."""
    (tmp_path / "odd_script.py").write_text("import sys\nsys.exit(0)\n")
    monkeypatch.syspath_prepend(tmp_path)
    script = EntryPoint("odd", "odd_script:COMMAND", registry.GROUP)
    monkeypatch.setattr(installed, "entry_points", lambda group: [script])
    with pytest.raises(ValueError, match="odd = odd_script:COMMAND: SystemExit"):
        installed.installed(registry.GROUP, CommandType)


@pytest.mark.parametrize("message", [None, [], 7])
def test_a_type_whose_message_is_no_word_is_refused_by_its_entry_point(bring: Any, message: Any) -> None:
    bring(CommandType("odd", message, CODEC, Motion))
    with pytest.raises(ValueError, match="odd"):
        registry.command_types()


@pytest.mark.parametrize(
    "zero",
    [lambda: None, lambda: 1 / 0, lambda joints: Motion(), lambda: Motion(0.7), lambda: Motion(math.nan)],
    ids=["none", "raises", "wants joints", "moves", "no number"],
)
def test_a_type_whose_zero_is_none_is_refused_before_the_start(bring: Any, zero: Any) -> None:
    bring(CommandType("odd", MESSAGE, CODEC, zero))
    with pytest.raises(ParameterError, match="odd"):
        gate_of(MESSAGE)


@pytest.mark.parametrize("codec", ["nowhere:Codec", "port_safety.ros.codecs:Nobody", "", None])
def test_a_type_whose_codec_is_nowhere_is_refused_before_the_start(bring: Any, codec: Any) -> None:
    """`port check` and the node both make their gate by `make_gate`; now the node alone finds out, too late."""
    bring(CommandType("odd", MESSAGE, codec, Motion))
    with pytest.raises(ParameterError, match="odd"):
        gate_of(MESSAGE)


@dataclass(frozen=True)
class Wheels:
    """A command of another package that says neither what it asks of the base nor of any joint."""

    mps: float
    persistent = False
    fault = ""
    twist = None
    peaks = None

    @property
    def near_zero(self) -> bool:
        return abs(self.mps) < 0.05

    @property
    def speed_mps(self) -> float:
        return abs(self.mps)

    def joint_velocities_at(self, now_ns: int) -> tuple[float, ...]:
        return ()

    def started(self, now_ns: int, before: Any, measured: Any) -> "Wheels":
        return self

    def is_done(self, output: Any, now_ns: int) -> bool:
        return False

    def scaled(self, linear: float, angular: float) -> "Wheels":
        return Wheels(self.mps * min(linear, angular))

    def limited(self, linear: float, angular: float, now_ns: int, before: Any) -> "Wheels":
        return self.scaled(linear, angular)

    def braked(self, began_ns: int, now_ns: int, deceleration_mps2: float, before: Any) -> "Wheels":
        return Wheels(0.0)

    def stop(self, now_ns: int, measured: Any = None) -> "Wheels":
        return Wheels(0.0)

    def rests_at(self, now_ns: int) -> bool:
        return self.mps == 0.0


def without(part: str) -> Any:
    """A command that asks for nothing and lacks one part of the protocol."""
    parts = {**vars(Wheels), "twist": ZERO}
    kept = {name: each for name, each in parts.items() if name not in (part, "__dict__", "__weakref__")}
    return type("Half", (), kept)(0.0)


def bench_of_wheels(*without: str) -> Bench:
    blocks = {name: block for name, block in BLOCKS.items() if name not in without}
    envelope = make_envelope(list(blocks), blocks, Site(ROBOT, ("station_1",), ("left",)))
    return Bench(gate=Gate("t", ROBOT, envelope, Wheels(0.0)), obeys=False, request=Wheels(0.0))  # type: ignore[arg-type]


def test_a_command_that_no_rule_can_judge_does_not_pass() -> None:
    """`acceleration` alone stops it, as it happens; `speed`, zones and people are silent on 9 m/s."""
    bench = bench_of_wheels("acceleration")
    bench.turn(0.5)
    assert operator_commands.arm(bench.gate, "anna", bench.now_ns).accepted
    for asked in (0.0, 9.0):
        bench.request = Wheels(asked)  # type: ignore[assignment]
        bench.turn(0.05)
    assert bench.gate.output.command.speed_mps == 0.0
    assert bench.gate.stop is not None and "neither what it asks of the base" in bench.gate.reason


@pytest.mark.parametrize("part", ["twist", "persistent", "near_zero", "started", "fault"])
def test_a_command_without_a_part_of_the_protocol_is_a_fault_that_can_be_told(part: str) -> None:
    bench = Bench().run()
    bench.gate.request(without(part), bench.now_ns)
    assert bench.gate.state is State.FAULT and part in bench.gate.reason
    said = StateMessage(bench.gate, {}, [], 200.0).make(bench.now_ns, 0, TickClock(200.0, 0))
    assert said.state == State.FAULT.value and part in said.reason


def test_a_command_without_a_twist_is_a_fault_before_the_gate_is_armed() -> None:
    """The state that is told names the twist of whatever came last: it is not to fail there."""
    bench = Bench()
    bench.turn(0.5)
    bench.gate.request(without("twist"), bench.now_ns)
    assert bench.gate.state is State.FAULT
    StateMessage(bench.gate, {}, [], 200.0).make(bench.now_ns, 0, TickClock(200.0, 0))
