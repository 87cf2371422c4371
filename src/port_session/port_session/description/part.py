"""What all parts of a description have in common."""

from msgspec import Struct


class Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Frozen, and no key that nobody knows."""
