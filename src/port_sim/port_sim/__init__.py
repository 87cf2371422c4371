"""A test ground and robots, simulated at the wire."""
