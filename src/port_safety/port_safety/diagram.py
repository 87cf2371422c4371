"""The machine as a drawing, made from its table; written into a document between two marks. See scripts/docs."""

import sys
from collections.abc import Iterator
from pathlib import Path

from port_safety.gate.state_machine import TABLE, State, Trigger

BEGIN = "<!-- drawn from core/machine.py by scripts/docs: begin -->"
END = "<!-- drawn from core/machine.py by scripts/docs: end -->"


def mermaid() -> str:
    """The transition table as a mermaid state diagram. FAULT is reached from every state, so it is drawn once."""
    return "\n".join(["```mermaid", "stateDiagram-v2", *_lines(), "```"])


def _lines() -> Iterator[str]:
    yield f"    [*] --> {State.INIT.name}"
    edges: dict[tuple[State, State], list[str]] = {}
    for (state, event), after in TABLE.items():
        if event is not Trigger.FAULT:
            edges.setdefault((state, after), []).append(event.name)
    for (state, after), events in edges.items():
        yield f"    {state.name} --> {after.name}: {', '.join(events)}"
    yield f"    note right of {State.FAULT.name}: from every state, by {Trigger.FAULT.name}; no way out"


def drawn_into(text: str) -> str:
    """`text` with the drawing between its marks. Raises ValueError where it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"no line {BEGIN!r} with its end behind it")
    return f"{before}{BEGIN}\n{mermaid()}\n{END}{after}"


def main() -> int:
    """Write the drawing into the files named on the command line."""
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(drawn_into(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
