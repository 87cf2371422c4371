"""Robots that are wrong, each in a way that has a name, and what `port check` must say of each."""
