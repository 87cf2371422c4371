"""What is said about an e-stop station, in its state and in /diagnostics: the worst thing first, with its remedy."""

from port_ros.diagnostics import Health
from port_ros.machine_load import LateWakes, MachineLoad, read, remedy_for_late, too_busy
from port_sensors.core.estop import Reading
from port_sensors.core.pace import Pace
from port_sensors.drivers.estop_station import EstopStation

#: A station that answers at less than half its rate is late to say that it was pressed.
_OFF = 0.5


class EstopHealth:
    """Looks at the station `device_id` from time to time; remembers the last look.

    period_s: how often the node wakes. What a machine that is too busy kept it from reading is no fault of the station.
    """

    def __init__(self, device_id: str, driver: EstopStation, period_s: float, realtime: str) -> None:
        self._name, self._driver, self._period_s, self._realtime = f"estop {device_id}", driver, period_s, realtime
        self._pace = Pace(driver.rate_hz, _OFF)
        self._wakes, self._woke_s = LateWakes(), float("inf")
        self._load_at_loss: MachineLoad | None = None
        self._looked: tuple[float, int] | None = None
        self._unproven, self._unproven_told, self._why_unproven = 0, 0, ""

    def note_unproven(self, why: str) -> None:
        """A heartbeat came that is not known to be the gate's: it powers nothing."""
        self._unproven += 1
        self._why_unproven = why

    def woke(self, now_s: float) -> None:
        """The node's timer ran: how late tells whether this machine lets the node run."""
        self._wakes.woke(self._woke_s + self._period_s, now_s)
        self._woke_s = now_s

    def reason(self, reading: Reading, doubt: str, now_s: float) -> str:
        """Why the station's word does not count, as "what is wrong: what mends it"; empty if it counts.

        doubt: the driver's own reason. A port that could not be opened, or a second host, is no matter of time.
        """
        if reading.link_ok:
            self._load_at_loss = None
            return ""
        what, _, remedy = (doubt or "no answer: check the cable").rpartition(": ")
        if self._driver.link.up and (not doubt or doubt.startswith(self._driver.late_doubts)):
            self._load_at_loss = self._load_at_loss or self._load(now_s)
            remedy = remedy_for_late(remedy, self._load_at_loss)
        return f"{what}: {remedy}" if what else remedy

    def look(self, reading: Reading, doubt: str, now_s: float) -> Health:
        """The link, the contacts and the rate since the last look."""
        then_s, then_answers = self._looked or (now_s, reading.answers)
        self._looked = now_s, reading.answers
        elapsed_s, answers = now_s - then_s, reading.answers - then_answers
        rate_hz = answers / max(1e-3, elapsed_s)
        level, message, remedy = self._verdict(reading, self.reason(reading, doubt, now_s))
        if level != "ok":
            self._pace.forget()
        elif (slow_hz := self._pace.look(answers, elapsed_s)) is not None and slow_hz < self._driver.rate_hz:
            level, message, remedy = self._slow(slow_hz, self._load(now_s))
        else:
            message = f"{rate_hz:.0f} Hz{message and '; '}{message}"
        if level == "ok" and self._unproven > self._unproven_told:
            level, message, remedy = self._of_somebody_else(self._unproven - self._unproven_told)
        self._unproven_told = self._unproven
        values = {
            "heartbeats of somebody else": self._unproven,
            "rate_hz": f"{rate_hz:.0f}", "answers": reading.answers, **self._driver.values(),
            "realtime": self._realtime,
        }  # fmt: skip
        return Health(self._name, level, message, remedy, values)

    def _verdict(self, reading: Reading, reason: str) -> tuple[str, str, str]:
        """Level, message, remedy."""
        if reason:
            what, _, remedy = reason.rpartition(": ")
            return "error", what or reason, remedy if what else "wait a moment"
        if reading.discrepancy:
            remedy = "press the button fully, then release it; if this comes again, replace it"
            return "error", "one channel opened alone", remedy
        what, _, remedy = self._driver.advice().partition(": ")
        return "ok", what, remedy

    def _of_somebody_else(self, count: int) -> tuple[str, str, str]:
        what = f"{count} heartbeats that the gate did not send: {self._why_unproven}"
        return "warn", what, "end whoever else publishes safety/enable"

    def _slow(self, rate_hz: float, load: MachineLoad) -> tuple[str, str, str]:
        told_hz = self._driver.rate_hz
        if load.busy:
            return "ok", f"{rate_hz:.0f} of {told_hz:g} answers a second are read", too_busy(load)
        return "warn", f"answers {rate_hz:.0f} times a second, not {told_hz:g}", self._driver.slow_remedy

    def _load(self, now_s: float) -> MachineLoad:
        return read(self._wakes.worst_s(now_s))
