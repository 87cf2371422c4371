"""A part of a document that is written by a program: what stands between two marks."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Marked:
    """The part that comes from `source`."""

    source: str

    @property
    def begin(self) -> str:
        return f"<!-- from {self.source} by scripts/docs: begin -->"

    @property
    def end(self) -> str:
        return f"<!-- from {self.source} by scripts/docs: end -->"

    def written_into(self, text: str, part: str) -> str:
        """`text` with `part` between the marks. Raises ValueError where it has none."""
        before, begin, rest = text.partition(self.begin)
        _, end, after = rest.partition(self.end)
        if not (begin and end):
            raise ValueError(f"no line {self.begin!r} with its end behind it")
        return f"{before}{self.begin}\n{part}\n{self.end}{after}"

    def write(self, document: Path, part: str) -> None:
        """Write `part` into the file."""
        text = document.read_text(encoding="utf-8")
        document.write_text(self.written_into(text, part), encoding="utf-8")
