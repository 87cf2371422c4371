"""The gate's node with a fault to order: while the file of its first argument is there, it can write no motion."""

import sys
from pathlib import Path

from port_safety.commands.twist import ZERO, Motion
from port_safety.ros.codecs import TwistCodec
from port_safety.ros.gate_node import main

FLAG = Path(sys.argv.pop(1))
WRITE = TwistCodec.encode


def encode(self: TwistCodec, command: Motion, now_ns: int, to_system_ns: int) -> bytes:
    if command != ZERO and FLAG.exists():
        raise RuntimeError("no word for it")
    return WRITE(self, command, now_ns, to_system_ns)


if __name__ == "__main__":
    TwistCodec.encode = encode  # type: ignore[method-assign]
    sys.exit(main())
