"""Payloads say what the values said."""

import math

import cbor2
import numpy as np
import orjson
import pytest

from port_telemetry.core.encode import DecodeError, Named, Stamp, decode, iso, to_cbor, to_json


def test_constants_and_stamps_have_two_forms() -> None:
    stamp_ns = 1_795_371_639_000_000_042
    payload = to_json({"state": Named(5, {5: "STOPPED"}), "causes": [{"stamp": Stamp(stamp_ns)}]})
    assert orjson.loads(payload) == {
        "state": "STOPPED",
        "state_code": 5,
        "causes": [{"stamp": "2026-11-22T18:20:39.000000042Z", "stamp_ns": stamp_ns}],
    }


def test_a_constant_nobody_knows_stays_visible() -> None:
    assert orjson.loads(to_json({"state": Named(17, {})})) == {"state": "UNKNOWN_17", "state_code": 17}


def test_nan_is_null_in_json() -> None:
    assert orjson.loads(to_json({"a": math.nan, "b": [math.inf, 1.5]})) == {"a": None, "b": [None, 1.5]}


def test_iso_of_the_beginning() -> None:
    assert iso(0) == "1970-01-01T00:00:00.000000000Z"


def test_the_wrench_is_what_rfc_8746_says() -> None:
    tagged = cbor2.loads(to_cbor({"wrench": np.arange(12, dtype="<f4").reshape(2, 6)}))["wrench"]
    shape, flat = tagged.value
    assert (tagged.tag, list(shape), flat.tag) == (40, [2, 6], 85)
    assert flat.value == np.arange(12, dtype="<f4").tobytes()


def test_twenty_samples_cost_25_bytes_each_and_little_more() -> None:
    values = {"status": np.zeros(20, np.uint8), "wrench": np.zeros((20, 6), np.float32)}
    assert len(to_cbor(values)) < 20 * 25 + 60


@pytest.mark.parametrize("nothing", [object(), np.array([1.0], np.float16), np.array([True]), np.array(["a"])])
def test_what_has_no_form_is_said(nothing: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        to_cbor({"nested": [{"a": nothing}]})


@pytest.mark.parametrize(
    ("content_type", "payload"),
    [
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("text/plain", b"{}"),
        ("application/cbor", b""),
        ("application/cbor", b"\x01"),
        ("application/cbor", cbor2.dumps({"a": cbor2.CBORTag(85, b"123")})),
        ("application/cbor", cbor2.dumps({"a": cbor2.CBORTag(40, [[-1, 6], cbor2.CBORTag(85, b"")])})),
        ("application/cbor", cbor2.dumps({"a": cbor2.CBORTag(40, [[2, 6], cbor2.CBORTag(85, bytes(4))])})),
        ("application/cbor", cbor2.dumps({"a": cbor2.CBORTag(40, [[1], [1.0]])})),
        ("application/cbor", cbor2.dumps({"a": cbor2.CBORTag(9999, 1)})),
        ("application/cbor", b"\x81" * 500),
    ],
)
def test_what_is_wrong_is_a_decode_error(content_type: str, payload: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(content_type, payload)
