"""The gate thinks on the monotonic clock; messages carry the system clock."""

import time


def to_system_ns() -> int:
    """What is added to a monotonic time of now to make it system time, ns."""
    return time.time_ns() - time.monotonic_ns()
