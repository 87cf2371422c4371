"""Safety envelope, gate and latch for robots under test."""
