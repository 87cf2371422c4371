"""The names of what messages count: all of them, the same everywhere."""

import re
from pathlib import Path

import pytest

from port_ros import constants
from port_session.report import streams

MESSAGES = Path(__file__).parents[2] / "ros2_ws" / "src" / "port_interfaces" / "msg"


@pytest.mark.parametrize(
    ("message", "pattern", "names"),
    [
        ("SafetyState", r"[A-Z_]+", constants.SAFETY_STATES),
        ("SafetyEvent", r"[A-Z_]+", constants.SAFETY_EVENTS),
        ("SessionState", r"[A-Z_]+", constants.SESSION_STATES),
        ("Cause", r"[A-Z_]+", constants.SEVERITIES),
        ("InputAge", r"[A-Z_]+", constants.INPUT_STATUS),
        ("EstopState", r"LINK_[A-Z]+", constants.ESTOP_LINK),
    ],
)
def test_every_constant_of_a_message_has_its_name(message: str, pattern: str, names: dict[int, str]) -> None:
    text = (MESSAGES / f"{message}.msg").read_text()
    said = {int(value): name for name, value in re.findall(rf"^uint8 ({pattern})\s*=\s*(\d+)", text, re.MULTILINE)}
    assert said == names


def test_the_report_reads_recordings_without_ros_and_says_the_same() -> None:
    assert dict(enumerate(streams.GATE_STATES)) == constants.SAFETY_STATES
    assert dict(enumerate(streams.EVENT_KINDS)) == constants.SAFETY_EVENTS
    assert dict(enumerate(streams.SEVERITIES)) == constants.SEVERITIES
