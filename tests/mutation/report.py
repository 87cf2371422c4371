"""What came out: a row for each file, the survivors by line, those with a reason apart."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.mutation.mutants import Mutant
from tests.mutation.swap import PACKAGE

REASONS = Path(__file__).with_name("survivors.yaml")
#: Of all mutants, so many have to be killed.
ENOUGH = 0.9


@dataclass(frozen=True, slots=True)
class Outcome:
    """One mutant, and whether a test failed for it."""

    mutant: Mutant
    killed: bool

    @property
    def file(self) -> str:
        return str(self.mutant.file.relative_to(PACKAGE))

    @property
    def key(self) -> tuple[str, str, str, str]:
        """By which a reason is found: file, function, line, operator."""
        return self.file, *self.mutant.key


def reasons() -> dict[tuple[str, str, str, str], str]:
    """Why some survive. Raises KeyError for an entry that lacks a part."""
    entries = yaml.safe_load(REASONS.read_text()) or []
    return {
        (each["file"], each["function"], each["line"], operator): each["reason"]
        for each in entries
        for operator in each["operators"]
    }


def printed(outcomes: Sequence[Outcome], whole: bool) -> int:
    """Print it; the exit code. whole: these are all files, so a reason without a survivor is a stale one."""
    known = reasons()
    survivors = sorted(
        (each for each in outcomes if not each.killed), key=lambda each: (each.file, each.mutant.place.line)
    )
    score = _table(outcomes)
    unexplained = [each for each in survivors if each.key not in known]
    _list("survived", unexplained, known)
    _list("survived, with a reason", [each for each in survivors if each.key in known], known)
    files = {each.file for each in outcomes}
    for key in known.keys() - {each.key for each in survivors}:
        if whole or key[0] in files:
            print(f"stale reason, no such survivor: {' | '.join(key)}")
    print(
        f"{len(outcomes)} mutants, {len(survivors)} survived, {len(unexplained)} of them without a reason: {score:.1%}"
    )
    return 0 if score >= ENOUGH and not unexplained else 1


def _table(outcomes: Sequence[Outcome]) -> float:
    """A row for each file; returns the score of all."""
    print(f"{'file':<32} mutants  killed  score")
    for file in sorted({each.file for each in outcomes}):
        _row(file, [each.killed for each in outcomes if each.file == file])
    return _row("all", [each.killed for each in outcomes])


def _row(name: str, killed: Sequence[bool]) -> float:
    score = sum(killed) / len(killed) if killed else 1.0
    print(f"{name:<32} {len(killed):>7}  {sum(killed):>6}  {score:>6.1%}")
    return score


def _list(title: str, survivors: Iterable[Outcome], known: dict[tuple[str, str, str, str], str]) -> None:
    for each in survivors:
        mutant = each.mutant
        print(f"{title}: {each.file}:{mutant.place.line} {mutant.place.function} {mutant.operator}")
        print(f"    was      {mutant.line}")
        print(f"    becomes  {mutant.becomes}")
        if each.key in known:
            print(f"    because  {known[each.key]}")


def as_json(outcomes: Sequence[Outcome], seconds: float) -> str:
    """Everything, for other programs."""
    rows = [
        {
            "file": each.file, "line_number": each.mutant.place.line, "function": each.mutant.place.function,
            "line": each.mutant.line, "becomes": each.mutant.becomes, "operator": each.mutant.operator,
            "killed": each.killed,
        }
        for each in outcomes
    ]  # fmt: skip
    return json.dumps({"seconds": round(seconds), "mutants": rows}, indent=1)
