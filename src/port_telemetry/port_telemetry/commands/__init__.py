"""`port telemetry`: what waits on this edge, sending it, and proving what arrived."""
