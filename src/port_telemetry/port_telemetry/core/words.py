"""Spans of time and sizes as people read them."""

_UNITS = ("B", "kB", "MB", "GB", "TB")


def age_text(seconds: float) -> str:
    """A span of time: "12 s", "5 min", "3.5 h"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def size_text(count: float) -> str:
    """Bytes: "512 B", "4.3 GB"."""
    for unit in _UNITS[:-1]:
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} {_UNITS[-1]}"
