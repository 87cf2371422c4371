"""The gate, its state machine, its stop and what people may ask of it. Time is an argument; no clock, no I/O."""
