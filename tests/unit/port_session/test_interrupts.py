"""What signals ask of a session: told twice is not asked twice, and only a person's second Ctrl-C hurries."""

import signal
from typing import Any, cast

import pytest

from port_session.supervisor.interrupts import SAME_S, Interrupts
from port_session.supervisor.supervisor import Supervisor


class Told:
    """Remembers what the supervisor would have been told, and when it is now."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.now_s = 100.0
        self.interrupts = Interrupts(cast(Supervisor, self), lambda: self.now_s)

    def request_stop(self) -> None:
        self.told.append("end")

    def hurry(self) -> None:
        self.told.append("hurry")

    def take(self, number: int, after_s: float = 0.0) -> None:
        self.now_s += after_s
        self.interrupts.take(number)


@pytest.mark.parametrize(("signals", "expected"), [
    ([(signal.SIGINT, 0.0)], ["end"]),
    # A terminal's Ctrl-C reaches the session by its group and by launch.
    ([(signal.SIGINT, 0.0), (signal.SIGINT, 0.02)], ["end"]),
    ([(signal.SIGINT, 0.0), (signal.SIGINT, SAME_S)], ["end", "hurry"]),
    # launch, Docker and systemd: SIGTERM behind SIGINT, and a hang-up behind a closed terminal.
    ([(signal.SIGINT, 0.0), (signal.SIGTERM, 5.0)], ["end"]),
    ([(signal.SIGTERM, 0.0), (signal.SIGHUP, 5.0), (signal.SIGTERM, 5.0)], ["end"]),
    ([(signal.SIGHUP, 0.0), (signal.SIGINT, 2.0)], ["end", "hurry"]),
])  # fmt: skip
def test_only_ctrl_c_again_hurries(signals: list[Any], expected: list[str]) -> None:
    told = Told()
    for number, after_s in signals:
        told.take(number, after_s)
    assert told.told == expected
