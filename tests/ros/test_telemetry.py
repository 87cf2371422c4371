"""The node `telemetry` as a process, with a real broker: what is published in ROS is read over MQTT, equal."""

import math
import signal
from array import array
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import orjson
import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped
from port_interfaces.msg import Cause, EstopState, SafetyEvent, SafetyState, SessionState, WrenchBlock
from sensor_msgs.msg import Imu

from port_ros import qos, stamps
from port_safety.evidence import hash_chain as chain
from port_session.description.resolve import resolve
from port_telemetry.core.parcel import Item
from port_telemetry.core.record import Key
from port_telemetry.core.signature import holds
from port_telemetry.core.source_account import SourceAccount
from port_telemetry.files import verifying_key
from port_telemetry.ingest.account import accounts, missing_events
from port_telemetry.ros.convert import NAMED_FIELDS
from port_telemetry.settings import Settings
from tests.arming import KEY_FILE, signed_publisher
from tests.broker import Broker, Reader, properties, values
from tests.facility import Facility
from tests.telemetry_stage import Ground, Telemetry
from tests.waiting import PATIENCE_S, wait_until

_STAMP_S = 1_800_000_000


def safety_state(**changed: Any) -> SafetyState:
    cause = Cause(
        severity=Cause.EMERGENCY_STOP, rule="estop", source="station_1", reason="pressed · 按下", value=math.nan
    )
    message = SafetyState(
        state=SafetyState.STOPPED, severity=Cause.EMERGENCY_STOP, reason="e-stop", causes=[cause], epoch=2**63 + 1,
        speed_mps=math.nan, position_m=array("d", [1.5, -2.25]), enable=False, **changed,
    )  # fmt: skip
    message.header.stamp.sec, message.header.stamp.nanosec = _STAMP_S, 7
    return message


def block(number: int) -> WrenchBlock:
    message = WrenchBlock(device_id="left", first_index=number * 20, period_s=0.001, lost_before=number)
    message.header.frame_id, message.header.stamp.sec = "force_plates/left", _STAMP_S + number
    message.status = array("B", [number % 8] * 20)
    message.wrench = array("f", [number + channel / 7 for channel in range(120)])
    return message


def test_state_event_and_pose_arrive_as_published(ground: Ground, telemetry: Telemetry, reader: Reader) -> None:
    ground.states.publish(safety_state())
    ground.events.publish(SafetyEvent(sequence=4, kind=SafetyEvent.STOP, event_id="e1", latency_ms=1.25))
    pose = PoseWithCovarianceStamped()
    pose.pose.pose.position.x, pose.pose.pose.orientation.z, pose.pose.pose.orientation.w = 2.0, 1.0, 0.0
    ground.poses.publish(pose)
    [message] = wait_until(lambda: reader.on("demo/safety/state"))
    state = values(message)
    assert properties(message)["schema"] == "json/safety_state/1"
    assert properties(message)["stamp_ns"] == str(_STAMP_S * 10**9 + 7)
    assert (state["state"], state["state_code"], state["epoch"]) == ("STOPPED", 5, 2**63 + 1)
    assert (state["speed_mps"], state["position_m"], state["enable"]) == (None, [1.5, -2.25], False)
    assert state["header"]["stamp"] == "2027-01-15T08:00:00.000000007Z"
    [cause] = state["causes"]
    assert (cause["severity"], cause["reason"], cause["value"]) == ("EMERGENCY_STOP", "pressed · 按下", None)
    [message] = wait_until(lambda: reader.on("demo/safety/event"))
    event = values(message)
    assert (event["kind"], event["event_id"], event["latency_ms"], event["sequence"]) == ("STOP", "e1", 1.25, 4)
    [message] = wait_until(lambda: reader.on("demo/robot/pose"))
    assert (values(message)["x_m"], values(message)["yaw_rad"]) == (2.0, pytest.approx(math.pi))


def test_every_block_arrives_bit_for_bit(ground: Ground, telemetry: Telemetry, reader: Reader) -> None:
    def arrived(least: int) -> bool:
        return len(reader.on("/samples")) >= least

    for number in range(300):
        ground.blocks.publish(block(number))
        if number % 100 == 99:  # DDS keeps 200 of a publisher that has to repeat them
            wait_until(partial(arrived, number + 1))
    for number, message in enumerate(reader.on("force_plates/left/samples")):
        sent, read = block(number), values(message)
        assert read["wrench"].shape == (20, 6) and np.array_equal(read["wrench"].ravel(), np.asarray(sent.wrench))
        assert np.array_equal(read["status"], np.asarray(sent.status))
        assert (read["first_index"], read["lost_before"]) == (sent.first_index, number)
        assert properties(message)["seq"] == str(number + 1)
    summary = telemetry.end()
    assert (summary["offered"], summary["published"], summary["dropped"], summary["rejected"]) == (300, 300, 0, 0)
    assert "telemetry: published=300 dropped=0" in telemetry.log


def plate_block(number: int, base: int = 0) -> WrenchBlock:
    """The `number`-th block of a plate that loses nothing and whose count began at `base`."""
    message = block(number)
    message.first_index, message.lost_before, message.received_total = base + number * 20, 0, (number + 1) * 20
    return message


def gap_reasons(facility: Facility, name: str) -> list[tuple[int, str]]:
    """Of the gap records on a stream: how many numbers each stands for, and why."""
    rows = facility.rows(
        "SELECT last - first + 1, reason FROM gap JOIN stream ON stream.id = stream WHERE name = ?"
        " ORDER BY epoch, last",
        name,
    )
    return [(int(count), str(reason)) for count, reason in rows]


def plate_account(facility: Facility) -> SourceAccount:
    [account] = accounts(str(facility.database)).values()
    assert isinstance(account, SourceAccount)
    return account


@pytest.fixture
def kept(ground: Ground, broker: Broker, facility: Facility, tmp_path: Path) -> Iterator[Telemetry]:
    """Telemetry whose records a facility stores."""
    telemetry = Telemetry(tmp_path, broker, facility_key_file=str(broker.folder / "facility.pub"))
    wait_until(ground.heard, what="telemetry subscribes")
    yield telemetry
    telemetry.kill()


def test_blocks_that_nobody_took_in_time_become_a_gap_record_and_the_account_is_even(
    ground: Ground, kept: Telemetry, facility: Facility
) -> None:
    """A machine without time for telemetry: more comes than the middleware keeps for a reader."""
    ground.blocks.publish(plate_block(0))
    facility.has("/samples", 1)
    kept.process.send_signal(signal.SIGSTOP)
    for number in range(1, 3001):
        ground.blocks.publish(plate_block(number))
    kept.process.send_signal(signal.SIGCONT)
    for number in range(3001, 3011):
        ground.blocks.publish(plate_block(number))
    wait_until(lambda: (plate_account(facility).sent, 0) == (3011 * 20, 0), what="the last block is there")
    summary, account = kept.end(), plate_account(facility)
    lost = sum(count for count, _ in gap_reasons(facility, "force_plates/left/samples"))
    assert account.unexplained == 0 and account.twice == 0
    assert lost and account.stored + 20 * lost == account.sent
    assert summary["missing"] == {"port/v1/hall/edge-1/demo/force_plates/left/samples": lost}
    assert summary["dropped"] == lost


def test_a_jump_of_a_plates_index_that_nothing_else_shows_is_a_gap_record(
    ground: Ground, kept: Telemetry, facility: Facility
) -> None:
    for number in (0, 1, 5, 6):
        ground.blocks.publish(plate_block(number))
    facility.has("/samples", 4)
    name = "force_plates/left/samples"
    assert gap_reasons(facility, name) == [(3, "lost between its source and telemetry (60 samples)")]
    assert facility.numbers("/samples") == [1, 2, 6, 7]
    assert plate_account(facility).lost == {"lost between its source and telemetry": 60}


def test_a_plate_that_starts_again_is_told_as_such_and_not_as_a_loss(
    ground: Ground, kept: Telemetry, facility: Facility
) -> None:
    for number in range(3):
        ground.blocks.publish(plate_block(number, base=5000))
    for number in range(3):
        ground.blocks.publish(plate_block(number, base=40))
    facility.has("/samples", 6)
    assert gap_reasons(facility, "force_plates/left/samples") == []
    account = plate_account(facility)
    assert (account.starts, account.unexplained, account.sent) == (2, 0, 120)
    assert "force_plates/left/samples: its source counts anew" in kept.log


def test_what_a_plate_sent_while_telemetry_was_down_is_a_gap_record_of_its_next_start(
    ground: Ground, kept: Telemetry, facility: Facility, broker: Broker, tmp_path: Path
) -> None:
    for number in range(3):
        ground.blocks.publish(plate_block(number))
    facility.has("/samples", 3)
    kept.kill()
    wait_until(lambda: not ground.blocks.get_subscription_count(), what="the killed reader is given up")
    for number in range(3, 10):
        ground.blocks.publish(plate_block(number))
    again = Telemetry(tmp_path, broker, facility_key_file=str(broker.folder / "facility.pub"))
    try:
        wait_until(ground.heard)
        ground.blocks.publish(plate_block(10))
        facility.has("/samples", 4)
    finally:
        again.kill()
    name = "force_plates/left/samples"
    assert gap_reasons(facility, name) == [(7, "sent while telemetry was down (140 samples)")]
    assert plate_account(facility).unexplained == 0


def test_a_message_that_contradicts_itself_is_refused_and_those_after_it_go_on(
    ground: Ground, telemetry: Telemetry, reader: Reader
) -> None:
    wrong = plate_block(1)
    wrong.wrench = array("f", [1.0] * 7)
    for message in (plate_block(0), wrong, plate_block(2)):
        ground.blocks.publish(message)
    wait_until(lambda: len(reader.on("/samples")) >= 2)
    assert [values(m)["first_index"] for m in reader.on("/samples")] == [0, 40]
    summary = telemetry.end()
    assert (summary["published"], summary["rejected"]) == (2, 1)
    assert "force_plates/left/samples: not sent" in telemetry.log


def test_a_stop_that_only_the_gates_log_knows_reaches_the_facility_once(
    ground: Ground, facility: Facility, broker: Broker, tmp_path: Path
) -> None:
    log = tmp_path / "stops.jsonl"
    stamps_ns = [_STAMP_S * 10**9 + number for number in range(3)]
    began = {"kind": "stop_began", "event_id": "e1", "epoch": 4, "severity": "EMERGENCY_STOP", "rule": "estop",
             "source": "station_1", "reason": "pressed", "value": None, "limit": None, "unit": ""}  # fmt: skip
    stands = {"kind": "stop", "event_id": "e1", "epoch": 4, "stands": True, "distance_m": 0.25, "duration_s": 0.5,
              "causes": [began], "hops_ms": {"total": 1.5}, "travel_after_zero_m": None}  # fmt: skip
    reset = {"kind": "reset", "event_id": "e1", "epoch": 4, "by": "reset button station_1"}
    opened = {"kind": "opened", "stamp_ns": 1}
    records = [opened, *({**each, "stamp_ns": at} for each, at in zip((began, stands, reset), stamps_ns, strict=True))]
    lines: list[bytes] = []
    for record in records:
        lines.append(chain.encode(record, len(lines) + 1, chain.digest(lines[-1]) if lines else ""))
    log.write_bytes(b"".join(line + b"\n" for line in lines))
    given = {"facility_key_file": str(broker.folder / "facility.pub"), "stop_log": str(log)}
    telemetry = Telemetry(tmp_path, broker, **given)
    try:
        wait_until(ground.heard)
        heard = SafetyEvent(sequence=2, kind=SafetyEvent.STANDSTILL, event_id="e1", stamp=stamps.to_msg(stamps_ns[1]))
        ground.events.publish(heard)
        facility.has("/safety/event", 3)
        facility.has("/safety/stop_log", 1)
        summary = telemetry.end()
        again = Telemetry(tmp_path, broker, **given)
        wait_until(ground.heard)
        assert again.end()["completed"] == 0
    finally:
        telemetry.kill()
    stored = {event["stamp_ns"]: event for event in stored_events(facility)}
    assert summary["completed"] == 2 and sorted(stored) == stamps_ns
    stop, standstill, accepted = (stored[at] for at in stamps_ns)
    assert (stop["kind"], stop["event_id"], stop["sequence"], stop["reason"]) == ("STOP", "e1", 0, "pressed")
    assert [cause["rule"] for cause in stop["causes"]] == ["estop"]
    assert standstill["sequence"] == 2
    assert (accepted["kind"], accepted["by"]) == ("RESET_ACCEPTED", "reset button station_1")
    assert missing_events(str(facility.database), "safety/event", log) == []
    heads = json_of(facility, "safety/stop_log")
    assert heads[-1] == {"lines": len(lines), "head": chain.digest(lines[-1])}, "by it a log written anew is noticed"


def test_an_event_that_the_gate_did_not_say_is_not_sent_in_its_name(
    ground: Ground, broker: Broker, facility: Facility, tmp_path: Path
) -> None:
    """With the session's key telemetry knows the gate; a forger is told, and does not disturb the gate's own count."""
    gate = signed_publisher(ground.node, SafetyEvent, "safety/event", qos.EVENT)
    given = {"facility_key_file": str(broker.folder / "facility.pub"), "session_key_file": KEY_FILE}
    telemetry = Telemetry(tmp_path, broker, **given)
    try:
        wait_until(lambda: ground.heard() and gate.publisher.get_subscription_count())
        for number in range(1, 4):
            gate.publish(SafetyEvent(kind=SafetyEvent.STOP, event_id=f"e{number}"))
            ground.events.publish(SafetyEvent(sequence=number, kind=SafetyEvent.RESET_ACCEPTED, by="mallory"))
        ground.figure_reaches("unproven", 3)
        facility.has("/safety/event", 3)
        summary = telemetry.end()
    finally:
        telemetry.kill()
    assert [event["event_id"] for event in stored_events(facility)] == ["e1", "e2", "e3"]
    assert not any("safety/event" in topic for topic in summary["missing"])


def stored_events(facility: Facility) -> list[dict[str, Any]]:
    return json_of(facility, "safety/event")


def json_of(facility: Facility, name: str) -> list[dict[str, Any]]:
    """What the facility keeps of a stream of JSON, in order."""
    rows = facility.rows(f"SELECT payload FROM record JOIN stream ON stream.id = stream WHERE name = '{name}'")
    return [orjson.loads(payload) for (payload,) in rows]


def test_state_is_thinned_but_a_change_goes_at_once(ground: Ground, telemetry: Telemetry, reader: Reader) -> None:
    def opened() -> int:
        return sum(not values(message)["channel_a_closed"] for message in reader.on("/estop/state"))

    said = 0

    def pressed() -> int:
        """A station says it again and again; state that a busy machine held up for a second is given up."""
        nonlocal said
        said += 1
        ground.estops.publish(EstopState(device_id="station_1", channel_a_closed=False, channel_b_closed=True))
        return opened()

    def seen_since(before: int) -> bool:
        return pressed() > before

    for presses in range(1, 4):
        for _ in range(20):
            ground.estops.publish(EstopState(device_id="station_1", channel_a_closed=True, channel_b_closed=True))
        before = opened()
        wait_until(partial(seen_since, before), what=f"press {presses} is seen")
    assert len(reader.on("/estop/state")) < 30 + said


def test_a_late_subscriber_gets_the_state(ground: Ground, telemetry: Telemetry, broker: Broker) -> None:
    """The broker keeps a state for 2 s; the gate says it again and again."""

    def retained() -> list[Any]:
        ground.states.publish(safety_state())
        late = Reader(broker.port, "port/v1/+/+/+/safety/state").settle()
        late.close()
        return [message for message in late.messages if message.retain]

    [message] = wait_until(retained)
    assert values(message)["state"] == "STOPPED"


def test_the_edge_makes_its_key_once_and_signs_what_is_about_safety(
    ground: Ground, broker: Broker, reader: Reader, tmp_path: Path
) -> None:
    private = tmp_path / "keys" / "edge-1.key"
    telemetry = Telemetry(tmp_path, broker, signing_key_file=str(private))
    try:
        wait_until(ground.heard)
        ground.events.publish(SafetyEvent(sequence=1, kind=SafetyEvent.STOP))
        ground.states.publish(safety_state())
        public = verifying_key(tmp_path / "spool" / "edge-1.pub")
        for topic, live in (("demo/safety/event", False), ("demo/safety/state", True)):
            [message] = wait_until(partial(reader.on, topic))
            said = properties(message)
            item = Item(int(said["seq"]), 1, int(said["stamp_ns"]), said["schema"], message.payload)
            assert holds(Key(message.topic, int(said["epoch"])), item, live, said["signature"], public)
        telemetry.end()
    finally:
        telemetry.kill()
    assert private.stat().st_mode & 0o777 == 0o600
    before = private.read_bytes()
    again = Telemetry(tmp_path, broker, signing_key_file=str(private))
    wait_until(ground.heard)
    again.end()
    assert private.read_bytes() == before


def test_a_key_that_is_none_ends_the_start_with_its_parameter(tmp_path: Path, broker: Broker, ros_domain: int) -> None:
    (tmp_path / "edge-1.key").write_text("no key")
    telemetry = Telemetry(tmp_path, broker, signing_key_file=str(tmp_path / "edge-1.key"))
    assert telemetry.process.wait(PATIENCE_S) == 2
    assert "signing_key_file" in telemetry.log


def test_a_backlog_shows_in_the_diagnostics_with_how_long_it_waits(
    ground: Ground, telemetry: Telemetry, broker: Broker
) -> None:
    broker.stop()
    ground.events.publish(SafetyEvent(sequence=1))
    # The stamp is 1970's: what waits is old at once.
    figures = ground.mqtt_says(r"; 1 records wait, the oldest [0-9.]+ h old$")
    assert float(figures["oldest_s"]) > 1e9 and figures["left_s"] == ""


def test_a_frozen_broker_does_not_hold_up_the_callbacks(
    ground: Ground, telemetry: Telemetry, broker: Broker, reader: Reader
) -> None:
    broker.signal(signal.SIGSTOP)
    for number in range(150):  # fewer than the 200 that DDS keeps
        ground.blocks.publish(block(number))
    # The broker takes nothing, and yet every block is through its callback: one that waited for it would wait for ever.
    ground.figure_reaches("offered", 150)
    ground.mqtt_says("lost|does not answer|no broker")
    for number in range(150, 300):
        ground.blocks.publish(block(number))
    ground.figure_reaches("offered", 300)
    broker.signal(signal.SIGCONT)
    wait_until(lambda: reader.numbers("/samples") == set(range(1, 301)), 30, what="all arrive when it goes on")
    summary = telemetry.end()
    assert (summary["published"], summary["dropped"]) == (300, 0)


def test_a_killed_broker_is_named_with_its_remedy_and_found_again(
    ground: Ground, telemetry: Telemetry, broker: Broker
) -> None:
    broker.stop()
    assert f"no broker answers at 127.0.0.1:{broker.port}; start it" in ground.mqtt_says("no broker|lost")["remedy"]
    assert ground.mqtt["level"] == "2"
    ground.events.publish(SafetyEvent(sequence=1, kind=SafetyEvent.STOP, event_id="while it was away"))
    ground.figure_reaches("offered", 1)
    broker.start()
    reader = Reader(broker.port)
    [message] = wait_until(lambda: reader.on("/safety/event"))
    reader.close()
    assert values(message)["event_id"] == "while it was away"
    ground.mqtt_says("connected to")


def test_it_starts_before_the_broker_and_ends_without_one(ground: Ground, tmp_path: Path, broker: Broker) -> None:
    broker.stop()
    telemetry = Telemetry(tmp_path, broker)
    try:
        wait_until(ground.heard)
        ground.events.publish(SafetyEvent(sequence=1))
        ground.figure_reaches("offered", 1)
        summary = telemetry.end()
        assert (summary["published"], summary["dropped"], summary["waiting"]) == (0, 0, 1)
    finally:
        telemetry.kill()


def test_a_wrong_parameter_ends_the_start_with_its_path(tmp_path: Path, broker: Broker, ros_domain: int) -> None:
    telemetry = Telemetry(tmp_path, broker, site="hall/one")
    assert telemetry.process.wait(PATIENCE_S) == 2
    assert "site" in telemetry.log


def test_a_topic_that_the_session_adds_goes_too_with_what_its_type_looks_like(
    ground: Ground, broker: Broker, reader: Reader, tmp_path: Path
) -> None:
    added = {"imu": {"topic": "imu/data"}, "joy": {"topic": "joy", "type": "sensor_msgs/msg/Imu"}}
    telemetry = Telemetry(tmp_path, broker, topics=added)
    imus = ground.node.create_publisher(Imu, "imu/data", qos.SENSOR_STREAM)
    wrong = ground.node.create_publisher(SafetyState, "joy", qos.SENSOR_STREAM)
    try:
        wait_until(imus.get_subscription_count, what="telemetry finds the publisher")
        sent = Imu(linear_acceleration_covariance=[float(n) for n in range(9)])
        sent.header.stamp.sec, sent.angular_velocity.z = _STAMP_S, math.nan
        imus.publish(sent)
        [message] = wait_until(lambda: reader.on("demo/imu/data"))
        read = values(message)
        assert math.isnan(read["angular_velocity"]["z"])
        assert np.array_equal(read["linear_acceleration_covariance"], np.arange(9.0))
        assert properties(message)["stamp_ns"] == str(_STAMP_S * 10**9)
        digest = properties(message)["schema"].rpartition("/")[2]
        late = Reader(broker.port)
        [definition] = wait_until(lambda: late.on(f"/schema/{digest}"))
        late.close()
        assert definition.retain and values(definition)["type"] == "sensor_msgs/msg/Imu"
        wait_until(lambda: "joy is published as port_interfaces/msg/SafetyState" in telemetry.log)
        assert not wrong.get_subscription_count()
        telemetry.end()
    finally:
        telemetry.kill()


def test_what_a_session_gives_it_are_its_parameters() -> None:
    config = Path(__file__).parents[2] / "config" / "sessions" / "demo.yaml"
    given = resolve(str(config)).process("telemetry").parameters
    assert msgspec.convert(given, Settings).target().facility_key_file.endswith("facility.pub")


def test_an_added_topic_that_counts_nothing_has_its_losses_told_too(
    ground: Ground, broker: Broker, facility: Facility, tmp_path: Path
) -> None:
    """Best effort, so that nothing is repeated: what finds no room in the reader's socket is gone."""
    given = {"facility_key_file": str(broker.folder / "facility.pub"), "topics": {"imu": {"topic": "imu/data"}}}
    telemetry = Telemetry(tmp_path, broker, **given)
    imus = ground.node.create_publisher(Imu, "imu/data", qos.SENSOR_STREAM)
    sent = 0

    def send() -> None:
        nonlocal sent
        sent += 1
        message = Imu()
        message.header.stamp.sec = sent
        imus.publish(message)

    def arrives(arrived: Callable[[], object]) -> object:
        send()
        return arrived()

    try:
        wait_until(imus.get_subscription_count, what="telemetry finds the publisher")
        wait_until(lambda: arrives(lambda: facility.numbers("/imu/data")), what="telemetry hears it")
        telemetry.process.send_signal(signal.SIGSTOP)
        for _ in range(3000):
            send()
        telemetry.process.send_signal(signal.SIGCONT)
        wait_until(lambda: arrives(lambda: gap_reasons(facility, "imu/data")), what="a gap record")
    finally:
        telemetry.kill()
    # With the lost ones counted the records are numbered as their publisher sent them.
    rows = facility.rows("SELECT seq, stamp_ns FROM record JOIN stream ON stream.id = stream WHERE name = 'imu/data'")
    assert len({stamp_ns // 10**9 - seq for seq, stamp_ns in rows}) == 1
    assert {why for _, why in gap_reasons(facility, "imu/data")} == {"lost between its source and telemetry"}


def test_the_facility_has_what_telemetry_says_it_has(ground: Ground, broker: Broker, tmp_path: Path) -> None:
    facility = Facility(tmp_path / "facility", broker.folder, broker.port)
    telemetry = Telemetry(tmp_path, broker, facility_key_file=str(broker.folder / "facility.pub"))
    try:
        wait_until(lambda: facility.rows("SELECT 1 FROM live"), what="the facility has seen the edge connect")
        wait_until(ground.heard)
        for number in range(100):
            ground.blocks.publish(block(number))
            ground.events.publish(SafetyEvent(sequence=number))
            ground.states.publish(safety_state())
        ground.figure_reaches("published", 201)
        summary = telemetry.end()
        wait_until(lambda: facility.taken() == summary["published"], what="what the broker has taken is there, too")
        account = facility.end()
    finally:
        telemetry.kill()
        facility.kill()
    topics = {topic: count for topic, count in account["by_topic"].items() if not topic.endswith("/conn")}
    assert topics["port/v1/hall/edge-1/demo/force_plates/left/samples"] == 100
    assert topics["port/v1/hall/edge-1/demo/safety/event"] == 100
    assert (sum(topics.values()), summary["waiting"]) == (summary["published"], 0)
    assert (account["gaps"], account["undecodable"], account["refused"]) == (0, 0, 0)


def test_every_constant_of_our_messages_has_its_name() -> None:
    """A constant added to a message must not reach the facility as UNKNOWN."""
    for kind in (Cause, EstopState, SafetyState, SessionState):
        constants = {name for name in dir(type(kind)) if name.isupper() and not name.startswith("_")}
        named = {name for names in NAMED_FIELDS[kind].values() for name in names.values()}
        assert constants <= named
