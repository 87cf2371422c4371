"""A node's log has each fault of a device once, and its end."""

from typing import Any

import pytest

from port_ros.diagnostics import FaultLog, Health


class Kept:
    """A logger that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def warning(self, text: str) -> None:
        self.lines.append(("warning", text))

    def info(self, text: str) -> None:
        self.lines.append(("info", text))


GONE = Health("camera north", "error", "camera: no answer (timed out)", "check its cable")
WELL = Health("camera north", "ok", "15.0 pictures a second")


@pytest.mark.parametrize(("told", "lines"), [
    ([WELL, WELL], [("info", "camera north: 15.0 pictures a second")]),
    ([GONE, GONE, WELL, WELL], [
        ("warning", "camera north: camera: no answer (timed out): check its cable"),
        ("info", "camera north: 15.0 pictures a second"),
    ]),
    ([Health("a", "error", f"pictures are {age} s old") for age in (0.5, 0.71, 12)], [
        ("warning", "a: pictures are 0.5 s old"),
    ]),
    ([GONE, Health("camera south", "error", GONE.message), GONE], [
        ("warning", "camera north: camera: no answer (timed out): check its cable"),
        ("warning", "camera south: camera: no answer (timed out)"),
    ]),
])  # fmt: skip
def test_each_change_is_written_once(told: list[Health], lines: list[tuple[str, str]]) -> None:
    kept: Any = Kept()
    log = FaultLog(kept)
    for health in told:
        log.note(health)
    assert kept.lines == lines
