"""What is said about a camera whose pictures come late or seldom."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from port_ros.diagnostics import Health
from port_ros.machine_load import MachineLoad
from port_sensors.core.view import Seen
from port_sensors.drivers.camera import CameraLink
from port_sensors.drivers.lookout import Lookout
from port_sensors.ros.camera_health import health_of

IDLE, BUSY = MachineLoad(0.4, 2, 0.02), MachineLoad(13.0, 2, 0.97)
FIRST = "this machine is too busy (load 13 on 2 cores), end other work on it"
GOOD = CameraLink(connected=True, received=100, rate_hz=15.0, delay_s=0.04)


def said(load: MachineLoad, seen: Seen | None = Seen(""), **link: object) -> Health:  # noqa: B008  # frozen
    lookout = Lookout("overhead", lambda frame: None)
    return health_of("overhead", 15.0, replace(GOOD, **link), lookout, seen, "", "", 0.0, None, load)  # type: ignore[arg-type]


def test_a_camera_that_is_well_is_well_on_a_busy_machine_too() -> None:
    assert said(BUSY).level == "ok" and said(BUSY).remedy == ""


@pytest.mark.parametrize(
    ("link", "level", "message", "remedy"),
    [
        ({"rate_hz": 9.0}, "warn", "9.0 pictures a second, not 15", "check the camera's network and exposure"),
        ({"delay_s": 0.71}, "error", "pictures are 0.71 s old by their stamp", "set the camera's clock by NTP"),
    ],
)
def test_a_slow_camera_is_blamed_where_the_machine_has_time(
    link: Mapping[str, Any], level: str, message: str, remedy: str
) -> None:
    health = said(IDLE, **link)
    assert (health.level, health.message, health.remedy) == (level, message, remedy)
    health = said(BUSY, **link)
    assert (health.level, health.message) == (level, message) and health.remedy.startswith(FIRST)


def test_a_rate_measured_on_a_busy_machine_says_nothing_about_the_camera() -> None:
    assert said(BUSY, rate_hz=9.0).remedy == FIRST


def test_a_clock_that_is_ahead_is_not_laid_on_the_machine() -> None:
    assert said(BUSY, delay_s=-0.71).remedy == "set the camera's clock by NTP"


def test_no_picture_yet_on_a_busy_machine() -> None:
    assert said(IDLE, None).remedy == "look at the camera's own page"
    assert said(BUSY, None).remedy == FIRST + "; if it stays, look at the camera's own page"
