"""What `port up` leaves and says at its end."""

import json
from pathlib import Path

from port_session.commands.up import _leave_behind


def test_evidence_and_the_command_that_makes_its_report_are_named_ready_to_be_typed(tmp_path: Path) -> None:
    out = tmp_path / "run of today"
    out.mkdir()
    assert _leave_behind(str(out), {"gate": 0, "robot": -9}, 1) == [
        f"evidence in {out}; make its report: port report '{out}'"
    ]
    assert json.loads((out / "exit_codes.json").read_text()) == {"gate": 0, "robot": -9}
    assert json.loads((out / "orphans.json").read_text()) == 1


def test_a_full_disk_does_not_keep_a_session_from_its_end(tmp_path: Path) -> None:
    (tmp_path / "exit_codes.json.part").symlink_to("/dev/full")
    lost, evidence = _leave_behind(str(tmp_path), {"gate": 0}, 0)
    assert lost == f"how the processes ended is not kept: {tmp_path}: No space left on device"
    assert "port report" in evidence
