"""The gate's node with a fault to order: while the file of its first argument is there, it cannot write what the file
names: a motion, or an event.
"""

import sys
from pathlib import Path
from typing import Any

from port_safety.commands.twist import ZERO, Motion
from port_safety.ros import messages
from port_safety.ros.codecs import TwistCodec
from port_safety.ros.gate_node import main

FLAG = Path(sys.argv.pop(1))
WRITE, TELL = TwistCodec.encode, messages.event


def encode(self: TwistCodec, command: Motion, now_ns: int, to_system_ns: int) -> bytes:
    refuse("motion", command != ZERO)
    return WRITE(self, command, now_ns, to_system_ns)


def event(*what: Any) -> Any:
    refuse("event")
    return TELL(*what)


def refuse(what: str, now: bool = True) -> None:
    if now and FLAG.exists() and FLAG.read_text() == what:
        raise RuntimeError("no word for it")


if __name__ == "__main__":
    TwistCodec.encode = encode  # type: ignore[method-assign]
    messages.event = event  # type: ignore[assignment]
    sys.exit(main())
