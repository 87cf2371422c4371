"""What a codec is: bytes to command and back, for one message type."""

from dataclasses import dataclass
from typing import Any, Protocol

from port_safety.commands.command import Command


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded command; stamp_ns is the sender's (system clock), None if it carries none."""

    command: Command
    stamp_ns: int | None = None


class Codec(Protocol):
    """One for each robot."""

    @property
    def message(self) -> type:
        """The generated class."""

    @property
    def zero_command(self) -> Command:
        """The command of this type that asks for nothing."""

    def decode(self, data: bytes) -> Decoded:
        """Raises CodecError for bytes that are no such message; numbers that are none pass, the gate names them."""

    def encode(self, command: Any, now_ns: int, to_system_ns: int) -> bytes:
        """`now_ns` is monotonic; `to_system_ns` is added to monotonic times to make them system time."""
