"""Safety envelope, gate and latch for robots under test.

Read first: model/verdict.py, gate/state_machine.py, gate/gate.py.
"""
