"""What people write in their own words (a name, a reason, a note) before it goes into evidence: one short line.

Whoever asks by hand is told that it is too long; at a service's door what is too long is cut, and says so.
"""

#: Of one text. Enough for a sentence or two; the stop log, events and the page hold many.
CHARACTERS_MAX = 400


def one_line(text: str) -> str:
    """`text` without control characters, cut where it is too long."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text[: 2 * CHARACTERS_MAX]).split())
    if len(text) <= 2 * CHARACTERS_MAX and len(line) <= CHARACTERS_MAX:
        return line
    return f"{line[:CHARACTERS_MAX]}… (cut: it had {len(text)} characters)"


def typed_text(text: str) -> str:
    """A text from the command line as it goes into evidence. Raises ValueError that says what is wrong."""
    if len(text) > CHARACTERS_MAX:
        raise ValueError(f"at most {CHARACTERS_MAX} characters, got {len(text)}")
    return one_line(text)
