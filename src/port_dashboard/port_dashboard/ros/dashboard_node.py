"""Node `dashboard`: what the session says, as a page for safety officers.

Subscribes and serves. It publishes nothing but its own /diagnostics and calls no service: ending or blocking it
changes nothing for the robot.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseWithCovarianceStamped
from port_interfaces.msg import EstopState, SafetyEvent, SafetyState, SessionEvent, SessionState
from rclpy.node import Node

from port_dashboard.ros import plain
from port_dashboard.settings import read
from port_dashboard.state import page
from port_dashboard.state.board import Board
from port_dashboard.state.freshness import true_at
from port_dashboard.web.server import CannotListen, Server
from port_ros import life, parameters, qos, stamps
from port_ros.diagnostics import Diagnostics, Health


class DashboardNode(Node):
    """Carries what arrives to the board, and serves the page made of it."""

    def __init__(self) -> None:
        super().__init__("dashboard", automatically_declare_parameters_from_overrides=True)
        settings = read(parameters.read_tree(self))
        self._board, self._frame = Board(), settings.frame
        self._failed: dict[str, str] = {}
        try:
            self._server = Server(settings.host, settings.port, self._page)
        except CannotListen as error:
            self.destroy_node()
            raise parameters.ParameterError(str(error)) from error
        self._subscribe()
        self._published = Diagnostics(self, self._look)
        self._server.start()
        self.get_logger().info(f"the dashboard is at {self._server.url}")

    def close(self) -> None:
        self._server.close()

    @property
    def turns(self) -> tuple[int]:
        """What the thread counts that this node depends on."""
        return (self._server.turns,)

    def _subscribe(self) -> None:
        wanted = (
            (SafetyState, "safety/state", self._on_safety, qos.STATE_LATCHED),
            (SafetyEvent, "safety/event", self._on_safety_event, qos.EVENT),
            (EstopState, "estop/state", self._on_estop, qos.SENSOR_STREAM),
            (SessionState, "session/state", self._on_session, qos.STATE_LATCHED),
            (SessionEvent, "session/event", self._on_session_event, qos.EVENT),
            (PoseWithCovarianceStamped, "ground/robot_pose", self._on_pose, qos.SENSOR_STREAM),
            (DiagnosticArray, "/diagnostics", self._on_diagnostics, 10),
        )
        for kind, topic, callback, profile in wanted:
            self.create_subscription(kind, topic, self._surviving(topic, callback), profile)

    def _surviving(self, topic: str, callback: Callable[[Any], None]) -> Callable[[Any], None]:
        """`callback`, but a message that it cannot show is told instead of taking the page with it."""

        def take(message: Any) -> None:
            try:
                callback(message)
                self._failed.pop(topic, None)
            except Exception as error:  # whatever it is: the officers need the rest of the page
                self._failed[topic] = f"{topic}: a message could not be shown ({error!r})"
                self.get_logger().error(self._failed[topic], throttle_duration_sec=5.0)

        return take

    def _on_safety(self, message: SafetyState) -> None:
        self._show(self._board.take_safety(plain.safety_state(message), _true_at(message.header.stamp)))

    def _on_session(self, message: SessionState) -> None:
        self._show(self._board.take_session(plain.session_state(message), _true_at(message.header.stamp)))

    def _on_estop(self, message: EstopState) -> None:
        # Not the stamp: while the link is lost it stands still, and the loss itself is fresh news.
        self._show(self._board.take_estop(plain.estop(message), time.monotonic_ns()))

    def _on_pose(self, message: PoseWithCovarianceStamped) -> None:
        self._board.take_pose(plain.pose(message), _true_at(message.header.stamp))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        now_ns = time.monotonic_ns()
        changed = [
            self._board.take_health(plain.text(each.name), plain.diagnostic(each), now_ns) for each in message.status
        ]
        self._show(any(changed))

    def _on_safety_event(self, message: SafetyEvent) -> None:
        self._show(self._board.take_event(plain.safety_event(message)))

    def _on_session_event(self, message: SessionEvent) -> None:
        self._show(self._board.take_event(plain.session_event(message)))

    def _show(self, changed: bool) -> None:
        if changed:
            self._server.changed()

    def _page(self) -> dict[str, Any]:
        return page.build(self._frame, self._board.picture(), time.monotonic_ns(), time.time_ns())

    def _look(self) -> Iterable[Health]:
        values = {"url": self._server.url, "pages": self._server.clients}
        if not self._server.alive:
            yield Health("dashboard", "error", "the page's server has ended", "restart the dashboard node", values)
            return
        if self._failed:
            yield Health("dashboard", "error", next(iter(self._failed.values())), "look at who publishes that", values)
            return
        yield Health("dashboard", "ok", f"serving {self._server.url}", "", values)


def _true_at(stamp: Any) -> int:
    return true_at(time.monotonic_ns(), time.time_ns(), stamps.to_ns(stamp))


def main(args: list[str] | None = None) -> int:
    """Entry point of the process."""
    return life.run(DashboardNode, args)
