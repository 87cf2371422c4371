"""What a bag says of its session: from the evidence alone, whatever of it is damaged."""

import json
from pathlib import Path
from typing import Any

import pytest

from port_session.bag import bag_info, facts, ro_crate
from port_session.bag.facts import Facts
from port_session.bag.layout import BagError
from tests.bags import BEGAN_NS, ENDED_NS, evidence

SIZES = {"session.mcap": 10, "log/gate 1.log": 0, "devices/左.json": 2, "100%.txt": 1, "a:b#c?.jsonl": 1}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return evidence(tmp_path / "demo")


def graph(told: Facts) -> dict[str, dict[str, Any]]:
    tree = json.loads(ro_crate.document(told, SIZES))
    assert tree["@context"] == "https://w3id.org/ro/crate/1.2/context"
    return {item["@id"]: item for item in tree["@graph"]}


def test_the_session_ended_when_it_first_was_over(folder: Path) -> None:
    told = facts.read(folder)
    assert (told.began_ns, told.ended_ns, told.ended_as) == (BEGAN_NS, ENDED_NS, "COMPLETED")
    who, _, what = told.line().partition(", trial ")
    assert who == "Session demo (test), robot sim_wheeled, team blue, ground hall_lane"
    assert what == "lane_drive, 2 runs (1 void), completed"


def test_the_history_in_session_json_serves_where_the_log_is_lost(folder: Path) -> None:
    (folder / "events.jsonl").unlink()
    history = [
        {"stamp_ns": 5, "accepted": True, "after": "ADMITTED"},
        {"stamp_ns": 9, "accepted": True, "after": "ABORTED"},
    ]
    (folder / "session.json").write_text(json.dumps({"session": "x", "history": history}))
    told = facts.read(folder)
    assert (told.began_ns, told.ended_ns, told.ended_as, told.session) == (5, 9, "ABORTED", "x")


def test_of_a_killed_session_the_last_stamp_counts_and_its_description_names_it(folder: Path) -> None:
    lines = (folder / "events.jsonl").read_text().splitlines(keepends=True)
    (folder / "events.jsonl").write_text(lines[0] + "[1]\n" + lines[1] + '{"stamp_ns": 18000')
    (folder / "session.json").unlink()
    (folder / "description.json").write_text(
        json.dumps({"description": {"session": {"session": "demo", "robot": "r"}}})
    )
    told = facts.read(folder)
    assert (told.ended_ns, told.ended_as, told.session, told.robot) == (ENDED_NS - 5, "", "demo", "r")
    assert told.line().endswith("without an end in its log")


@pytest.mark.parametrize("stamp", [True, 0, -1, 1 << 63, 1.5, "5", None])
def test_a_stamp_that_is_none_ends_nothing(folder: Path, stamp: object) -> None:
    line = json.dumps({"stream": "session", "stamp_ns": stamp, "accepted": True, "after": "ABORTED"})
    (folder / "events.jsonl").write_text(line + "\n" + (folder / "events.jsonl").read_text())
    assert facts.read(folder).ended_ns == ENDED_NS


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b"\xff\xfe", b'{"history": 7, "runs": "x", "session": ["a"]}', b"[" * 100_000]
)
def test_a_folder_of_something_else_is_refused_with_what_is_missing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "session.json").write_bytes(content)
    with pytest.raises(BagError, match=r"neither events\.jsonl nor session\.json says when .*; name the folder"):
        facts.read(tmp_path)


def test_links_are_not_read(folder: Path) -> None:
    (folder / "session.json").rename(folder / "other.json")
    (folder / "session.json").symlink_to("other.json")
    assert facts.read(folder).session == ""


def test_text_is_one_line_of_unicode(folder: Path) -> None:
    (folder / "session.json").write_text(json.dumps({"session": "a\nPayload-Oxum: 1.1\ud800", "team": 5, "run": 3}))
    told = facts.read(folder)
    assert (told.session, told.team, told.runs) == ("a Payload-Oxum: 1.1", "", 3)
    info = bag_info.text(bag_info.elements(told, 1, 1, ()))
    assert info.decode().count("\nPayload-Oxum: ") == 1 and b"Source-Organization" not in info


def test_bag_info(folder: Path) -> None:
    info = bag_info.text(bag_info.elements(facts.read(folder), 12345, 6, ("li", "edge-1")))
    assert info.decode().splitlines() == [
        "Source-Organization: shuangpu",
        f"External-Description: {facts.read(folder).line()}",
        "Bagging-Date: 2027-01-15",
        "External-Identifier: demo",
        "Payload-Oxum: 12345.6",
        "Port-Bag-Format: 1",
        "Port-Session-Ended: 2027-01-15T08:00:36.000000123Z",
        "Port-Sealed-By: li",
        "Port-Sealed-By: edge-1",
    ]
    assert bag_info.values(info, "Port-Sealed-By") == ["li", "edge-1"] and bag_info.value(info, "Bag-Size") == ""


def test_the_crate_has_what_its_specification_demands(folder: Path) -> None:
    """RO-Crate 1.2: descriptor, root, and every entity of the payload linked from the root."""
    items = graph(facts.read(folder))
    assert items["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    assert items["ro-crate-metadata.json"]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.2"}
    root = items["./"]
    assert root["@type"] == "Dataset" and root["datePublished"] == "2027-01-15T08:00:36.000Z"
    assert root["name"] and root["description"] and root["license"]
    parts = [part["@id"] for part in root["hasPart"]]
    assert parts == ["100%25.txt", "a%3Ab%23c%3F.jsonl", "devices/左.json", "log/gate%201.log", "session.mcap"]
    assert all(items[part]["@type"] == "File" for part in parts)
    assert (items["session.mcap"]["contentSize"], items["log/gate%201.log"]["encodingFormat"]) == ("10", "text/plain")
    told = {value["@id"] for item in items.values() for value in item.values() if isinstance(value, dict)}
    assert {link for link in told if not link.startswith("http")} <= set(items)


def test_stamps_in_the_crate_are_texts_that_lose_no_nanosecond(folder: Path) -> None:
    items = graph(facts.read(folder))
    assert (items["#began_ns"]["value"], items["#ended_ns"]["value"]) == (str(BEGAN_NS), str(ENDED_NS))
    assert float(ENDED_NS) != ENDED_NS, "as a number it would be another one"


def test_the_crate_is_canonical_and_names_nobody_who_is_not_known() -> None:
    told = Facts(began_ns=1, ended_ns=2)
    data = ro_crate.document(told, SIZES)
    assert data == ro_crate.document(told, dict(reversed(SIZES.items())))
    assert b" :" not in data and b'": ' not in data and "左".encode() in data
    items = graph(told)
    assert not {"#team", "#robot", "#ground", "#site"} & set(items) and "publisher" not in items["./"]
    assert items["#session"]["actionStatus"] == {"@id": "http://schema.org/FailedActionStatus"}
