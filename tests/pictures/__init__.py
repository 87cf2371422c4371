"""Pictures of the docs, each drawn by the real code from simulated wires or recorded data: python -m tests.pictures."""
