"""What the nodes of all simulated robots share: a body, the stop stage, health, and an end at rest.

The physics lives in a thread of its own.
"""

import time
from collections.abc import Iterator
from typing import Any

from rclpy.node import Node
from std_msgs.msg import String

from port_ros import life, qos
from port_ros.diagnostics import Diagnostics, Health
from port_sim.robots.body import Body

PERIOD_S = 0.02


class BodyNode(Node):
    """Node `robot`; what it listens to and what it says of itself is its kind's."""

    body: Body
    comes_to_rest_s: float

    def __init__(self) -> None:
        super().__init__("robot", automatically_declare_parameters_from_overrides=True)

    def live(self, body: Body, comes_to_rest_s: float, publish: Any) -> None:
        """Begin to move, to be told the stage of a stop, and to `publish`."""
        self.body, self.comes_to_rest_s = body, comes_to_rest_s
        self.create_subscription(String, "safety/stop_stage", self._on_stage, qos.STATE_LATCHED)
        self.create_timer(PERIOD_S, publish)
        self._diagnostics = Diagnostics(self, self._health)
        body.start()

    @property
    def lies_still(self) -> bool:
        return self.body.lies_still

    def close(self) -> None:
        self.body.close()

    def _on_stage(self, message: String) -> None:
        self.body.tell(message.data)

    def _health(self) -> Iterator[Health]:
        supply = self.body.supply
        values: dict[str, object] = {"speed_mps": f"{self.body.motion.v:.3f}"}
        if not supply.linked:
            remedy = "start the simulated ground"
            yield Health("robot", "error", f"no simulated ground: {self.body.reason}", remedy, values)
        elif supply.runaway or supply.deaf:
            fault = "runaway" if supply.runaway else "deaf"
            yield Health("robot", "warn", f"{fault}: commands are ignored", "end the fault", values)
        else:
            yield Health("robot", "ok", self._posture(), "", values)

    def _posture(self) -> str:
        if self.body.motion.fallen:
            return "fallen"
        return "powered" if self.body.supply.powered else "no power"


def stay_until_still(node: BodyNode, stop: life.Stop) -> None:
    """Hardware does not end with the software: the robot is there until it has been brought to rest."""
    life.spin(node, stop)
    until_s = time.monotonic() + node.comes_to_rest_s
    while not node.lies_still and time.monotonic() < until_s:
        time.sleep(PERIOD_S)
        stop.heartbeat.beat()
