"""An e-stop module whose answers come late over something that stores bytes, or come without a question."""

import os
import threading
import time
import tty
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from port_sensors.drivers.estop_io import WaveshareSettings, WaveshareStation
from port_sensors.protocol.waveshare_8ch import read_inputs, read_outputs
from tests.sim_ground import ESTOPS
from tests.waiting import wait_until

BLOCK = {key: value for key, value in ESTOPS["waveshare_8ch"].items() if key != "driver"}
INPUTS, OUTPUTS = read_inputs(BLOCK["unit_id"]), read_outputs(BLOCK["unit_id"])


def answer_to(frame: bytes) -> bytes:
    """What a sound module says whose contacts are all closed; nothing to what it was not asked whole."""
    from pymodbus.framer import FramerRTU

    if frame not in (INPUTS.frame, OUTPUTS.frame):
        return b""
    body = (INPUTS if frame == INPUTS.frame else OUTPUTS).answer_head + b"\xff"
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


class Module:
    """The far end of a line. late_s: how long answers are stored. unasked_s: how often a "closed" comes unasked."""

    def __init__(self, late_s: float = 0.0, unasked_s: float = 0.0) -> None:
        self._late_s, self._unasked_s = late_s, unasked_s
        self._near, far = os.openpty()
        tty.setraw(self._near)
        tty.setraw(far)
        os.set_blocking(self._near, False)
        self._far, self.path = far, os.ttyname(far)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="module", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ending.set()
        self._thread.join()
        os.close(self._near)
        os.close(self._far)

    def _run(self) -> None:
        stored: deque[tuple[float, bytes]] = deque()
        while not self._ending.wait(0.001 if not self._unasked_s else self._unasked_s):
            try:
                asked = os.read(self._near, 256)
            except BlockingIOError:
                asked = b""
            if self._unasked_s:
                os.write(self._near, answer_to(INPUTS.frame))
            elif asked:
                stored.append((time.monotonic() + self._late_s, answer_to(asked)))
            while stored and stored[0][0] <= time.monotonic():
                os.write(self._near, stored.popleft()[1])


@pytest.fixture
def begin() -> Iterator[Callable[..., tuple[WaveshareStation, list[Any]]]]:
    running: list[Any] = []

    def start(**how: float) -> tuple[WaveshareStation, list[Any]]:
        module, contacts = Module(**how), list[Any]()
        settings = msgspec.convert({**BLOCK, "port": module.path}, WaveshareSettings)
        driver = WaveshareStation("estop", settings, lambda one, *_: contacts.append(one))
        running.extend((module, driver))
        driver.start()
        return driver, contacts

    yield start
    for one in reversed(running):
        one.close()


def test_a_module_that_answers_at_once_is_believed(begin: Callable[..., Any]) -> None:
    driver, contacts = begin()
    wait_until(lambda: driver.link.up and len(contacts) > 50, what="it is believed")
    assert all(one.channel_a_closed for one in contacts)


@pytest.mark.parametrize("how", [{"late_s": 0.5}, {"late_s": 2.0}, {"unasked_s": 0.005}], ids=str)
def test_answers_that_are_late_or_unasked_are_never_believed_for_long(
    begin: Callable[..., Any], how: dict[str, float], tmp_path: Path
) -> None:
    driver, contacts = begin(**how)
    wait_until(lambda: "answers come late, or to what nobody asked" in driver.link.reason, what="it is noticed")
    assert "nothing that stores bytes" in driver.link.remedy and not driver.link.up
    assert len(contacts) <= 30, "what was believed before it was noticed"
