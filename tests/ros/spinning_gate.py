"""The gate's node, with a fault to order: on SIGUSR1 its main thread spins for ever and ticks no more.

The process lives on, its DDS threads answer, a core is busy: what an endless loop looks like from outside.
"""

import os
import signal
import sys
from typing import NoReturn

from port_safety.ros.gate_node import main


def spin(*_: object) -> NoReturn:
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))  # starve the gate, not the machine
    while True:
        pass


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, spin)
    sys.exit(main())
