"""What is said about a force plate in /diagnostics: the worst thing first, with its remedy."""

import time
from collections.abc import Callable

from port_ros.diagnostics import Health
from port_ros.machine_load import MachineLoad, remedy_for_late, too_busy
from port_sensors.core.pace import Pace
from port_sensors.core.plate import Plate
from port_sensors.drivers.wrench_sensor import WrenchSensor

_QUIET_S = 0.5
#: An empty plate off zero by more than this wants a tare: half of what counts as a load.
_ZERO_N = 10.0


class PlateHealth:
    """Looks at one plate, named `name` and found at `port`, from time to time; remembers the last look.

    load: how busy this machine is. What it was too busy to read is no fault of the device.
    """

    def __init__(
        self, name: str, port: str, rate_hz: float, driver: WrenchSensor, plate: Plate, load: Callable[[], MachineLoad]
    ) -> None:
        self._name, self._port, self._driver, self._plate, self._load = name, port, driver, plate, load
        self._rate_hz, self._pace = rate_hz, Pace(rate_hz)
        self._looked_s, self._received, self._lost = time.monotonic(), 0, 0
        self._saturated = self._invalid = self._repeated = 0

    def look(self, received: int, lost: int) -> Health:
        """The link, the rate and the account since the last look. received, lost: samples published so far."""
        now_s = time.monotonic()
        elapsed_s, newly_received, newly_lost = now_s - self._looked_s, received - self._received, lost - self._lost
        rate_hz = newly_received / max(1e-3, elapsed_s)
        sent_hz = self._pace.look(newly_received + newly_lost, elapsed_s)
        self._looked_s, self._received, self._lost = now_s, received, lost
        repeated, self._repeated = self._driver.totals.duplicates - self._repeated, self._driver.totals.duplicates
        stuck = repeated > newly_received
        level, message, remedy = self._stuck(repeated) if stuck else self._verdict(now_s, newly_lost, rate_hz, sent_hz)
        return Health(f"force_plate {self._name}", level, message, remedy, self._values(rate_hz))

    def _values(self, rate_hz: float) -> dict[str, object]:
        totals = self._driver.totals
        values: dict[str, object] = {
            "received": self._received,
            "lost": self._lost,
            "rejected": self._driver.rejected_bytes,
            "rate_hz": f"{rate_hz:.0f}",
            "duplicates": totals.duplicates,
            "renumbered": totals.renumbered,
            "restarts": totals.restarts,
            "overflowed": self._driver.overflowed_samples,
            "saturated": self._plate.saturated_samples,
            "invalid": self._plate.invalid_samples,
            "drift_ppm": f"{self._plate.drift_ppm:.1f}",
            "zero_n": f"{self._plate.zero_n():.1f}",
            "check": self._driver.check,
            "slow_delay_s": f"{self._plate.slow_delay_s:.4f}",
        }
        if self._driver.temperature_c is not None:
            values["temperature_c"] = f"{self._driver.temperature_c:.1f}"
        return values

    def _verdict(self, now_s: float, newly_lost: int, rate_hz: float, sent_hz: float | None) -> tuple[str, str, str]:
        """Level, message, remedy. sent_hz: what the device sends, if that is not what it was told."""
        link = self._driver.link
        if not link.up:
            self._pace.forget()
            return "error", link.reason, link.remedy
        if now_s - self._driver.last_data_s > _QUIET_S:
            self._pace.forget()
            remedy = remedy_for_late("check the box's power and its cable", self._load())
            return "error", f"{self._port}: no data", remedy
        if sent_hz is not None:
            return self._other_rate(sent_hz)
        invalid = self._plate.invalid_samples - self._invalid
        self._invalid += invalid
        if invalid:
            return "error", f"{invalid} samples lately are no forces", "check the sensor's cables and its own display"
        saturated = self._plate.saturated_samples - self._saturated
        self._saturated += saturated
        if saturated:
            return "warn", f"{saturated} samples saturated lately", "lessen the load, or check full_scale_n"
        if newly_lost:
            return "warn", f"{newly_lost} samples lost lately", remedy_for_late("check the cable", self._load())
        if (warming_s := self._plate.warming_s(now_s)) > 0:
            return "warn", f"warming up for another {warming_s:.0f} s", "wait, then tare"
        if abs(self._plate.zero_n()) > _ZERO_N:
            return "warn", f"zero is off by {self._plate.zero_n():.1f} N", "tare the empty plate"
        return "ok", f"{rate_hz:.0f} Hz", ""

    def _stuck(self, repeated: int) -> tuple[str, str, str]:
        """Samples are told apart by their numbers alone: those of a counter that stands still are taken for copies."""
        self._pace.forget()
        remedy = "switch the box off and on; if it stays, have its firmware mended"
        return (
            "error",
            f"its sample counter stands still: {repeated} samples lately had a number that was there",
            remedy,
        )

    def _other_rate(self, sent_hz: float) -> tuple[str, str, str]:
        """A machine that reads late cannot tell how fast a device sends; it says so until it can."""
        load = self._load()
        if load.busy:
            return "warn", f"{sent_hz:.0f} of {self._rate_hz:g} samples a second are read", too_busy(load)
        remedy = "correct rate_hz, or switch the device off and on: until then its samples are stamped wrongly"
        return "warn", f"sends {sent_hz:.0f} Hz, not {self._rate_hz:g} Hz", remedy
