"""Pictures of the docs, each drawn by the real code from simulated wires: python -m tests.pictures."""
