"""A figure with its uncertainty as people read it: U with two significant digits at most, the value to the same place.

JCGM 100:2008, 7.2.6.
"""

import math


def places(expanded: float) -> int:
    """Decimal places for a value whose expanded uncertainty is `expanded`; fewer than 0 where whole tens are unsure."""
    if not math.isfinite(expanded) or expanded <= 0.0:
        return 6
    exponent = math.floor(math.log10(expanded))
    rounded = round(expanded, 1 - exponent)  # 0.0996 is 0.10: one place less
    return 1 - math.floor(math.log10(rounded))


def told(value: float, expanded: float, unit: str) -> str:
    """`value` ± `expanded` with their unit."""
    digits = places(expanded)
    shown = max(0, digits)
    return f"{round(value, digits):.{shown}f} ± {round(expanded, digits):.{shown}f} {unit}"
