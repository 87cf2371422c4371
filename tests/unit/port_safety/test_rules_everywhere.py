"""The rules that hold for every robot: what each objects to, with which figures, and what it leaves alone."""

from port_safety.model.history import History
from port_safety.model.readings import Pose, Reading
from tests.unit.port_safety.rule_bench import NOW


def test_the_same_reading_told_twice_is_no_sign_of_life_and_none_of_death() -> None:
    history = History()
    for _ in range(50):
        history.note(Reading(Pose(1.0, 2.0, 0.5), NOW, NOW))
    assert history.same == 1 and len(history.lags_ns) == 1
