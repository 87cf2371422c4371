"""Waiting for a condition with a deadline, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import Literal, TypeVar

T = TypeVar("T")
#: A machine that is busy with other things makes one wait; a test that fails waits the longer for it.
PATIENCE_S = 180.0


def wait_until(condition: Callable[[], T | Literal[False] | None], timeout_s: float = PATIENCE_S, what: str = "") -> T:
    """Poll `condition` until it is true and return its value; AssertionError after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s:g} s: {what or condition}")
        time.sleep(0.01)


def quickest_s(measure: Callable[[], float], enough_s: float, tries: int = 5) -> float:
    """The shortest of up to `tries` measurements, the last of them if it is `enough_s` or less.

    For a promised time: the pauses of a busy machine lengthen a measurement, and nothing shortens one.
    """
    shortest_s = float("inf")
    for _ in range(tries):
        shortest_s = min(shortest_s, measure())
        if shortest_s <= enough_s:
            break
    return shortest_s
