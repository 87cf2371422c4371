"""How far a long reading is: silent where it is quick, a line every few seconds where it is not."""

from port_session.bag.progress import ReadProgress, size


def test_a_line_every_five_seconds_after_three() -> None:
    said: list[str] = []
    now_s = [0.0]
    progress = ReadProgress("verifying demo.bag", 50 * 10**9, said.append, lambda: now_s[0])
    for second in range(21):
        now_s[0] = float(second)
        progress.add(10**9)
    assert len(said) == 4
    assert said[0] == "port: verifying demo.bag: 4.0 GB of 50.0 GB, about 34 s left"
    assert said[-1] == "port: verifying demo.bag: 19.0 GB of 50.0 GB, about 29 s left"


def test_nothing_is_said_of_what_is_quick_or_has_not_begun() -> None:
    said: list[str] = []
    now_s = [0.0]
    progress, idle = (ReadProgress("x", 0, said.append, lambda: now_s[0]) for _ in range(2))
    progress.add(5)
    now_s[0] = 10.0
    idle.add(0)
    assert said == []
    progress.add(5)
    assert said == ["port: x: 10 bytes of 0 bytes, about 0 s left"], "a file that grew does not stop it"


def test_sizes() -> None:
    assert [size(count) for count in (0, 999, 1000, 1_500_000, 52 * 10**9)] == [
        "0 bytes",
        "999 bytes",
        "1.0 kB",
        "1.5 MB",
        "52.0 GB",
    ]
