"""How old a value may be before the page must stop showing it as true.

Ages are taken on one monotonic clock whose reading is an argument. This module reads no clock.
"""

import math
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

#: From this age on a tile that shows safety data is hatched and struck out.
HATCHED_MS = 500.0
#: From this age of safety/state on the whole page says NOT LIVE.
NOT_LIVE_MS = 1000.0
#: Sources that speak seldom are hatched after three missed messages: session/state (2 Hz), /diagnostics (1 Hz).
SESSION_HATCHED_MS = 1500.0
HEALTH_HATCHED_MS = 3500.0

_NS_PER_MS = 1e6


@dataclass(frozen=True)
class Seen(Generic[T]):
    """A value, and when it was true (monotonic clock, ns)."""

    value: T
    true_at_ns: int

    def age_ms(self, now_ns: int) -> float:
        """Milliseconds since it was true; a time in the future counts as age too, for it cannot be right."""
        return abs(now_ns - self.true_at_ns) / _NS_PER_MS


def true_at(now_ns: int, now_system_ns: int, stamp_ns: int) -> int:
    """When a value stamped `stamp_ns` (system clock) was true, on the monotonic clock.

    A latched message can be old when it arrives, so its arrival proves nothing. A stamp in the future is as wrong as
    one in the past and counts as equally old.
    """
    return now_ns - abs(now_system_ns - stamp_ns)


def age_ms(seen: Seen[T] | None, now_ns: int) -> float | None:
    """Age of `seen`; None if nothing was ever received."""
    return None if seen is None else seen.age_ms(now_ns)


def is_fresh(age: float | None, limit_ms: float) -> bool:
    """Whether a value of this age may be shown as true. Never received and not a number are not."""
    return age is not None and math.isfinite(age) and 0.0 <= age < limit_ms
