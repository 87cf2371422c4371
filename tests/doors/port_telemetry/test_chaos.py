"""A short chaos run; the long one is `scripts/test chaos --kills 100`."""

from pathlib import Path

from tests.chaos.run import Chaos


def test_whoever_is_killed_nothing_durable_is_lost_nothing_doubled_and_nothing_lost_in_silence(tmp_path: Path) -> None:
    chaos = Chaos(tmp_path, seed=7, rate_hz=200.0)
    try:
        verdict = chaos.run(kills=8)
    finally:
        chaos.close()
    assert verdict.clean, verdict.table()
    assert verdict.durable > 100 and verdict.stored > 100
    assert verdict.sent == verdict.there + verdict.told and verdict.events > 0
