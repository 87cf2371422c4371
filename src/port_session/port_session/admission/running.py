"""What must be in a session that runs, by its own record, and what its evidence says so far. Reads files, no ROS."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from port_session.admission.estop_tests import presses, state_file, untested
from port_session.admission.finding import Finding
from port_session.admission.judge import Expected
from port_session.admission.machine import disk, system_clock
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
        profile_of(description, record["files"]["robot"]), description["ground"],
    )  # fmt: skip


def described_in(out: Path) -> tuple[RobotProfile | None, Mapping[str, Any] | None]:
    """Robot and ground of the session whose evidence lies in `out`, as they were understood at its start.

    None where nobody wrote it.
    """
    try:
        told = json.loads((out / DESCRIPTION).read_text(encoding="utf-8"))
        return profile_of(told["description"], told["files"]["robot"]), told["description"]["ground"]
    except (OSError, ValueError, KeyError, TypeError):
        return None, None


def kept_so_far(out: Path, expected: Expected) -> list[Finding]:
    """What files and this machine tell: stops so far, the disk; on a real ground e-stop tests and clock."""
    return [*recorded_stops(out, expected), disk(out), *_of_the_day(expected.ground)]


def _of_the_day(ground: Mapping[str, Any] | None) -> list[Finding]:
    """A simulated ground hurts nobody, and runs by one clock."""
    if ground is None or ground["simulated"]:
        return []
    pressed = presses(ground["site"], state_file())
    return [*untested(ground["estop"], pressed, time.time_ns()), *system_clock()]


def recorded_stops(out: Path, expected: Expected) -> list[Finding]:
    """What the log of stops in `out` says of the robot; nothing where there is none yet."""
    if expected.profile is None:
        return []
    try:
        log = stop_log.read(out / stop_log.NAME)
    except OSError:
        return []
    return stops_so_far(log.verification.records, expected.profile)
