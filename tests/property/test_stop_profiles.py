"""Every stop profile, whatever the robot does: what must always hold."""

import math
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from port_safety.model.stop_profiles import PROFILES, Profile, Progress, Seen, Stage, profile_of
from tests.gate_bench import robot_of

S = 1_000_000_000
every_kind = pytest.mark.parametrize("kind", PROFILES)
many = settings(max_examples=150, deadline=None)
Look = tuple[float, bool, bool, float, bool, str]
steps = st.lists(
    st.tuples(
        st.floats(0.0, 0.8),  # time until the next look, s
        st.booleans(),  # stands
        st.booleans(),  # complies
        st.sampled_from([math.nan, 0.0, 0.1, 0.5, 0.9]),  # height, m
        st.booleans(),  # caught
        st.sampled_from(["", "", "", "emergency", "cutting"]),
    ),
    max_size=20,
)


def always(seen: Seen) -> Callable[[float], Seen]:
    return lambda since_s: seen


def walked(profile: Profile, looks: list[Look]) -> list[tuple[float, int, Seen]]:
    """Time, stage and what was seen at each look; the last one is at the last deadline."""
    progress, now_ns = Progress(profile, 0), 0
    way: list[tuple[float, int, Seen]] = []
    for pause_s, stands, complies, height_m, caught, cause in [*looks, (0.0, False, False, math.nan, False, "")]:
        now_ns += round(pause_s * S)
        if len(way) == len(looks):
            now_ns = max(now_ns, round(profile.deadline_s * S) + 1)
        if cause:
            progress.begin_at_least(getattr(profile, cause), "", now_ns)
        seen = Seen(now_ns / S, progress.since_s(now_ns), stands, complies, height_m, caught)
        progress.advance(always(seen), now_ns)
        way.append((now_ns / S, profile.stages.index(progress.stage), seen))
    return way


@every_kind
@many
@given(looks=steps)
def test_the_last_stage_is_reached_by_its_deadline_and_stages_never_go_back(kind: str, looks: list[Look]) -> None:
    profile = profile_of(robot_of(kind))
    way = walked(profile, looks)
    assert way[-1][1] == len(profile.stages) - 1
    assert all(before[1] <= after[1] for before, after in pairwise(way))


@every_kind
@many
@given(looks=steps)
def test_no_stage_outlives_its_deadline_and_power_goes_in_the_last_alone(kind: str, looks: list[Look]) -> None:
    profile = profile_of(robot_of(kind))
    for at_s, index, _ in walked(profile, looks):
        assert at_s < profile.stages[index].by_s
        assert profile.stages[index].enable == (index < len(profile.stages) - 1)


@many
@given(looks=steps)
def test_no_cause_takes_the_power_of_a_humanoid_that_has_not_settled(looks: list[Look]) -> None:
    robot = robot_of("humanoid")
    profile = profile_of(robot)
    settled = False
    for at_s, index, seen in walked(profile, looks):
        settled = settled or seen.caught or (seen.stands and seen.height_m <= robot.settled_height_m)
        assert index < len(profile.stages) - 1 or settled or at_s >= profile.deadline_s


@pytest.mark.parametrize(("kind", "stage"), [("wheeled", "cut"), ("arm", "brake"), ("quadruped", "cut")])
def test_a_cause_that_cuts_takes_the_power_at_once_where_nobody_falls(kind: str, stage: str) -> None:
    profile = profile_of(robot_of(kind))
    progress = Progress(profile, 0)
    progress.begin_at_least(profile.cutting, "a cause takes the power", 0)
    assert progress.stage.name == stage and not progress.stage.enable


def test_why_a_stage_was_forced_is_in_its_label() -> None:
    progress = Progress(profile_of(robot_of("humanoid")), 0)
    walking = Seen(1.0, 1.0, False)
    progress.advance(lambda since_s: walking, S)
    assert progress.label == "halt"
    progress.advance(lambda since_s: Seen(2.6, 2.6, False), round(2.6 * S))
    assert progress.label == "settle: still walking at the deadline"
    progress.advance(lambda since_s: Seen(2.8, since_s, True, height_m=0.4), round(2.8 * S))
    assert progress.label == "damp"


def test_a_quadruped_is_cut_within_four_seconds() -> None:
    assert profile_of(robot_of("quadruped")).deadline_s <= 4.0
    with pytest.raises(ValueError, match="cut within 4 s"):
        profile_of(robot_of("quadruped", settle_s=3.5))


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ((Stage("a", math.inf, enable=False),), "never fall"),
        ((Stage("a", 2.0), Stage("b", 1.0), Stage("c", math.inf, enable=False)), "never fall"),
        ((Stage("a", 1.0), Stage("b", 2.0, enable=False)), "all but the last"),
        ((Stage("a", 1.0, enable=False), Stage("b", math.inf, enable=False)), "takes the power"),
        ((Stage("a", 1.0), Stage("b", math.inf)), "takes the power"),
    ],
)
def test_a_table_that_breaks_the_promises_cannot_be_made(stages: tuple[Stage, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Profile(stages, 0, 0)


def test_an_unknown_kind_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match="'hover' is none of wheeled, arm, quadruped, humanoid"):
        profile_of(robot_of("hover"))
