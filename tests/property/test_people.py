"""People who walk in anywhere, at any moment, are not touched by a moving robot; alone it does its job."""

from dataclasses import replace

import pytest

from tests.bench.people import alone_in_the_hall, one
from tests.people_runs import PeopleRun, Run, plain_s


@pytest.mark.parametrize("seed", range(1, 13))
def test_nobody_is_touched_by_a_moving_robot_and_it_gets_there(seed: int) -> None:
    run = one(seed)
    assert run.contacts == 0 and run.arrived_s is not None, run
    assert run.stops or run.least_gap_m > 0.0


def test_alone_it_is_never_stopped_and_no_slower_than_its_zones_ask() -> None:
    """The lane's crossing is 3 m long and held at 0.5 m/s: that, and the braking before it, is what the gate costs."""
    run = alone_in_the_hall(1)
    assert run.arrived_s is not None and run.stops == 0
    assert run.arrived_s < plain_s() + 7.0


def test_the_same_seed_is_the_same_run() -> None:
    assert PeopleRun(7, 2).go() == PeopleRun(7, 2).go()


def test_a_run_without_the_rules_for_people_finds_contacts() -> None:
    """The runs can fail: the same people, and a gate that does not look at them."""
    assert any(run_blind(seed).contacts for seed in range(1, 13))


def run_blind(seed: int) -> Run:
    run = PeopleRun(seed, 3)
    envelope = run.loop.gate.envelope
    kept = {name: rule for name, rule in envelope.rules.items() if name not in ("separation", "crossing")}
    run.loop.gate.envelope = replace(envelope, rules=kept)
    return run.go()
