"""One line of the admission check: a thing, whether it is as it must be, and what mends it if not."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """name: of the thing. problem, remedy: one line each, empty if ok; detail: what was seen, for people.

    file, key: where the description says what is wrong; empty if it says nothing of it. One that is ok and is odd or
    names a file is unlikely: it keeps nothing from starting, and a person looks at it.
    """

    name: str
    ok: bool
    problem: str = ""
    remedy: str = ""
    detail: str = ""
    file: str = ""
    key: str = ""
    odd: bool = False

    def __post_init__(self) -> None:
        if self.ok == bool(self.problem):
            raise ValueError(f"{self.name}: a finding is ok or has a problem, this one says {self.problem!r}")

    @property
    def unlikely(self) -> bool:
        """Whether a person should look at it though it may be right."""
        return self.ok and (self.odd or bool(self.file))

    @property
    def line(self) -> str:
        """Where it is and what is wrong, in one line."""
        return f"{f'{self.file}: ' if self.file else ''}{self.name}: {self.problem or self.detail}"


def misplaced(file: str, key: str, problem: str) -> Finding:
    """What is wrong with a value in a file of the description; what mends it stands behind a "; "."""
    what, _, remedy = problem.partition("; ")
    return Finding(key or "session", False, what, remedy or f"correct {key or 'it'} in {file}", file=file, key=key)


def unlikely(file: str, key: str, problem: str) -> Finding:
    """A value that may be right and hardly ever is; what to do stands behind a "; "."""
    what, _, remedy = problem.partition("; ")
    return Finding(key, True, remedy=remedy, detail=what, file=file, key=key)


def table(findings: Sequence[Finding]) -> str:
    """All findings for people: name, ok, ? or !!, what is wrong, how to mend it."""
    wrong = sum(not finding.ok for finding in findings)
    odd = sum(finding.unlikely for finding in findings)
    width = max([len(finding.name) for finding in findings], default=0)
    lines = [line for finding in findings for line in lines_of(finding, width)]
    total = f"{wrong} of {len(findings)} not ok" if wrong else f"all {len(findings)} ok"
    return "\n".join([*lines, f"{total}, {odd} unlikely (?)" if odd else total])


def lines_of(finding: Finding, width: int) -> list[str]:
    """One finding as it stands in the table, its name filled up to `width`."""
    said = finding.detail if finding.ok else finding.problem
    mark = "? " if finding.unlikely else "ok" if finding.ok else "!!"
    lines = [f"{finding.name:<{width}}  {mark}  {said}".rstrip()]
    if finding.file:
        lines.append(f"{'':<{width}}      in {finding.file}")
    if finding.remedy:
        lines.append(f"{'':<{width}}      -> {finding.remedy}")
    return lines
