"""What people write in their own words (a name, a reason, a note) before it goes into evidence: one short line.

Whoever asks by hand is told that it is too long; at a service's door what is too long is cut, and says so.
"""

#: Of one text. Enough for a sentence or two; the stop log, events and the page hold many.
CHARACTERS_MAX = 400
#: What the strings of port_interfaces hold at most, bytes of UTF-8: a name, and a text for people. The middleware holds
#: nobody to it, so whoever fills a message cuts.
NAME_BYTES, TEXT_BYTES = 256, 2048


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


def at_most(text: str, most_bytes: int = TEXT_BYTES) -> str:
    """`text` in at most so many bytes of UTF-8; what is cut off leaves a mark."""
    if len(text) * 4 <= most_bytes or len(raw := text.encode("utf-8", "replace")) <= most_bytes:
        return text
    return raw[: most_bytes - 3].decode("utf-8", "ignore") + "…"
