"""An edge to be killed: the real telemetry node, which writes down what is durable before anyone kills it.

python -m tests.chaos.edge LEDGER --ros-args --params-file FILE …
"""

import os
import sys
from pathlib import Path

from port_ros import life
from port_telemetry.ros.telemetry_node import TelemetryNode, spin
from port_telemetry.spool.spool import Spool


class Ledger:
    """Appends `topic epoch last` to a file after each commit; what is written survives the kill of its writer."""

    def __init__(self, path: Path, spool: Spool) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._spool, self._wake = spool, spool.on_durable
        spool.on_durable = self._note

    def _note(self) -> None:
        # In the writer's thread, which alone changes the sequences.
        lines = [f"{s.key.topic} {s.key.epoch} {s.last}\n" for s in self._spool._store.sequences.values()]
        os.write(self._file, "".join(lines).encode())
        self._wake()


def main() -> int:
    ledger, *words = sys.argv[1:]

    def make() -> TelemetryNode:
        node = TelemetryNode()
        Ledger(Path(ledger), node._spool)
        return node

    return life.run(make, words, spin)


if __name__ == "__main__":
    sys.exit(main())
