"""The hazard table: read from docs/hazards.yaml, held against rules and tests, written into docs/safety.md.

A row leads from a hazard over the unsafe control action (STPA: Leveson and Thomas, STPA Handbook, 2018) to a
requirement, to what keeps it (rules by type, promises of the gate by number) and to the tests that show it.
"""

import ast
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from docs.generate.marked import Marked
from docs.generate.rule_parameters import port_rules

PART = Marked("docs/hazards.yaml")
#: Every rule that may stand in a row; the promises of the gate are numbered as in docs/safety.md.
KNOWN_RULES = frozenset({"estop", *(each.name for each in port_rules())})
PROMISES = range(1, 16)


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One hazard. tests: `path::name` from the root of the project."""

    id: str
    hazard: str
    action: str
    requirement: str
    tests: list[str]
    rules: list[str] = []
    promises: list[int] = []


def read(file: Path) -> list[Row]:
    """The rows of the table; msgspec.ValidationError names what does not fit."""
    return msgspec.yaml.decode(file.read_bytes(), type=list[Row])


def problems(rows: Sequence[Row], root: Path) -> list[str]:
    """What is wrong with the table: a rule or promise without a row, a row that names what is not there."""
    found = [problem for row in rows for problem in _of_row(row, root)]
    ids = [row.id for row in rows]
    found += [f"{name}: two rows of this id" for name in sorted(set(ids)) if ids.count(name) > 1]
    found += [f"rule {name} has no row" for name in sorted(KNOWN_RULES - {rule for row in rows for rule in row.rules})]
    kept = {number for row in rows for number in row.promises}
    return found + [f"promise {number} has no row" for number in PROMISES if number not in kept]


def _of_row(row: Row, root: Path) -> Iterator[str]:
    if not row.rules and not row.promises:
        yield f"{row.id}: neither rule nor promise keeps the requirement"
    if not row.tests:
        yield f"{row.id}: no test"
    yield from (f"{row.id}: no rule is called {name}" for name in row.rules if name not in KNOWN_RULES)
    yield from (f"{row.id}: there is no promise {number}" for number in row.promises if number not in PROMISES)
    yield from (f"{row.id}: no such test: {test}" for test in row.tests if not exists(test, root))


def exists(test: str, root: Path) -> bool:
    """Whether a test function or class of that name stands in that file."""
    path, _, name = test.partition("::")
    return name in _defined(root / path)


@functools.cache
def _defined(file: Path) -> frozenset[str]:
    """Functions and classes of a file, read once; none where there is no file."""
    if not file.is_file():
        return frozenset()
    body = ast.parse(file.read_text(encoding="utf-8")).body
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef))


def table(rows: Sequence[Row]) -> str:
    """As a Markdown table."""
    lines = ["| | hazard | unsafe control action | requirement | kept by | shown by |", "| --- " * 6 + "|"]
    for row in rows:
        kept = [f"`{rule}`" for rule in row.rules] + [f"promise {number}" for number in row.promises]
        shown = [f"[{name}](../{path})" for path, _, name in (test.partition("::") for test in row.tests)]
        cells = (row.id, row.hazard, row.action, row.requirement, ", ".join(kept), "<br>".join(shown))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
