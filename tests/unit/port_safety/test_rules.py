"""Zones and speeds: where the robot is slowed, where it is stopped, and that the way out stays open."""

import pytest

from port_safety.model.braking_model import SETTLE_S, BrakingModel
from port_safety.model.verdict import Severity, Verdict


def test_braking_allows_exactly_what_stops_in_time() -> None:
    braking = BrakingModel(0.1, 1.2)
    for distance in (0.01, 0.5, 3.0):
        allowed = braking.allowed_approach_mps(distance)
        assert braking.stopping_distance_m(allowed) + SETTLE_S * allowed == pytest.approx(distance)
    assert braking.allowed_approach_mps(0.0) == 0.0
    assert braking.allowed_approach_mps(-1.0, 0.3) == 0.3


def test_the_lag_of_the_drives_counts_like_their_latency() -> None:
    assert BrakingModel(0.08, 1.2, 0.1).stopping_distance_m(1.0) == pytest.approx(0.18 + 1.0 / 2.4)
    assert BrakingModel(0.08, 1.2, 0.1).allowed_approach_mps(1.0) == BrakingModel(0.18, 1.2).allowed_approach_mps(1.0)
    with pytest.raises(ValueError, match="response_s: -1"):
        BrakingModel(0.08, 1.2, -1.0)


@pytest.mark.parametrize(
    "bad",
    [
        {"scale": 1.5},
        {"scale_angular": -0.1},
        {"reason": ""},
        {"severity": Severity.EMERGENCY_STOP, "self_clearing": True},
    ],
)
def test_a_verdict_that_makes_no_sense_cannot_be_born(bad: dict[str, object]) -> None:
    fine: dict[str, object] = {"severity": Severity.LIMIT, "rule": "r", "source": "s", "reason": "why"}
    with pytest.raises(ValueError):
        Verdict(**{**fine, **bad})  # type: ignore[arg-type]
