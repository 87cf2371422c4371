"""One thing that was checked."""

from dataclasses import dataclass

#: Nothing is wrong that is known, but this is not: there was nobody who counted, or who looked.
NOT_KNOWN = "not known"
#: Measurements are missing, and it is recorded where and why.
LOST = "lost"


@dataclass(frozen=True)
class Finding:
    """What was checked, whether anything is wrong, and what was found, in words.

    but: NOT_KNOWN or LOST where nothing is wrong and yet not all is as it should be; empty otherwise.
    """

    name: str
    ok: bool
    text: str
    but: str = ""

    @property
    def state(self) -> str:
        """In one word: ok, wrong, not known, lost."""
        return "wrong" if not self.ok else self.but or "ok"

    @property
    def line(self) -> str:
        """For a terminal."""
        state = self.state
        return f"{state if state == 'ok' else state.upper():<9} {self.name}: {self.text}"
