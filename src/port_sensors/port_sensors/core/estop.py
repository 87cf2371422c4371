"""What an e-stop station says: its contacts, and what is said when it does not answer. Missing means unsafe.

Times are seconds on one monotonic clock. Decides nothing about stopping: that is the safety gate's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

#: No valid answer for this long: the link is lost, unless the ground says otherwise. Ten polls at 100 Hz.
LOST_AFTER_S = 0.1
#: The two channels of a sound button never disagree for longer than this (EN 81-20 and safety relays: 0.5 s).
DISCREPANCY_S = 0.5
#: How many the module has.
INPUTS = 8


@dataclass(frozen=True)
class Contacts:
    """The four contacts of a station. A closed channel is one that is not pressed."""

    channel_a_closed: bool
    channel_b_closed: bool
    reset_pressed: bool
    relay_closed: bool


@dataclass(frozen=True)
class Wiring:
    """Which input of the module carries what; 0…7, each its own."""

    channel_a: int
    channel_b: int
    reset: int
    relay: int

    def __post_init__(self) -> None:
        seen: dict[int, str] = {}
        for name in (field.name for field in fields(self)):
            number = getattr(self, name)
            if not 0 <= number < INPUTS:
                raise ValueError(f"{name}: {number} is no input of the module; it has 0…{INPUTS - 1}")
            if (other := seen.setdefault(number, name)) != name:
                raise ValueError(f"{name}: input {number} is {other} already; give each contact an input of its own")

    def contacts(self, inputs: Sequence[bool]) -> Contacts:
        """All inputs of the module, True is closed, by what they carry."""
        return Contacts(inputs[self.channel_a], inputs[self.channel_b], inputs[self.reset], inputs[self.relay])


@dataclass(frozen=True)
class Reading:
    """What the station says now. never: no answer since the start. stamp_ns: system time of its last answer.

    discrepancy: the channels disagreed in a way no sound button does; the one that opened alone counts as open until
    both were seen open together.
    """

    stamp_ns: int
    answers: int
    link_ok: bool
    never: bool
    channel_a_closed: bool
    channel_b_closed: bool
    reset_pressed: bool
    relay_closed: bool
    discrepancy: bool


_SILENT = Contacts(False, False, False, False)


class DualChannel:
    """Latches a discrepancy: one channel that opened and closed alone, or stayed apart for more than DISCREPANCY_S.

    A welded contact or a broken wire must not heal by itself. What ends it is the test that only two sound channels
    pass: press the button fully, both open, and release it (ISO 13849-1 category 3, as safety relays do it).
    """

    def __init__(self) -> None:
        self._suspect = ""
        self._apart_since_s: float | None = None
        self._from_closed = False
        self.latched = False

    def look(self, contacts: Contacts, now_s: float) -> Contacts:
        """The contacts as they count now."""
        a_closed, b_closed = contacts.channel_a_closed, contacts.channel_b_closed
        if a_closed != b_closed:
            self._apart(a_closed, now_s)
        elif a_closed:
            self.latched = self.latched or (self._apart_since_s is not None and self._from_closed)
            self._apart_since_s, self._from_closed = None, True
        else:
            self.latched, self._apart_since_s, self._from_closed = False, None, False
        if not self.latched:
            return contacts
        return replace(contacts, **{self._suspect: False})

    def _apart(self, a_closed: bool, now_s: float) -> None:
        if self._apart_since_s is None:
            self._apart_since_s = now_s
        if not self.latched:
            self._suspect = "channel_b_closed" if a_closed else "channel_a_closed"
        self.latched = self.latched or now_s - self._apart_since_s > DISCREPANCY_S


class Station:
    """The last answer and its age."""

    def __init__(self, lost_after_s: float = LOST_AFTER_S) -> None:
        if not 0.0 < lost_after_s <= 1.0:
            raise ValueError(f"lost_after_s: {lost_after_s} is outside 0…1 s")
        self._lost_after_s = lost_after_s
        self._channels = DualChannel()
        self._contacts = _SILENT
        self._answered_s = float("-inf")
        self._stamp_ns = 0
        self._answers = 0

    def answered(self, contacts: Contacts, now_s: float, stamp_ns: int) -> bool:
        """A valid answer: how the contacts were at system time `stamp_ns`. Returns whether that is news."""
        before, silent = self._contacts, now_s - self._answered_s > self._lost_after_s
        self._contacts = self._channels.look(contacts, now_s)
        self._answered_s, self._stamp_ns = now_s, stamp_ns
        self._answers += 1
        return silent or self._contacts != before

    def reading(self, now_s: float, trusted: bool) -> Reading:
        """What is true now; a station that is not trusted or whose answer is too old has every contact open."""
        link_ok = trusted and now_s - self._answered_s <= self._lost_after_s
        seen = self._contacts if link_ok else _SILENT
        return Reading(
            self._stamp_ns, self._answers, link_ok, self._answers == 0, seen.channel_a_closed, seen.channel_b_closed,
            seen.reset_pressed, seen.relay_closed, self._channels.latched,
        )  # fmt: skip
