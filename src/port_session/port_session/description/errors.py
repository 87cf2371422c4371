"""What is wrong with a description, said so that it can be mended without reading code."""

from pathlib import Path


class DescriptionError(Exception):
    """A file of the description cannot be used.

    file: which one; empty if there is none. key: path inside of it, like `zones.lane.polygon_m[2]`, empty for the file
    as a whole. problem: one line, what was expected and what is there. The text of the error joins the three.
    """

    def __init__(self, file: Path | str, key: str, problem: str) -> None:
        self.file = Path(file)
        self.key = key
        self.problem = problem
        super().__init__(": ".join(text for text in (str(file), key, problem) if text))
