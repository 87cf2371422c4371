"""Every rule has its section in docs/safety.md, and each says after whom."""

import re
from pathlib import Path

import pytest

from docs.generate.rule_parameters import port_rules

PAGE = (Path(__file__).parents[3] / "docs" / "safety.md").read_text(encoding="utf-8")
SECTIONS = {
    name: text
    for heading, text in re.findall(r"^### (.+)\n((?:(?!^##).*\n)*)", PAGE, re.MULTILINE)
    for name in heading.split(", ")
}
#: A standard with its number, or authors with their year.
SOURCE = re.compile(r"(ISO|IEC|REP)[-/ A-Z]*\d+|[A-Z]\w+ (et al\.|and [A-Z]\w+),? [\w ]*\d{4}")


@pytest.mark.parametrize("rule", ["estop", *(each.name for each in port_rules())])
def test_a_rule_has_its_section_which_names_a_source(rule: str) -> None:
    assert SOURCE.search(SECTIONS[rule])
