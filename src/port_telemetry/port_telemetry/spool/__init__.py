"""The durable queue on the edge: what was accepted survives a kill, and what is given up is on record."""
