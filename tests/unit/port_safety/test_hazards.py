"""The hazard table names what is there, leaves out no rule and no promise, and the documents are current."""

from pathlib import Path

import msgspec
import pytest

from docs.generate.drawings import DRAWINGS
from docs.generate.hazards import KNOWN_RULES, PART, exists, problems, read, table

ROOT = Path(__file__).parents[3]
ROWS = read(ROOT / "docs" / "hazards.yaml")
PAGE = ROOT / "docs" / "safety.md"


def test_the_hazard_table_has_no_problems() -> None:
    """Every row is kept by something and shown by a test and no rule is without a row."""
    assert not problems(ROWS, ROOT)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tests": ["tests/unit/port_safety/test_speed.py::test_nothing"]}, "H1: no such test"),
        ({"tests": ["tests/unit/nowhere.py::test_x"]}, "H1: no such test"),
        ({"tests": []}, "H1: no test"),
        ({"rules": ["separatoin"]}, "H1: no rule is called separatoin"),
        ({"rules": []}, "H1: neither rule nor promise"),
        ({"promises": [16]}, "H1: there is no promise 16"),
        ({"id": "H2"}, "H2: two rows"),
    ],
)
def test_a_row_that_does_not_hold_is_named(change: dict[str, object], says: str) -> None:
    changed = [msgspec.structs.replace(ROWS[0], **change), *ROWS[1:]]
    assert any(problem.startswith(says) for problem in problems(changed, ROOT))


def test_a_rule_or_promise_without_a_row_is_named() -> None:
    found = problems([], ROOT)
    assert {f"rule {name} has no row" for name in KNOWN_RULES} <= set(found) and "promise 6 has no row" in found


def test_a_test_is_found_by_file_and_name() -> None:
    assert exists("tests/unit/port_safety/test_hazards.py::test_a_test_is_found_by_file_and_name", ROOT)
    assert not exists("tests/unit/port_safety/test_hazards.py::problems", ROOT)


def test_the_page_holds_the_table_and_a_section_for_each_rule() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == PART.written_into(page, table(ROWS)), "run scripts/docs"
    headings = {word.strip(" ,") for line in page.splitlines() if line.startswith("### ") for word in line.split()[1:]}
    assert headings >= KNOWN_RULES


def test_the_drawings_are_what_the_rules_say() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, draw in DRAWINGS.items():
        assert (ROOT / "docs" / "pictures" / f"{name}.svg").read_text(encoding="utf-8") == draw(), "run scripts/docs"
        assert f"pictures/{name}.svg" in page
