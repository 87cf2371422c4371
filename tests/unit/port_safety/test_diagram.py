"""The drawing in the documents is the table in the code."""

from pathlib import Path

import pytest

from docs.generate.state_diagram import PART, mermaid
from port_safety.gate.state_machine import TABLE, State, Trigger

SAFETY = Path(__file__).parents[3] / "docs" / "safety.md"


def test_the_drawing_in_the_documents_is_current() -> None:
    text = SAFETY.read_text(encoding="utf-8")
    assert PART.written_into(text, mermaid()) == text, "run scripts/docs"


def test_every_transition_is_drawn() -> None:
    lines = mermaid().splitlines()
    for (state, event), after in TABLE.items():
        if event is not Trigger.FAULT:
            start = f"    {state.name} --> {after.name}: "
            assert any(line.startswith(start) and event.name in line[len(start) :].split(", ") for line in lines)
    assert sum(" --> " in line for line in lines) == 1 + len(
        {(state, after) for (state, event), after in TABLE.items() if event is not Trigger.FAULT}
    )


def test_the_documents_say_what_each_state_means() -> None:
    text = SAFETY.read_text(encoding="utf-8")
    for state in State:
        assert f"| {state.name} |" in text, state


@pytest.mark.parametrize("text", ["", PART.begin, PART.end, f"{PART.end} {PART.begin}"])
def test_a_document_without_the_marks_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no line"):
        PART.written_into(text, mermaid())
