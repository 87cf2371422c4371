"""The state machine as a drawing, made from its table."""

from collections.abc import Iterator

from docs.generate.marked import Marked
from port_safety.gate.state_machine import TABLE, State, Trigger

PART = Marked("gate/state_machine.py")


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
