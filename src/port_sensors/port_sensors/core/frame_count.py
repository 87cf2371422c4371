"""Counts the frames of a device that numbers them, as they come off the wire, whatever is believed of them. Pure.

Received and missing make up everything from the first number to the last, over every reconnection.
"""

from dataclasses import dataclass


@dataclass
class FrameCount:
    """first, last: the device's own numbers. restarts: it began to count anew; what lay between nobody knows."""

    received: int = 0
    missing: int = 0
    first: int | None = None
    last: int | None = None
    restarts: int = 0
    _stream: int = 0

    def take(self, stream: int, number: int) -> None:
        """Frame `number` of `stream`, another one where the device counts anew. One that came before is no new one."""
        if self.last is None or stream != self._stream:
            self.restarts += self.last is not None
            self.first = number if self.first is None else self.first
        elif number <= self.last:
            return
        else:
            self.missing += number - self.last - 1
        self.received += 1
        self._stream, self.last = stream, number

    def account(self) -> dict[str, int | None]:
        """For the session's evidence; the numbers only where they are of one count."""
        numbers = {"first": self.first, "last": self.last} if self.last is not None and not self.restarts else {}
        return {"received": self.received, "reported_lost": self.missing, **numbers}
