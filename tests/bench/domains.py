"""In which ROS domain a round of a benchmark is."""

import random


def some_domain() -> int:
    """One below those that sessions lease."""
    return random.randint(1, 78)
