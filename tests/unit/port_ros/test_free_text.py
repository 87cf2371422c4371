"""What people write in their own words goes into evidence as one short line."""

import pytest

from port_ros.free_text import CHARACTERS_MAX, at_most, one_line, typed_text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("aligns a plate", "aligns a plate"), ("", ""), ("  two\nlines\t\x00 ", "two lines"), ("对准台", "对准台"),
        ("\x1b[31mred", "[31mred"),
    ],
)  # fmt: skip
def test_a_text_is_one_line(text: str, line: str) -> None:
    assert one_line(text) == typed_text(text) == line


@pytest.mark.parametrize("length", [CHARACTERS_MAX + 1, 100_000])
def test_a_long_text_is_cut_at_a_service_and_refused_at_a_command(length: int) -> None:
    line = one_line("x" * length)
    assert line == "x" * CHARACTERS_MAX + f"… (cut: it had {length} characters)"
    with pytest.raises(ValueError, match=f"at most {CHARACTERS_MAX} characters, got {length}"):
        typed_text("x" * length)


@pytest.mark.parametrize("sign", ["x", "é", "字", "🤖"])
def test_a_text_holds_at_most_so_many_bytes(sign: str) -> None:
    whole = sign * (2048 // len(sign.encode()))
    assert at_most(whole) == whole
    cut = at_most(whole + sign)
    assert cut.endswith("…") and 2040 <= len(cut.encode()) <= 2048 and cut[:-1] in whole
