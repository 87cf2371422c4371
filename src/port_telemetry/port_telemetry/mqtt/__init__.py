"""The door to the broker: one connection, the sender that keeps one up, and the embedded broker."""
