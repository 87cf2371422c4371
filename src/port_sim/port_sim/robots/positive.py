"""Figures of simulated robots: what may not be zero, below it, or no number."""

import math
from dataclasses import fields
from typing import Any


def all_positive(figures: Any) -> None:
    """Raises ValueError for a field of a dataclass that is not finite and above 0; a latency may be 0."""
    for each in fields(figures):
        value = getattr(figures, each.name)
        if not (math.isfinite(value) and (value > 0 or (each.name == "latency_s" and value == 0))):
            raise ValueError(f"{each.name}: {value} is not positive")
