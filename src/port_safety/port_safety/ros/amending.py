"""Parameters that are set while the gate runs: the envelope becomes stricter, or the reason why not comes back."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter

from port_safety.gate.envelope_update import EnvelopeUpdates


class Amending:
    """Answers the standard parameter services of `node`; `then` is called after a change."""

    def __init__(self, node: Node, amendments: EnvelopeUpdates, then: Callable[[], None]) -> None:
        self._amendments = amendments
        self._then = then
        node.add_on_set_parameters_callback(self._on_set)

    def _on_set(self, parameters: Sequence[Parameter]) -> SetParametersResult:
        changes: dict[str, Any] = {parameter.name: parameter.value for parameter in parameters}
        answer = self._amendments.amend(changes, time.monotonic_ns())
        if answer.accepted:
            self._then()
        return SetParametersResult(successful=answer.accepted, reason=answer.reason)
