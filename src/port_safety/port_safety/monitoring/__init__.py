"""What watches around the gate: people, publishers, clocks, the session. It tells the gate, which knows none of it."""
