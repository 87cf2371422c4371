"""The tables of the rules' parameters are what the rules' schemas say."""

from pathlib import Path

import msgspec
import pytest

from docs.generate.rule_parameters import PART, meta_of, tables
from port_safety.rules.registry import rule_types

PAGE = Path(__file__).parents[3] / "docs" / "safety.md"
FIELDS = [(name, field) for name, each in rule_types().items() for field in msgspec.structs.fields(each.parameters)]
#: What a name's ending says of a unit.
ENDINGS = {
    "m": "m", "s": "s", "mps": "m/s", "mps2": "m/s²", "rad": "rad", "radps": "rad/s", "radps2": "rad/s²", "n": "N",
    "kg": "kg",
}  # fmt: skip


def test_the_tables_of_the_page_are_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert PART.written_into(page, tables()) == page, "run scripts/docs"


def test_each_parameter_of_each_rule_has_a_row() -> None:
    rows = tables().splitlines()
    for rule, field in FIELDS:
        assert sum(row.startswith(f"| `{rule}` | `{field.name}` |") for row in rows) == 1


@pytest.mark.parametrize(("rule", "field"), FIELDS, ids=[f"{rule}.{field.name}" for rule, field in FIELDS])
def test_a_parameter_has_the_unit_that_its_name_says(rule: str, field: msgspec.structs.FieldInfo) -> None:
    note = meta_of(field.type)
    unit = (note.extra or {}).get("unit", "") if note else ""
    assert not unit or unit == ENDINGS.get(field.name.rpartition("_")[2])


def test_a_rule_that_judges_no_arm_has_no_inputs_of_one() -> None:
    row = next(row for row in tables().splitlines() if row.startswith("| `tilt` |"))
    assert row == "| `tilt` | humanoid, quadruped, wheeled | twist, joints | `imu` | – | – | – |"
