"""Which part of the gate's loop costs how much: its own node with a meter around each part.

python -m tests.bench.gate_parts FILE --ros-args …; at the end FILE holds percent of a core by part, as JSON.
"""

import functools
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from port_ros import life, realtime
from port_safety.ros.gate_node import GateNode, serve, wait_set


class Meter:
    """Processor time of the loop's thread, each moment counted for the innermost part that runs.

    A reading of the clock costs a fraction of a microsecond; the parts together are that much dearer than the loop
    without a meter.
    """

    def __init__(self) -> None:
        self._spent_ns: Counter[str] = Counter()
        self._stack = ["loop"]
        self._since_ns = time.thread_time_ns()
        self._began = time.monotonic_ns(), time.process_time_ns(), self._since_ns

    def around(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """`work`, metered."""

        @functools.wraps(work)
        def metered(*values: Any) -> Any:
            self._turn()
            self._stack.append(part)
            try:
                return work(*values)
            finally:
                self._turn()
                self._stack.pop()

        return metered

    def _turn(self) -> None:
        now_ns = time.thread_time_ns()
        self._spent_ns[self._stack[-1]] += now_ns - self._since_ns
        self._since_ns = now_ns

    def percent(self) -> dict[str, float]:
        """Of a core, by part; `threads`: all that other threads did (DDS, the stop log's writer)."""
        self._turn()
        wall_ns = time.monotonic_ns() - self._began[0]
        others_ns = time.process_time_ns() - self._began[1] - (self._since_ns - self._began[2])
        return {part: 100.0 * spent / wall_ns for part, spent in (*self._spent_ns.items(), ("threads", others_ns))}


class Metered:
    """The gate's own way of waiting; its parts are metered from the moment it is made."""

    def __init__(self, node: GateNode, meter: Meter) -> None:
        # What the rest of the node calls is looked up at each call, so that it meets the metered one.
        gate, watched = node.gate, node
        gate.tick = meter.around("judge", gate.tick)  # type: ignore[method-assign]
        gate.request = meter.around("judge a command", gate.request)  # type: ignore[method-assign]
        watched._tell = meter.around("publish commands", watched._tell)  # type: ignore[method-assign]
        watched._tell_state = meter.around("publish the state", watched._tell_state)  # type: ignore[method-assign]
        watched._beat = meter.around("publish the heartbeat", watched._beat)  # type: ignore[method-assign]
        watched.tick = meter.around("tick, the rest", watched.tick)  # type: ignore[method-assign]
        loop = wait_set(node)
        self.drain = meter.around("take in what waits for the tick", loop.drain)
        self.spin_once = meter.around("wait, and take in what wakes", loop.spin_once)


def main() -> int:
    file = Path(sys.argv.pop(1))
    granted = realtime.ask(realtime.GATE_PRIORITY)
    meters: list[Meter] = []

    def waiting(node: GateNode) -> Metered:
        meters.append(Meter())
        return Metered(node, meters[0])

    code = life.run(lambda: GateNode(granted), None, loop=functools.partial(serve, waiting=waiting))
    file.write_text(json.dumps(meters[0].percent()))
    return code


if __name__ == "__main__":
    sys.exit(main())
