"""What an e-stop station says: which contact is which, and what is said when it does not answer. Missing means unsafe.

Times are seconds on one monotonic clock. Decides nothing about stopping: that is the safety gate's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

#: No valid answer for this long: the link is lost, unless the ground says otherwise. Ten polls at 100 Hz.
LOST_AFTER_S = 0.1


@dataclass(frozen=True)
class Wiring:
    """Which input of the module carries what; 0…7, each its own."""

    channel_a: int
    channel_b: int
    reset: int
    relay: int

    def __post_init__(self) -> None:
        numbers = [getattr(self, field.name) for field in fields(self)]
        if not all(0 <= number < 8 for number in numbers) or len(set(numbers)) != len(numbers):
            raise ValueError(f"inputs: {numbers} are not four different numbers of 0…7")


@dataclass(frozen=True)
class Reading:
    """What the station says now. never: no answer since the start. stamp_ns: system time of its last answer."""

    stamp_ns: int
    answers: int
    link_ok: bool
    never: bool
    channel_a_closed: bool
    channel_b_closed: bool
    reset_pressed: bool
    relay_closed: bool


_SILENT = (False, False, False, False)


class Station:
    """The last answer and its age."""

    def __init__(self, wiring: Wiring, lost_after_s: float = LOST_AFTER_S) -> None:
        if not 0.0 < lost_after_s <= 1.0:
            raise ValueError(f"lost_after_s: {lost_after_s} is outside 0…1 s")
        self._wiring = wiring
        self._lost_after_s = lost_after_s
        self._contacts: tuple[bool, bool, bool, bool] = _SILENT
        self._answered_s = float("-inf")
        self._stamp_ns = 0
        self._answers = 0

    def answered(self, inputs: Sequence[bool], now_s: float, stamp_ns: int) -> None:
        """A valid answer: all inputs of the module, True is closed."""
        wires = self._wiring
        self._contacts = (inputs[wires.channel_a], inputs[wires.channel_b], inputs[wires.reset], inputs[wires.relay])
        self._answered_s, self._stamp_ns = now_s, stamp_ns
        self._answers += 1

    def reading(self, now_s: float, link_up: bool) -> Reading:
        """What is true now; with the link down or the answer too old every contact counts as open."""
        link_ok = link_up and now_s - self._answered_s <= self._lost_after_s
        contacts = self._contacts if link_ok else _SILENT
        return Reading(self._stamp_ns, self._answers, link_ok, self._answers == 0, *contacts)
