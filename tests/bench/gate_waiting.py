"""The gate's own node with another way of waiting between two ticks: what the choice of docs/adr/0004 is measured with.

python -m tests.bench.gate_waiting wait_set|events|single|thread --ros-args …
"""

import functools
import sys
import threading
import time
from typing import Any

from rclpy.executors import SingleThreadedExecutor
from rclpy.experimental import EventsExecutor

from port_ros import life, realtime
from port_ros.wait_set import WaitSetLoop
from port_safety.ros.gate_node import GateNode, serve, wait_set


class Executor:
    """One of rclpy's, which wakes for everything."""

    def __init__(self, node: GateNode, kind: type) -> None:
        self._executor = kind()
        self._executor.add_node(node)

    def spin_once(self, timeout_sec: float) -> None:
        self._executor.spin_once(timeout_sec=timeout_sec)

    def drain(self) -> None:
        """Nothing is left."""


class ThreadBeside:
    """The ticks come from a thread that sleeps to absolute deadlines; messages are served beside it, one at a time."""

    def __init__(self, node: GateNode) -> None:
        self._lock = threading.Lock()
        self._clock, tick = node.clock_, node.tick
        node.tick = lambda now_ns: None  # type: ignore[method-assign]
        for entity in (*node.subscriptions, *node.services, *node.timers):
            entity.callback = self._locked(entity.callback)
        self._events = Executor(node, EventsExecutor)
        node.clock_ = type(node.clock_)(50.0, time.monotonic_ns())
        self._clock.begin(time.monotonic_ns())
        threading.Thread(target=self._tick, args=(tick,), daemon=True).start()

    def _locked(self, callback: Any) -> Any:
        def call(*values: Any) -> Any:
            with self._lock:
                return callback(*values)

        return call

    def _tick(self, tick: Any) -> None:
        while True:
            time.sleep(self._clock.wait_s(time.monotonic_ns()))
            now_ns = time.monotonic_ns()
            if self._clock.due(now_ns):
                with self._lock:
                    tick(now_ns)

    def spin_once(self, timeout_sec: float) -> None:
        self._events.spin_once(timeout_sec)

    def drain(self) -> None:
        """Nothing is left."""


WAYS: dict[str, Any] = {
    "wait_set": wait_set,
    "wait_set_for_all": WaitSetLoop,
    "events": functools.partial(Executor, kind=EventsExecutor),
    "single": functools.partial(Executor, kind=SingleThreadedExecutor),
    "thread": ThreadBeside,
}


def main() -> int:
    way = WAYS[sys.argv.pop(1)]
    granted = realtime.ask(realtime.GATE_PRIORITY)
    return life.run(lambda: GateNode(granted), None, loop=functools.partial(serve, waiting=way))


if __name__ == "__main__":
    sys.exit(main())
