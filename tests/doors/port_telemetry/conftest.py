"""A real broker, a reader beside it, and a facility behind it."""

from tests.far_end import broker, facility, reader

__all__ = ["broker", "facility", "reader"]
