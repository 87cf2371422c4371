"""One thing that was checked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was checked, whether it holds, and what was found, in words."""

    name: str
    ok: bool
    text: str
