"""The stages of each kind of robot, row by row, and what ends them."""

import math

import pytest

from port_safety.core.profiles.profile import Seen, Stage
from port_safety.core.profiles.registry import PROFILES, profile_of
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
def test_the_stages_of_a_kind(kind: str) -> None:
    profile = profile_of(robot_of(kind))
    rows = [(each.name, each.by_s, each.ramp, each.enable, each.late) for each in profile.stages]
    assert rows == [(name, pytest.approx(by_s), *rest) for name, by_s, *rest in STAGES[kind]]
    assert (profile.emergency, profile.cutting) == BEGINS[kind]
    assert profile.deadline_s == pytest.approx(STAGES[kind][-2][1])


def stage(kind: str, name: str) -> Stage:
    return next(each for each in profile_of(robot_of(kind)).stages if each.name == name)


def test_what_ends_a_stage() -> None:
    still, moving, away = Seen(1.0, 1.0, True), Seen(1.0, 1.0, False), Seen(1.0, 1.0, False, False)
    for kind, name in (("wheeled", "ramp"), ("wheeled", "halt"), ("arm", "decelerate"), ("quadruped", "halt")):
        assert stage(kind, name).done(still) and not stage(kind, name).done(moving)
        assert stage(kind, name).fails(away) and not stage(kind, name).fails(moving)
    assert not stage("humanoid", "settle").fails(away) and not stage("arm", "brake").done(still)


@pytest.mark.parametrize(
    ("stands", "height_m", "caught", "sits", "halts", "settles"),
    [
        (True, 0.11, False, True, True, True),
        (True, 0.12, False, False, True, True),
        (True, 0.53, False, False, True, False),
        (False, 0.1, False, False, False, False),
        (False, 0.6, True, False, True, True),
        (True, math.nan, False, False, True, False),
    ],
)
def test_what_a_legged_robot_must_be_seen_to_do(
    stands: bool, height_m: float, caught: bool, sits: bool, halts: bool, settles: bool
) -> None:
    seen = Seen(1.0, 0.3, stands, True, height_m, caught)
    assert stage("quadruped", "sit").done(seen) is sits
    assert stage("humanoid", "halt").done(seen) is halts and stage("humanoid", "settle").done(seen) is settles
    assert stage("humanoid", "damp").done(seen) is settles
    assert not stage("humanoid", "damp").done(Seen(1.0, 0.29, stands, True, height_m, caught)), "half of its time"


def test_a_quadruped_lies_within_its_time() -> None:
    assert profile_of(robot_of("quadruped", ramp_s=1.5, settle_s=2.5)).deadline_s == 4.0
    with pytest.raises(ValueError, match=r"4.25 s; a quadruped is cut within 4 s"):
        profile_of(robot_of("quadruped", ramp_s=1.5, settle_s=2.75))
    with pytest.raises(ValueError, match=r"'fish' is none of wheeled, arm, quadruped, humanoid"):
        profile_of(robot_of("fish"))
