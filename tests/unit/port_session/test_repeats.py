"""What a process says again and again does not fill its log."""

from port_session.supervisor.repeats import Repeats

JPEG = "Corrupt JPEG data: {} extraneous bytes before marker 0xd{}"


def test_lines_that_differ_by_figures_alone_are_kept_twenty_times_then_counted() -> None:
    repeats, kept = Repeats(), list[str]()
    for number in range(1000):
        kept += repeats.take(JPEG.format(number, number % 10))
    assert kept == [JPEG.format(number, number % 10) for number in range(20)]
    assert repeats.take("camera overhead: well") == ["(980 more lines like that)", "camera overhead: well"]
    assert repeats.flush() == []


def test_what_is_said_in_turns_is_kept() -> None:
    repeats, said = Repeats(), ["a fault", "its end"] * 50
    assert [line for text in said for line in repeats.take(text)] == said


def test_what_was_left_out_is_told_at_the_end() -> None:
    repeats = Repeats()
    for _ in range(30):
        repeats.take("the same")
    assert repeats.flush() == ["(10 more lines like that)"]
    assert repeats.flush() == []
