"""The epoch of a start: higher than all before, also when the clock was set back."""

#: How far ahead of a clock that was set back: so wide that an old copy of the spool does not name the same one again.
_LEAP = 1 << 20


def next_epoch(now_ms: int, before: int, chance: float) -> int:
    """Milliseconds since 1970, or more if `before` is not behind that; `chance` in [0, 1) draws how much more."""
    return now_ms if now_ms > before else before + 1 + int(chance * _LEAP)
