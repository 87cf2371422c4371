"""The life of a node process: start, spin, end in order.

One place that initialises rclpy, installs the signal handlers, spins and cleans up. It spins by `spin_once` because
EventsExecutor.spin() of the Jazzy and Kilted wheels burns a core and ignores signals (docs/adr/0004-executor.md).
"""

import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

import rclpy
from rclpy.experimental import EventsExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from port_ros import end_order
from port_ros.heartbeat import Heartbeat
from port_ros.parameters import ParameterError
from port_ros.process_signals import STOP_ROBOT_SIGNAL
from port_ros.threads import forget_thread_death, on_thread_death

#: Exit code of a node whose configuration is wrong; the supervisor does not start such a node again.
EXIT_BAD_CONFIGURATION = 2
#: Exit code of a node that lost one of its threads to an exception: started again it may do better.
EXIT_FAILED = 1


class Stop:
    """What SIGINT, SIGTERM or the death of a thread ask of the node; the loop that runs it looks at it.

    heartbeat: the loop beats it in each of its turns; whoever falls silent is ended and started again.
    asked: one of them has come. Whoever brings a robot to stand begins then; all others go on until `requested`.
    stop_robot_asked: STOP_ROBOT_SIGNAL has come; who does as it asks takes it back.
    failure: which thread died and of what; empty if none did.
    """

    def __init__(self) -> None:
        self.heartbeat = Heartbeat()
        self.asked = self.stop_robot_asked = False
        self.failure = ""
        self._order: end_order.EndOrder | None = None

    @property
    def requested(self) -> bool:
        """Whether the node is to end now: it failed, or it was asked to and whoever ends before it has ended."""
        if self.asked and self._order is None:
            self._order = end_order.of_this_process()
        return bool(self.failure) or (self._order is not None and self._order.my_turn())

    def install(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        signal.signal(STOP_ROBOT_SIGNAL, self._on_stop_robot)
        on_thread_death(self._on_thread_death)

    def _on_thread_death(self, what: str) -> None:
        print(f"error: {what}; the node ends", file=sys.stderr, flush=True)
        self.failure = self.failure or what
        self.asked = True

    def _on_stop_robot(self, number: int, frame: object) -> None:
        self.stop_robot_asked = True

    def _on_signal(self, number: int, frame: object) -> None:
        self.asked = True


def say_started(node: Node) -> None:
    """Log the first line before anything is served: for it rclpy looks through all modules, a tenth of a second."""
    node.get_logger().info("started")


def spin(node: Node, stop: Stop) -> None:
    """Serve callbacks until `stop` is requested. `turns` of the node, if it has them: see Heartbeat.beat."""
    executor = EventsExecutor()
    executor.add_node(node)
    while rclpy.ok() and not stop.requested:
        executor.spin_once(timeout_sec=0.1)
        stop.heartbeat.beat(*getattr(node, "turns", ()))


def run(
    make_node: Callable[[], Any],
    args: Sequence[str] | None = None,
    loop: Callable[[Any, Stop], None] = spin,
) -> int:
    """Run one node until a signal or until a thread of it dies, and return the process's exit code.

    `make_node` builds the node after rclpy is up; its `close()`, if it has one, runs before the node is destroyed.
    `loop` serves the node until the stop is requested.
    """
    stop = Stop()
    stop.install()
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    node = None
    try:
        node = make_node()
        say_started(node)
        loop(node, stop)
        return EXIT_FAILED if stop.failure else 0
    except ParameterError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_BAD_CONFIGURATION
    finally:
        stop.heartbeat.close()
        if node is not None:
            if hasattr(node, "close"):
                node.close()
            node.destroy_node()
        rclpy.try_shutdown()
        forget_thread_death()
        # Python drops its handlers while it exits; a second signal must not turn an orderly end into a killed one.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


def make_node_base(name: str, **options: Any) -> Node:
    """A plain node with every given parameter declared, and without the parameter services nobody uses."""
    options.setdefault("automatically_declare_parameters_from_overrides", True)
    return Node(name, **options)
