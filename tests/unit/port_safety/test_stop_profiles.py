"""The stages of each kind of robot, row by row, and what ends them."""

import math
from dataclasses import replace

import pytest

from port_safety.model.stop_profiles import PROFILES, Profile, Progress, Seen, Stage, disobeys, profile_of, stands
from tests.gate_bench import robot_of

INF = math.inf
#: name, deadline in s, whether the command is braked, whether the drives have power, what is said when it is late.
STAGES: dict[str, list[tuple[str, float, bool, bool, str]]] = {
    "wheeled": [
        ("ramp", 1.5, True, True, "still moving at the deadline"),
        ("halt", 1.5, False, True, "still moving at the deadline"),
        ("cut", INF, False, False, ""),
    ],
    "arm": [("decelerate", 1.0, True, True, "still moving at the deadline"), ("brake", INF, True, False, "")],
    "quadruped": [
        ("halt", 1.6, True, True, "still moving at the deadline"),
        ("sit", 3.8, False, True, "does not sit at the deadline"),
        ("cut", INF, False, False, ""),
    ],
    "humanoid": [
        ("halt", 2.5, True, True, "still walking at the deadline"),
        ("settle", 5.0, False, True, "not settled at the deadline"),
        ("damp", 5.6, False, True, "not at rest at the deadline"),
        ("cut", INF, False, False, ""),
    ],
}
#: At which stage an emergency begins, and at which a cause that takes the power.
BEGINS = {"wheeled": (1, 2), "arm": (0, 1), "quadruped": (1, 2), "humanoid": (0, 1)}


@pytest.mark.parametrize("kind", PROFILES)
def test_each_kind_of_robot_has_these_stages(kind: str) -> None:
    profile = profile_of(robot_of(kind))
    rows = [(each.name, each.by_s, each.ramp, each.enable, each.late) for each in profile.stages]
    assert rows == [(name, pytest.approx(by_s), *rest) for name, by_s, *rest in STAGES[kind]]
    assert (profile.emergency, profile.cutting) == BEGINS[kind]
    assert profile.deadline_s == pytest.approx(STAGES[kind][-2][1])


def stage(kind: str, name: str) -> Stage:
    return next(each for each in profile_of(robot_of(kind)).stages if each.name == name)


def test_a_stage_ends_when_the_robot_stands() -> None:
    still, moving, away = Seen(1.0, 1.0, True), Seen(1.0, 1.0, False), Seen(1.0, 1.0, False, False)
    for kind, name in (("wheeled", "ramp"), ("wheeled", "halt"), ("arm", "decelerate"), ("quadruped", "halt")):
        assert stage(kind, name).done(still) and not stage(kind, name).done(moving)
        assert stage(kind, name).fails(away) and not stage(kind, name).fails(moving)
    assert not stage("humanoid", "settle").fails(away) and not stage("arm", "brake").done(still)
    assert stage("humanoid", "halt").done(still) and not stage("humanoid", "halt").done(moving)


@pytest.mark.parametrize(
    ("stands", "height_m", "caught", "sits", "halts", "settles"),
    [
        (True, 0.05, False, True, True, True),
        (True, 0.11, False, True, True, True),
        (True, 0.12, False, False, True, True),
        (True, 0.52, False, False, True, True),
        (True, 0.53, False, False, True, False),
        (False, 0.1, False, False, False, False),
        (False, 0.6, True, False, True, True),
        (True, math.nan, False, False, True, False),
    ],
)
def test_a_legged_robots_stage_ends_at_its_height_or_caught(
    stands: bool, height_m: float, caught: bool, sits: bool, halts: bool, settles: bool
) -> None:
    seen = Seen(1.0, 0.3, stands, True, height_m, caught)
    assert stage("quadruped", "sit").done(seen) is sits
    assert stage("humanoid", "halt").done(seen) is halts and stage("humanoid", "settle").done(seen) is settles
    for since_s in (0.3, 0.31):
        assert stage("humanoid", "damp").done(replace(seen, since_s=since_s)) is settles
    assert not stage("humanoid", "damp").done(Seen(1.0, 0.29, stands, True, height_m, caught)), "half of its time"


def test_a_quadruped_lies_within_its_time() -> None:
    assert profile_of(robot_of("quadruped", ramp_s=1.5, settle_s=2.5)).deadline_s == 4.0
    with pytest.raises(ValueError, match=r"4.25 s; a quadruped is cut within 4 s"):
        profile_of(robot_of("quadruped", ramp_s=1.5, settle_s=2.75))
    with pytest.raises(ValueError, match=r"'fish' is none of wheeled, arm, quadruped, humanoid"):
        profile_of(robot_of("fish"))


def test_a_stage_is_counted_from_its_own_beginning() -> None:
    """A stop and its stage are counted from their own beginnings."""
    began_ns = 10 * 10**9
    progress = Progress(profile_of(robot_of("wheeled")), began_ns)
    assert progress.elapsed_s(began_ns - 10**9 // 2) == 0.0 == progress.since_s(began_ns - 10**9 // 2)
    assert progress.elapsed_s(30 * 10**9 + 1) == 20.000000001 == progress.since_s(30 * 10**9 + 1)
    progress.begin_at_least(1, "pressed", 12 * 10**9)
    assert progress.elapsed_s(30 * 10**9) == 20.0 and progress.since_s(30 * 10**9) == 18.0
    assert progress.since_s(11 * 10**9) == 0.0 and progress.elapsed_s(11 * 10**9) == 1.0
    for index in (0, 1):
        progress.begin_at_least(index, "a later cause", 20 * 10**9)
        assert progress.since_s(30 * 10**9) == 18.0 and progress.label == "halt: pressed", "no stage is begun twice"


def test_a_profile_with_impossible_deadlines_is_refused() -> None:
    """A table of stages has deadlines above zero and causes that begin within it."""

    def table(*by_s: float, emergency: int = 0, cutting: int = 0) -> Profile:
        stages = [Stage("go", each) for each in by_s[:-1]]
        return Profile((*stages, Stage("cut", by_s[-1], enable=False)), emergency, cutting)

    for deadlines in (
        (0.0, 1.0, INF),
        (-0.5, 1.0, INF),
        (0.0, INF),
        (1.0, INF, INF),
        (1.0, 2.0, 3.0),
        (2.0, 1.0, INF),
        (INF,),
    ):
        with pytest.raises(ValueError, match="deadlines"):
            table(*deadlines)
    for enables in ((True, True), (False, False), (False, True)):
        with pytest.raises(ValueError, match="takes the power"):
            Profile((Stage("go", 1.0, enable=enables[0]), Stage("cut", INF, enable=enables[1])), 0, 0)
    for begins in ((-1, 0), (1, 0), (2, 1), (0, 3), (0, 4)):
        with pytest.raises(ValueError, match="no such stages"):
            table(1.0, 1.0, INF, emergency=begins[0], cutting=begins[1])
    for begins in ((0, 0), (0, 2), (2, 2)):
        assert table(1e-9, 1e-9, float("inf"), emergency=begins[0], cutting=begins[1]).deadline_s == 1e-9


def test_a_stage_ends_when_it_is_done_late_or_disobeyed() -> None:
    """A stage ends when it is done late or disobeyed and the next one is looked at at once."""
    rows = (Stage("a", 1.0, stands, "late", disobeys), Stage("b", 2.0, stands, "too late"), Stage("c", 3.0, stands))
    profile = Profile((*rows, Stage("cut", INF, enable=False)), 0, 3)

    def after(elapsed_s: float, *, still: bool = False, obeys: bool = True) -> tuple[str, str, bool]:
        progress = Progress(profile, 0)
        assert (progress.stage.name, progress.label, progress.at_last) == ("a", "a", False)
        reached = progress.advance(
            lambda since_s: Seen(elapsed_s, since_s, still and since_s > 0.0, obeys), round(elapsed_s * 10**9)
        )
        return reached.name, progress.label, progress.at_last

    assert after(0.9) == ("a", "a", False) and after(1.0) == ("b", "b: late", False)
    assert after(0.5, still=True) == ("b", "b", False), "what is done in the next stage is seen in the next stage"
    assert after(0.5, obeys=False) == ("b", "b: the robot does not slow down", False)
    assert after(2.0) == ("c", "c: too late", False) and after(3.0) == ("cut", "cut", True)
