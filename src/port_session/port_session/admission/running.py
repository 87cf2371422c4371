"""What must be in a session that runs, by its own record, and what its evidence says so far. Reads files, no ROS."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from port_session.admission.finding import Finding
from port_session.admission.judge import Expected
from port_session.admission.profile import RobotProfile, profile_of
from port_session.admission.stops_so_far import stops_so_far
from port_session.description.expectations import Stream
from port_session.report import stop_log
from port_session.supervisor.runtime import DESCRIPTION


def expected_of(record: Mapping[str, Any]) -> Expected:
    """record: of a running session (supervisor/runtime.py)."""
    description = record["description"]
    return Expected(
        [msgspec.convert(stream, Stream) for stream in record["streams"]], record["required_diagnostics"],
        record["namespace"], description["robot"]["topics"]["command_out"],
        profile_of(description, record["files"]["robot"]),
    )  # fmt: skip


def profile_in(out: Path) -> RobotProfile | None:
    """Of the session whose evidence lies in `out`, as it was understood at its start; None where nobody wrote it."""
    try:
        told = json.loads((out / DESCRIPTION).read_text(encoding="utf-8"))
        return profile_of(told["description"], told["files"]["robot"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def evidence_so_far(out: Path, expected: Expected) -> list[Finding]:
    """What the stops tell that have been recorded in the folder `out`; none where there is no log yet."""
    if expected.profile is None:
        return []
    try:
        log = stop_log.read(out / stop_log.NAME)
    except OSError:
        return []
    return stops_so_far(log.verification.records, expected.profile)
