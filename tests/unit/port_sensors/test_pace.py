"""A device that sends at another rate than it was told is noticed; a busy machine is not taken for one."""

import pytest

from port_sensors.core.pace import Pace


@pytest.mark.parametrize("rate_hz", [500.0, 850.0, 1200.0])
def test_another_rate_is_said_after_some_seconds(rate_hz: float) -> None:
    pace = Pace(1000.0)
    said = [pace.look(round(rate_hz), 1.0) for _ in range(8)]
    assert said == [None] * 5 + [pytest.approx(rate_hz)] * 3


def test_samples_that_come_late_are_no_other_rate() -> None:
    pace = Pace(1000.0)
    assert not any(pace.look(samples, 1.0) for samples in (40, 1000, 700, 1300, 600, 1400, 1000, 990, 1010, 700, 1300))


def test_what_an_outage_lost_is_no_other_rate() -> None:
    pace = Pace(1000.0)
    for _ in range(6):
        assert pace.look(1000, 1.0) is None
    pace.forget()
    assert not any(pace.look(samples, 1.0) for samples in (9000, 1000, 1000, 1000, 1000, 1000, 1000))
