"""The benchmarks still measure what they name: each once, as small as it can be. How fast that is says nothing here."""

import math

import pytest

from tests.bench import border, domains, estop
from tests.conftest import next_domain


@pytest.fixture(autouse=True)
def own_domains(monkeypatch: pytest.MonkeyPatch, ros_domain: int) -> None:
    """One that another test uses would have two gates."""
    monkeypatch.setattr(domains, "some_domain", next_domain)


def test_the_estop_s_way_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estop, "PRESSES", 2)
    monkeypatch.setattr(estop, "STOPS", 1)
    figures, _ = estop.measure(1)
    assert figures["estop.to_stop_p99_ms"] > 0.0 and all(math.isfinite(value) for value in figures.values())


def test_a_border_s_cost_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(border, "COMMANDS", 50)
    monkeypatch.setattr(border, "STOPS", 1)
    figures, _ = border.measure(1)
    assert {"border.stop_p99_ms", "link.stop_p99_ms", "border.plain_hop_p50_us"} <= figures.keys()
    assert all(value > 0.0 for value in figures.values())
