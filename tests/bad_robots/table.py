"""Every way in turn: what the check says of it, how long that took, and whether it is well once mended."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bad_robots.ground import Ground, found, told, wrong
from tests.bad_robots.ways import ARM, Way


@dataclass(frozen=True)
class Row:
    """said: the line that names it, or what was told in its place; left: what is still wrong when it is mended."""

    way: Way
    found: bool
    took_s: float
    said: str
    left: Sequence[str]

    @property
    def line(self) -> str:
        mark = "found " if self.found else "MISSED"
        after = f"; STILL WRONG: {'; '.join(self.left)}" if self.left else ""
        return f"{self.way.name:<24} {mark} {self.took_s:5.1f} s  {self.said}{after}"


def rows(folder: Path, ways: Sequence[Way]) -> Iterator[Row]:
    """In one session, an arm's in another."""
    for of, chosen in (("light", [w for w in ways if w.when != ARM]), ("arm", [w for w in ways if w.when == ARM])):
        if chosen:
            (folder / of).mkdir()
            with Ground(folder / of, of) as ground:
                for way in chosen:
                    yield _row_or_why_not(ground, way)


def _row_or_why_not(ground: Ground, way: Way) -> Row:
    """A robot that cannot be looked at leaves the others to be."""
    try:
        return row(ground, way)
    except AssertionError as error:
        return Row(way, False, math.nan, str(error), ())


def row(ground: Ground, way: Way) -> Row:
    """Wrong, then mended."""
    with ground.robot(way):
        findings, took_s = ground.look(way)
    finding = found(findings, way)
    said = (
        f"{finding['problem'] or finding['detail']} -> {finding['remedy']}"
        if finding
        else " | ".join([*told(findings, way.topic), *wrong(findings)])
    )
    with ground.robot(way, mended=True):
        left = wrong(ground.look(way, mended=True)[0])
    return Row(way, finding is not None, took_s, said, left)
