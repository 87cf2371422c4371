"""A record becomes rows that a spreadsheet understands."""

import numpy as np
import pytest

from port_telemetry.core.encode import to_cbor, to_json
from port_telemetry.ingest.flatten import rows
from port_telemetry.ingest.source import NoSuchStream, Query, Stored, StreamNotClear


def test_state_is_one_row_with_dotted_names() -> None:
    [row] = rows(Stored(3, 1, 1_000_000_000, "json/x/1", to_json({"a": 1, "header": {"frame": "g"}})))
    assert row == {"epoch": 3, "seq": 1, "time": "1970-01-01T00:00:01.000000000Z", "stamp_ns": 1_000_000_000,
                   "a": 1, "header.frame": "g"}  # fmt: skip


def test_a_block_is_one_row_a_sample() -> None:
    wrench = np.arange(12, dtype="<f4").reshape(2, 6)
    block = to_cbor({"device_id": "left", "status": np.array([0, 1], np.uint8), "wrench": wrench})
    first, second = rows(Stored(3, 1, 0, "cbor/wrench_block/1", block))
    assert (first["sample"], first["device_id"], first["wrench.5"], first["status"]) == (0, "left", 5.0, 0)
    assert (second["sample"], second["wrench.0"], second["status"]) == (1, 6.0, 1)


def test_what_cannot_be_read_says_so_in_its_row() -> None:
    [row] = rows(Stored(3, 1, 2**62, "json/x/1", b"\xff"))
    assert "unreadable" in row and row["seq"] == 1


def test_a_stream_is_named_by_its_end() -> None:
    streams = [(1, "port/v1/h/e/demo/safety/event"), (2, "port/v1/h/e/demo/session/event")]
    assert Query("safety/event").choose(streams) == streams[0]
    with pytest.raises(StreamNotClear, match=r"safety/event, .*session/event"):
        Query("event").choose(streams)
    with pytest.raises(NoSuchStream, match="there are: port/v1/h"):
        Query("vent").choose(streams)


def test_times_are_utc_where_no_zone_is_named() -> None:
    assert Query.of("s", "1970-01-01T00:00:01", "1970-01-01T01:00:02+01:00") == Query("s", 10**9, 2 * 10**9)
    with pytest.raises(ValueError, match="yesterday"):
        Query.of("s", "yesterday", "")
