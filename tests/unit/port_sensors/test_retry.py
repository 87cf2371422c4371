"""When a link that failed is tried again."""

import pytest

from port_sensors.core.retry import LONGEST_S, Retry


@pytest.mark.parametrize("lot", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("lasted_s", [0.0, 0.3, 0.95, 5.0])
def test_attempts_follow_each_other_within_the_longest_pause_or_at_once(lasted_s: float, lot: float) -> None:
    retry = Retry()
    pauses_s = [retry.pause_s(False, lasted_s, lot) for _ in range(8)]
    assert all(pause_s + lasted_s <= max(LONGEST_S, lasted_s + 0.125) for pause_s in pauses_s)
    assert pauses_s == sorted(pauses_s) or lasted_s > 0.0
    assert retry.pause_s(True, 60.0, lot) == pytest.approx(0.1, abs=0.026), "who got through tries again at once"
