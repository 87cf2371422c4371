"""The session's topics as a SCADA host sees them: messages become values of the devices in `core.sparkplug.ground`.

It hangs on the subscriptions that telemetry has anyway; what is sealed to a team is not shown here either.
"""

import math
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from port_interfaces.msg import EstopState, SafetyState, SessionState, WrenchBlock
from rclpy.node import Node

from port_ros import stamps
from port_ros.constants import HEALTH_LEVELS
from port_ros.diagnostics import Health
from port_telemetry.core.sparkplug import ground
from port_telemetry.core.sparkplug.edge_node import EdgeNode
from port_telemetry.core.sparkplug.payload import Value
from port_telemetry.mqtt.sparkplug import Projection
from port_telemetry.mqtt.status import Status
from port_telemetry.mqtt.target import Target
from port_telemetry.ros.convert import NAMED_FIELDS
from port_telemetry.ros.plate_view import PlateView
from port_telemetry.settings import Sparkplug

_NS_PER_MS = 1_000_000


class GroundView:
    """Shows what `see` is given. withheld: streams, by their MQTT names, whose content is a team's alone."""

    def __init__(
        self, node: Node, chosen: Sparkplug, target: Target, folder: Path, withheld: Collection[str]
    ) -> None:  # fmt: skip
        edge_node = EdgeNode(chosen.group, target.edge, ground.OWN)
        self._shown = Projection(target, edge_node, folder / "sparkplug.bdseq", chosen.primary_host)
        self._withheld, self._target = withheld, target
        self._plates: dict[str, PlateView] = {}
        self._takers = {
            SafetyState: self._gate, SessionState: self._session, EstopState: self._estop, WrenchBlock: self._plate,
        }  # fmt: skip
        self._diagnostics = node.create_subscription(DiagnosticArray, "/diagnostics", self._cameras, 10)

    def see(self, topic: str, message: Any) -> None:
        """Take a message of `topic`; never waits. Others than those shown pass by."""
        # Of a plate whose samples are a team's alone its health is shown all the same.
        if (taker := self._takers.get(type(message))) and (taker == self._plate or topic not in self._withheld):
            taker(topic, message)

    def health(self, link: Status) -> Health:
        """How the projection fares; shows on the way how the durable one does."""
        shown = self._shown.status()
        own: dict[str, Value] = {
            "Telemetry/Connected": link.connected, "Telemetry/Waiting Records": link.waiting,
            "Telemetry/Lost Records": link.dropped + link.rejected, "Telemetry/Silence": link.silence_s,
            "Refused Commands": shown.refused,
        }  # fmt: skip
        self._shown.update_own(own, time.time_ns() // _NS_PER_MS)
        values: dict[str, object] = {"births": shown.births, "refused": shown.refused}
        if shown.born:
            return Health("sparkplug", "ok", "the host is told everything", "", values)
        what = shown.failure or "waiting for broker and primary host"
        return Health("sparkplug", "warn", what, "mend the way to the broker, or start the SCADA host", values)

    def close(self) -> None:
        """Say the node's death."""
        self._shown.close()

    def _gate(self, _: str, message: SafetyState) -> None:
        names, worst = NAMED_FIELDS[SafetyState], max(message.inputs, key=_share, default=None)
        stamp_ms = _ms(message.header.stamp)
        said: dict[str, Value] = {
            "State": names["state"].get(message.state, "UNKNOWN"),
            "Severity": names["severity"].get(message.severity, "UNKNOWN"),
            "Why": message.reason, "Remedy": message.remedy, "Enable": message.enable, "Epoch": message.epoch,
            "Event": message.event_id, "Since": _ms(message.since), "Requested Speed": message.requested_mps,
            "Passed Speed": message.passed_mps, "Tick Rate": message.tick_hz,
            "Worst Input": worst.name if worst else None, "Worst Input Age": worst.age_s if worst else None,
            "Tick Jitter p99": message.tick_jitter_p99_ms, "Missed Deadlines": message.missed_deadlines,
        }  # fmt: skip
        self._shown.update("gate", ground.GATE, said, stamp_ms)
        x_m, y_m = message.position_m if len(message.position_m) == 2 else (None, None)
        robot: dict[str, Value] = {"Speed": message.speed_mps, "Position/X": x_m, "Position/Y": y_m}
        self._shown.update("robot", ground.ROBOT, robot, stamp_ms)

    def _session(self, _: str, message: SessionState) -> None:
        said: dict[str, Value] = {
            "Session/Id": message.session_id, "Session/Reason": message.reason, "Session/Robot": message.robot,
            "Session/State": NAMED_FIELDS[SessionState]["state"].get(message.state, "UNKNOWN"),
            "Session/Team": message.team, "Session/Trial": message.trial, "Session/Run": message.run,
        }  # fmt: skip
        self._shown.update_own(said, _ms(message.header.stamp))

    def _estop(self, _: str, message: EstopState) -> None:
        name = f"estop_{message.device_id}"
        if message.link != EstopState.LINK_OK:
            self._shown.lose(name)
            return
        said: dict[str, Value] = {
            "Channel A Closed": message.channel_a_closed, "Channel B Closed": message.channel_b_closed,
            "Reset Pressed": message.reset_pressed, "Relay Closed": message.relay_closed,
        }  # fmt: skip
        self._shown.update(name, ground.ESTOP, said, _ms(message.stamp))

    def _plate(self, topic: str, message: WrenchBlock) -> None:
        if topic not in self._plates:
            self._plates[topic] = PlateView(topic not in self._withheld)
        said = self._plates[topic].values(message, time.monotonic(), time.time_ns())
        if said is not None:
            self._shown.update(f"plate_{topic.split('/')[1]}", ground.PLATE, said, _ms(message.header.stamp))

    def _cameras(self, message: DiagnosticArray) -> None:
        for status in message.status:
            kind, _, name = status.name.partition(" ")
            if kind == "camera" and name:
                said = {each.key: each.value for each in status.values}
                values: dict[str, Value] = {
                    "Health": HEALTH_LEVELS.get(status.level, "unknown").upper(), "Why": status.message,
                    "Remedy": said.get("remedy", ""), "Rate": _number(said.get("rate_hz", "")),
                    "Delay": _number(said.get("delay_ms", "")),
                }  # fmt: skip
                self._shown.update(f"camera_{name}", ground.CAMERA, values, _ms(message.header.stamp))


def _ms(stamp: Any) -> int:
    return max(0, int(stamps.to_ns(stamp))) // _NS_PER_MS


def _share(aged: Any) -> float:
    """How much of its limit an input's age is; what never came is the worst."""
    return aged.age_s / aged.limit_s if aged.limit_s > 0.0 and math.isfinite(aged.age_s) else math.inf


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
