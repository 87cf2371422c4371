"""The facility's account: gaps, copies, what cannot be read."""

from port_telemetry.core.encode import to_json
from port_telemetry.ingest.gaps import Gaps
from port_telemetry.ingest.tally import Tally


def account(numbers: list[int]) -> tuple[int, int]:
    gaps = Gaps()
    for number in numbers:
        gaps.see("s", number)
    return gaps.missing, gaps.duplicates


def test_gaps() -> None:
    assert account([1, 2, 3]) == (0, 0)
    assert account([5, 6]) == (0, 0)
    assert account([1, 4]) == (2, 0)
    assert account([1, 4, 2]) == (1, 0)
    assert account([1, 2, 1, 2, 3]) == (0, 2)
    assert account([1, 10**15]) == (10**15 - 2, 0)


def test_streams_are_apart() -> None:
    gaps = Gaps()
    for stream in (("1", "a"), ("2", "a"), ("1", "b")):
        assert gaps.see(stream, 1)
    assert (gaps.missing, gaps.duplicates) == (0, 0)


def test_tally() -> None:
    tally, good = Tally(), to_json({"a": 1})
    for seq in ("1", "2", "4", "4"):
        tally.add("port/v1/s/e/x/a", "application/json", good, {"epoch": "1", "seq": seq})
    tally.add("port/v1/s/e/conn", "application/json", good, {})
    tally.add("port/v1/s/e/x/b", "application/cbor", b"", {"epoch": "1", "seq": "1"})
    tally.add("port/v1/s/e/x/b", "application/json", good, {"epoch": "one", "seq": "1"})
    assert tally.summary() == {
        "received": 7,
        "by_topic": {"port/v1/s/e/conn": 1, "port/v1/s/e/x/a": 4, "port/v1/s/e/x/b": 2},
        "gaps": 1,
        "duplicates": 1,
        "undecodable": 2,
    }
