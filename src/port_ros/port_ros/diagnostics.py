"""/diagnostics at 1 Hz: what each node says about its devices, with the remedy beside the fault."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.impl.rcutils_logger import RcutilsLogger
from rclpy.node import Node

_LEVELS = {
    "ok": DiagnosticStatus.OK,
    "warn": DiagnosticStatus.WARN,
    "error": DiagnosticStatus.ERROR,
    "stale": DiagnosticStatus.STALE,
}


@dataclass(frozen=True)
class Health:
    """One device or link as it is now.

    name: e.g. "force_plate left". level: ok, warn, error or stale. message: one line for people.
    remedy: what mends it, one line, empty if nothing is to be done. values: figures by name, with units in the names.
    """

    name: str
    level: str
    message: str
    remedy: str = ""
    values: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.level not in _LEVELS:
            raise ValueError(f"level: {self.level!r} is none of {sorted(_LEVELS)}")


def to_status(health: Health, hardware_id: str = "") -> DiagnosticStatus:
    """The ROS form of `health`; the remedy travels as the value named `remedy`."""
    values = {**health.values, "remedy": health.remedy} if health.remedy else health.values
    return DiagnosticStatus(
        level=_LEVELS[health.level],
        name=health.name,
        message=health.message,
        hardware_id=hardware_id,
        values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
    )


class FaultLog:
    """Writes to a log what goes wrong with a device and that it is over, once each, however often it is told.

    Figures in a message, as a rate or an age, make no other fault of it.
    """

    def __init__(self, logger: RcutilsLogger) -> None:
        self._logger = logger
        self._faults: dict[str, str] = {}

    def note(self, health: Health) -> None:
        """What is so now."""
        fault = re.sub(r"[0-9.]+", "", health.message) if health.level == "error" else ""
        if fault == self._faults.get(health.name):
            return
        self._faults[health.name] = fault
        if fault:
            self._logger.warning(": ".join(filter(None, (health.name, health.message, health.remedy))))
        else:
            self._logger.info(f"{health.name}: {health.message}")


class Diagnostics:
    """Publishes what `look` returns, once a second and on `publish()`."""

    def __init__(self, node: Node, look: Callable[[], Iterable[Health]]) -> None:
        self._node = node
        self._look = look
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._timer = node.create_timer(1.0, self.publish)

    def publish(self) -> None:
        """Publish now."""
        message = DiagnosticArray()
        message.header.stamp = self._node.get_clock().now().to_msg()
        hardware_id = self._node.get_fully_qualified_name()
        message.status = [to_status(health, hardware_id) for health in self._look()]
        self._publisher.publish(message)
