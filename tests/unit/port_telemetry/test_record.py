"""Records number themselves and refuse what could not be sent."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from port_telemetry.core.pace import Pace
from port_telemetry.core.record import Lane, Numbering, Record, Stream
from port_telemetry.core.seal import Sealer
from port_telemetry.mqtt.target import endpoint


def test_each_topic_counts_from_one() -> None:
    numbering = Numbering(epoch=7)
    made = [numbering.record(topic, Stream.EVENT, b"", "json/x/1", 0) for topic in ("a", "b", "a")]
    assert [(record.topic, record.epoch, record.seq) for record in made] == [("a", 7, 1), ("b", 7, 1), ("a", 7, 2)]


def test_content_type_follows_the_schema() -> None:
    assert Record("a", Stream.LIVE, b"", "cbor/x/1", 0, 0, 1).content_type == "application/cbor"


@pytest.mark.parametrize(("topic", "seq"), [("", 1), ("a/+", 1), ("#", 1), ("a", 0)])
def test_refuses(topic: str, seq: int) -> None:
    with pytest.raises(ValueError):
        Record(topic, Stream.LIVE, b"", "json/x/1", 0, 0, seq)


def test_camera_stills_are_worth_least_also_when_they_are_sealed() -> None:
    sealer, numbering = Sealer(X25519PrivateKey.generate().public_key()), Numbering(1)
    for schema in ("jpeg/still/1", "cbor/sensor_msgs.msg.CompressedImage/ab12", "cbor/sensor_msgs.msg.Image/ab12"):
        still = numbering.record("t/camera", Stream.RECORDED, b"image", schema, 0)
        assert (still.lane, sealer.seal(still).lane) == (Lane.STILL, Lane.STILL)
    samples = numbering.record("t/samples", Stream.RECORDED, b"forces", "cbor/wrench_block/1", 0)
    assert sealer.seal(samples).lane is Lane.MEASUREMENT


def test_pace_lets_a_change_by_at_once() -> None:
    pace = Pace(0.1)
    assert pace.due(10.0, "a")
    assert not pace.due(10.05, "a")
    assert pace.due(10.06, "b")
    assert pace.due(10.07, "a")


def test_pace_keeps_the_mean_rate_of_a_stream_off_its_period() -> None:
    pace = Pace(0.1)
    sent = sum(pace.due(step * 0.03) for step in range(1000))
    assert 295 <= sent <= 301


def test_pace_does_not_catch_up_after_silence() -> None:
    pace = Pace(0.1)
    pace.due(0.0)
    assert sum(pace.due(60.0 + step * 0.01) for step in range(10)) <= 2


def test_pace_zero_lets_everything_by() -> None:
    pace = Pace(0.0)
    assert all(pace.due(1.0) for _ in range(5))


@pytest.mark.parametrize(("text", "meant"), [("h:1883", ("h", 1883)), ("[::1]:8883", ("::1", 8883))])
def test_an_endpoint_is_host_and_port(text: str, meant: tuple[str, int]) -> None:
    assert endpoint(text) == meant


@pytest.mark.parametrize("text", ["h", ":1", "h:", "h:x", ""])
def test_what_is_no_endpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no host:port"):
        endpoint(text)
