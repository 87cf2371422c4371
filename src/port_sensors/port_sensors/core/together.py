"""Several plates as one: values of the same time are put together. Knows no device, reads no clock."""

from collections.abc import Sequence
from dataclasses import dataclass

from port_sensors.core.surface import Load, combined


@dataclass(frozen=True)
class Whole:
    """What stands on all plates together at time_s."""

    time_s: float
    load: Load


class Together:
    """Waits until every plate of `names` has a value within `tolerance_s` of the others; older ones give way."""

    def __init__(self, names: Sequence[str], tolerance_s: float) -> None:
        self._newest: dict[str, tuple[float, Load] | None] = dict.fromkeys(names)
        self._tolerance_s = tolerance_s

    def take(self, name: str, time_s: float, load: Load) -> Whole | None:
        """Add a plate's newest value; returns the whole once it is complete."""
        self._newest[name] = (time_s, load)
        values = [value for value in self._newest.values() if value is not None]
        times = [time for time, _ in values]
        if len(values) < len(self._newest) or max(times) - min(times) > self._tolerance_s:
            return None
        self._newest = dict.fromkeys(self._newest)
        return Whole(sum(times) / len(times), combined([value for _, value in values]))
