"""A busy session's half minute through edge, broker and facility: all of it arrives, and nothing grows with it."""

from pathlib import Path

import pytest

from tests.bench.fan_in import session


@pytest.mark.slow
def test_a_busy_session_arrives_whole_and_leaves_memory_handles_and_the_spools_file_as_they_were(
    tmp_path: Path,
) -> None:
    run = session(tmp_path, 30.0)
    assert run.records > 20_000 and (run.lost, run.twice) == (0, 0)
    assert run.samples_sent > 100_000 and run.samples_silent == 0
    for name, sizes in run.sizes.items():
        assert sizes.grown_bytes < 30e6, name
        assert abs(sizes.handles[-1] - sizes.handles[0]) <= 3, name
    # Empty, the file is what is kept for the next records and the log.
    assert run.end_file_bytes < 8e6
