"""Safety envelope, gate and latch for robots under test.

Read first: core/verdict.py, core/machine.py, core/gate.py.
"""
