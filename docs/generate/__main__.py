"""Writes every part that comes from the code into docs/; ends with 1 where the table of hazards does not hold."""

import sys
from pathlib import Path

from docs.generate import drawings, hazards, rule_parameters, state_diagram

DOCS = Path(__file__).parents[1]


def main() -> int:
    """The exit code."""
    page = DOCS / "safety.md"
    state_diagram.PART.write(page, state_diagram.mermaid())
    rule_parameters.PART.write(page, rule_parameters.tables())
    for name, draw in drawings.DRAWINGS.items():
        (DOCS / "pictures" / f"{name}.svg").write_text(draw(), encoding="utf-8")
    rows = hazards.read(DOCS / "hazards.yaml")
    found = hazards.problems(rows, DOCS.parent)
    for problem in found:
        print(problem, file=sys.stderr)
    hazards.PART.write(page, hazards.table(rows))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
