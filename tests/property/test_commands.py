"""What every type of command promises, one promise a test, for all types alike."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from port_safety.commands.command import Command
from tests.commands import KINDS, NOW, Kind, never_exceeds_never_reverses, speeds_at

S = 1_000_000_000
shares = st.floats(0.0, 1.0)
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
few = settings(max_examples=30, deadline=None)


def passed(kind: Kind, command: Command, share: float = 1.0, now_ns: int = NOW) -> Command:
    return command.limited(share, share, now_ns, kind.zero_command)


@every_kind
def test_what_cannot_be_used_is_named(kind: Kind) -> None:
    for words, command in kind.faulty.items():
        assert words in command.fault
    assert not kind.zero_command.fault


@every_kind
def test_nothing_asked_is_near_zero_and_at_rest(kind: Kind) -> None:
    assert kind.zero_command.near_zero and kind.zero_command.rests_at(NOW) and kind.zero_command.speed_mps == 0.0


@every_kind
@few
@given(data=st.data())
def test_a_command_that_can_be_used_has_no_fault(kind: Kind, data: st.DataObject) -> None:
    command = data.draw(kind.commands)
    assert not command.fault and math.isfinite(command.speed_mps)


@every_kind
@few
@given(data=st.data(), share=shares, seconds=st.lists(st.floats(0.0, 1.5), max_size=4))
def test_what_passes_never_exceeds_and_never_reverses(
    kind: Kind, data: st.DataObject, share: float, seconds: list[float]
) -> None:
    command, now_ns = data.draw(kind.commands), NOW
    out = passed(kind, command, share)
    assert never_exceeds_never_reverses(command, out, now_ns)
    for pause_s in seconds:
        now_ns += round(pause_s * S)
        share = data.draw(shares)
        out = command.limited(share, share, now_ns, out)
        for ahead_ns in (0, S // 10, S):
            assert never_exceeds_never_reverses(command, out, now_ns + ahead_ns)
        assert not out.fault


@every_kind
@few
@given(data=st.data(), share=st.floats(0.1, 1.0))
def test_scaled_is_the_same_motion_slower(kind: Kind, data: st.DataObject, share: float) -> None:
    command = data.draw(kind.commands)
    slower = command.scaled(share, share)
    assert slower.speed_mps == pytest.approx(share * command.speed_mps, abs=1e-9)
    assert command.scaled(1.0, 1.0).speed_mps == pytest.approx(command.speed_mps)


@every_kind
@few
@given(data=st.data(), driven_s=st.floats(0.0, 2.0), share=shares)
def test_a_braked_command_only_slows_down_and_rests_in_the_end(
    kind: Kind, data: st.DataObject, driven_s: float, share: float
) -> None:
    command = data.draw(kind.commands)
    left = passed(kind, command, share)
    began_ns = NOW + round(driven_s * S)
    before, fastest = left, max(map(abs, speeds_at(left, began_ns)), default=0.0)
    for step in range(60):
        now_ns = began_ns + step * S // 10
        before = left.braked(began_ns, now_ns, 1.2, before)
        assert never_exceeds_never_reverses(command, before, now_ns)
    assert before.rests_at(now_ns) and not any(speeds_at(before, now_ns)), f"{fastest} must end within 6 s"


@every_kind
@few
@given(data=st.data())
def test_a_stop_is_not_undone_by_the_time_that_passes(kind: Kind, data: st.DataObject) -> None:
    out = passed(kind, data.draw(kind.commands))
    for second in range(8):
        out = out.stop(NOW + second * S)
    still = out
    for second in range(8, 20):
        out = out.stop(NOW + second * S)
        assert out.rests_at(NOW + second * S) and not any(speeds_at(out, NOW + second * S))
    assert out is still or out == still, "what is said in rest does not change"
