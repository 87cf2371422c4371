"""Whatever the values are: what is encoded is decoded equal, and no bytes do more than raise DecodeError."""

import contextlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from port_telemetry.core.encode import DecodeError, Named, Stamp, decode, iso, to_cbor, to_json

_KEYS = st.text(st.characters(codec="utf-8"), max_size=8)
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8"), max_size=20),
)  # fmt: skip
_VALUES = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4))


@given(st.dictionaries(_KEYS, _VALUES, max_size=6))
def test_json_round_trip(values: dict[str, object]) -> None:
    assert decode("application/json", to_json(values)) == values


@given(st.integers(0, 255), st.integers(0, 4_000_000_000 * 10**9 + 999_999_999))
def test_both_forms_of_constants_and_stamps(code: int, stamp_ns: int) -> None:
    read = decode("application/json", to_json({"kind": Named(code, {1: "STOP"}), "at": Stamp(stamp_ns)}))
    assert (read["kind_code"], read["at_ns"], read["at"]) == (code, stamp_ns, iso(stamp_ns))
    assert int(read["at"][-10:-1]) == stamp_ns % 10**9


@given(
    npst.arrays("<f4", st.tuples(st.integers(0, 256), st.just(6)), elements=st.floats(width=32)),
    npst.arrays(np.uint8, st.integers(0, 256)),
    st.integers(0, 2**64 - 1),
)
def test_cbor_round_trip_is_exact(wrench: np.ndarray, status: np.ndarray, first_index: int) -> None:
    read = decode("application/cbor", to_cbor({"wrench": wrench, "status": status, "first_index": first_index}))
    assert read["wrench"].tobytes() == wrench.tobytes() and read["wrench"].shape == wrench.shape
    assert np.array_equal(read["status"], status) and read["first_index"] == first_index


@given(st.sampled_from(["application/json", "application/cbor"]), st.binary(max_size=200))
def test_any_bytes_are_values_or_a_decode_error(content_type: str, payload: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert isinstance(decode(content_type, payload), dict)


@given(st.data())
def test_a_corrupt_block_is_values_or_a_decode_error(data: st.DataObject) -> None:
    payload = bytearray(to_cbor({"wrench": np.zeros((3, 6), np.float32), "status": np.zeros(3, np.uint8)}))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(DecodeError):
        assert isinstance(decode("application/cbor", bytes(payload)), dict)
