"""The language of faults: what is understood, what is refused, and what each fault does to a wire."""

import math
from dataclasses import replace

import pytest

from port_sensors.protocol.estop_link import Parser, Relay, State
from port_sim.faults import FRAME_KINDS, Fault, Faults, Step, parse
from port_sim.frame_faults import FrameFaults

FRAME = State(3, 1, 1, 2, 4, 0.01, 0.0, True, True, False, True, Relay.HELD, 0.15)
FRAMES = b"".join(bytes((number,)) * 10 for number in range(100))


def damaged(script: str, now_s: float = 0.0) -> bytes:
    faults = Faults(seed=3)
    faults.run(script)
    return faults.apply(FRAMES, 10, now_s)


def test_a_script_is_steps_of_faults() -> None:
    assert parse("flip 1e-4") == (Step((Fault("flip", 1e-4),)),)
    assert parse("flip 1e-5 + lose 0.01 for 10 s; off") == (
        Step((Fault("flip", 1e-5), Fault("lose", 0.01)), 10.0),
        Step((Fault("off"),), math.inf),
    )
    assert parse("stall for 2\nstall for 1;") == (Step((Fault("stall"),), 2.0), Step((Fault("stall"),), 1.0))


@pytest.mark.parametrize(
    "script", ["burn 0.1", "flip", "flip x", "flip 2", "stall 1", "stall for x", "stall for 0", "+"]
)
def test_nonsense_is_refused_and_shown(script: str) -> None:
    with pytest.raises(ValueError, match=script.split()[0].replace("+", r"\+") + "|rate"):
        parse(script)


def test_steps_follow_each_other_and_end() -> None:
    faults = Faults()
    faults.run("stall for 2; lose 1 for 1")
    seen = [len(faults.apply(b"frame", 5, now_s)) for now_s in (10.0, 11.9, 12.0, 12.9, 13.0, 99.0)]
    assert seen == [0, 0, 0, 0, 5, 5]
    assert faults.steps == ()


def test_frames_are_lost_doubled_and_cut_whole() -> None:
    assert damaged("lose 1") == b"" and damaged("off") == FRAMES
    assert damaged("duplicate 1")[:20] == bytes(20)
    lost, doubled, cut = damaged("lose 0.1"), damaged("duplicate 0.1"), damaged("truncate 0.1")
    assert len(lost) % 10 == len(doubled) % 10 == 0
    assert len(lost) < len(FRAMES) < len(doubled)
    assert 0 < len(FRAMES) - len(cut) < 300


def test_what_is_still_to_come_is_told_in_the_same_words() -> None:
    faults = Faults()
    faults.run("stall for 2; lose 0.01 for 10; off")
    faults.apply(b"x", now_s=100.0)
    assert [faults.told(now_s) for now_s in (101.0, 103.0, 113.0)] == [
        "stall for 2; lose 0.01 for 10; off", "lose 0.01 for 10; off", "",
    ]  # fmt: skip


def test_the_same_seed_does_the_same() -> None:
    for script in ("flip 0.001", "drop 0.01", "garbage 0.01", "lose 0.1", "truncate 0.1"):
        assert damaged(script) == damaged(script) != FRAMES


def sent(script: str, frames: int = 3) -> list[State]:
    """What arrives of frames 1, 2, 3… sent 10 ms after each other by a station that suffers `script`."""
    faults, parser = FrameFaults(seed=3), Parser()
    faults.run(script)
    data = b"".join(faults.send(replace(FRAME, sequence=1 + number), number / 100) for number in range(frames))
    return [frame for frame in parser.feed(data) if isinstance(frame, State)]


def test_a_station_without_faults_sends_what_it_says() -> None:
    assert [frame.sequence for frame in sent("off")] == [1, 2, 3]


@pytest.mark.parametrize(("script", "sequences"), [
    ("duplicate 1", [1, 1, 2, 2, 3, 3]), ("lose 1", []), ("swap 1", [2, 1, 3, 2, 4, 3]), ("delay 0.02", [1]),
    ("insert 1", [1, 1, 2, 2, 3, 3]), ("readdress 1 for 0.015", [1, 2, 3]), ("delay 0.01 + duplicate 1", [1, 1, 2, 2]),
])  # fmt: skip
def test_frames_arrive_as_the_fault_says(script: str, sequences: list[int]) -> None:
    assert [frame.sequence for frame in sent(script)] == sequences


@pytest.mark.parametrize(("script", "field"), [
    ("insert 1", "session"), ("masquerade 1", "echo"), ("readdress 1", "station"), ("age 1", "sample_age_s"),
])  # fmt: skip
def test_a_frame_lies_where_the_fault_says(script: str, field: str) -> None:
    assert getattr(sent(script)[-1], field) != getattr(FRAME, field)
    assert getattr(sent(f"{script} for 0.015")[-1], field) == getattr(FRAME, field), "and no longer than told"


@pytest.mark.parametrize("kind", FRAME_KINDS)
def test_what_only_a_station_can_suffer_is_refused_elsewhere(kind: str) -> None:
    with pytest.raises(ValueError, match=f"'{kind}' is nothing that can happen"):
        Faults().run(f"{kind} 0.1")
