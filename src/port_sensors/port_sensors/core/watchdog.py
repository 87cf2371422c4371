"""When the hardware watchdog output is renewed or released: only the gate's fresh, advancing heartbeats feed it.

Nothing here feeds it on its own account. Times are seconds on one monotonic clock.
"""

from enum import Enum

#: A heartbeat older than this is none.
FRESH_S = 0.1
#: After this much silence a lower sequence is a new gate, not an old message.
_NEW_GATE_S = 1.0


class Action(Enum):
    """What to write to the output."""

    NOTHING = 0
    RENEW = 1
    RELEASE = 2


class Beats:
    """The gate's heartbeats, told from old, future and repeated ones."""

    def __init__(self) -> None:
        self._sequence = -1
        self._heard_s = float("-inf")

    def take(self, sequence: int, enable: bool, age_s: float, now_s: float) -> bool | None:
        """A heartbeat arrived, stamped `age_s` ago: what it says, or None if it says nothing that counts.

        A no always counts.
        """
        new_gate = sequence < self._sequence and now_s - self._heard_s > _NEW_GATE_S
        advanced = sequence > self._sequence or new_gate
        if advanced:
            self._sequence, self._heard_s = sequence, now_s
        if not enable:
            return False
        return True if advanced and abs(age_s) <= FRESH_S else None


class Watchdog:
    """Decides for an output that opens by itself `hold_s` after it was last renewed."""

    def __init__(self, hold_s: float) -> None:
        self._every_s = hold_s / 3
        self._beats = Beats()
        self._enabled_s = float("-inf")
        self._renewed_s = float("-inf")
        self._released = False
        self._release_due = False

    def heartbeat(self, sequence: int, enable: bool, age_s: float, now_s: float) -> bool:
        """A heartbeat arrived, stamped `age_s` ago. One that is old, from the future or repeated enables nothing.

        Returns whether the output is to be released at once.
        """
        said = self._beats.take(sequence, enable, age_s, now_s)
        if said:
            self._enabled_s, self._release_due = now_s - max(0.0, age_s), False
        elif said is False:
            self._enabled_s, self._release_due = float("-inf"), not self._released
        return self._release_due

    def due(self, now_s: float) -> Action:
        """What to write now."""
        if self._release_due:
            return Action.RELEASE
        if now_s - self._enabled_s > FRESH_S or now_s - self._renewed_s < self._every_s:
            return Action.NOTHING
        self._released = False  # from now on: the answer may get lost, the output be on all the same
        return Action.RENEW

    def written(self, action: Action, now_s: float) -> None:
        """The device confirmed `action`, which was sent at `now_s`."""
        if action is Action.RENEW:
            self._renewed_s = now_s
        elif action is Action.RELEASE:
            self._released, self._release_due, self._renewed_s = True, False, float("-inf")
