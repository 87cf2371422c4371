"""What the e-stop node needs of a station's driver, whatever its wire."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from port_sensors.core.estop import Contacts
from port_sensors.drivers.link import SerialDevice

#: Told from the driver's thread, so keep it short: the contacts (None: the station's word no longer counts), when they
#: arrived in s on the monotonic clock, and the system time in ns at which they were true.
Listener = Callable[[Contacts | None, float, int], None]


class EstopStation(SerialDevice):
    """A station of one kind, made of its block in the ground's file: `settings` is a `settings_kind`.

    rate_hz: how often a second its word should come. slow_remedy: what mends one whose word comes more seldom.
    late_doubts: how those doubts begin that a machine may cause that is too busy.
    """

    settings_kind: ClassVar[type[msgspec.Struct]]
    slow_remedy: ClassVar[str]
    late_doubts: ClassVar[tuple[str, ...]] = ()
    rate_hz: float

    @abstractmethod
    def heartbeat(self, sequence: int, enable: bool, age_s: float) -> None:
        """The gate's heartbeat, stamped `age_s` ago. Called from any thread; never waits."""

    @abstractmethod
    def account(self) -> dict[str, int | None]:
        """What was received, lost or unanswered, and rejected, until now; of numbered frames the first and last."""

    @abstractmethod
    def values(self) -> dict[str, Any]:
        """What diagnostics show of the link."""

    def advice(self) -> str:
        """What should be mended though everything works, as "what is so: what to do"; empty if nothing."""
        return ""

    def doubt(self, now_s: float) -> str:
        """Why the station's word does not count now, with what mends it; empty if it counts."""
        link = self.link
        return "" if link.up else f"{link.reason}: {link.remedy}"
