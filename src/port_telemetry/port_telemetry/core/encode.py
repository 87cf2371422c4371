"""Payloads: JSON for state and events, CBOR with typed arrays (RFC 8746) for dense samples, and the way back.

Takes plain values; `Named` and `Stamp` mark what gets two forms in JSON, one for people and one for programs.
It must not know a ROS message.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import cbor2
import numpy as np
import orjson
from numpy.typing import NDArray

#: RFC 8746: the tag of a row-major array of several dimensions, and those of flat ones by their element.
TAG_ROW_MAJOR = 40
_FLAT: dict[int, np.dtype[Any]] = {
    tag: np.dtype(kind)
    for tag, kind in {64: "u1", 69: "<u2", 70: "<u4", 71: "<u8", 72: "i1", 77: "<i2", 78: "<i4", 79: "<i8", 85: "<f4",
                      86: "<f8"}.items()
}  # fmt: skip
_TAGS = {(kind.kind, kind.itemsize): tag for tag, kind in _FLAT.items()}
_NS = 1_000_000_000


class DecodeError(ValueError):
    """The payload is not what its content type says."""


@dataclass(frozen=True, slots=True)
class Named:
    """A message constant: {"state": Named(5, {5: "STOPPED"})} becomes "state": "STOPPED", "state_code": 5."""

    code: int
    names: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time: {"since": Stamp(ns)} becomes "since": ISO 8601 in UTC and "since_ns": nanoseconds since the epoch."""

    ns: int


def iso(stamp_ns: int) -> str:
    """Nanoseconds since the epoch as ISO 8601 in UTC, with all nine digits."""
    seconds, nanoseconds = divmod(stamp_ns, _NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def plain(value: Any) -> Any:
    """`value` with every Named and Stamp in a mapping replaced by its two entries."""
    if isinstance(value, Mapping):
        return {name: entry for key, item in value.items() for name, entry in _entries(key, item)}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(item) for item in value]
    return value


def _entries(key: str, item: Any) -> list[tuple[str, Any]]:
    if isinstance(item, Named):
        return [(key, item.names.get(item.code, f"UNKNOWN_{item.code}")), (f"{key}_code", item.code)]
    if isinstance(item, Stamp):
        return [(key, iso(item.ns)), (f"{key}_ns", item.ns)]
    return [(key, plain(item))]


def to_json(values: Mapping[str, Any]) -> bytes:
    """JSON of `values`; NaN and the infinities become null, which JSON has instead."""
    return orjson.dumps(plain(values), option=orjson.OPT_SERIALIZE_NUMPY)


def to_cbor(values: Mapping[str, Any]) -> bytes:
    """CBOR of `values`; NumPy arrays of numbers become typed arrays, NaN stays NaN. Raises TypeError, ValueError."""
    return cbor2.dumps(values, default=_encode_array)


def _encode_array(encoder: cbor2.CBOREncoder, item: Any) -> None:
    """What CBOR itself has no form for. Only that comes here, so that a message costs no work in Python a field."""
    tag = _TAGS.get((item.dtype.kind, item.dtype.itemsize)) if isinstance(item, np.ndarray) else None
    if tag is None:
        raise TypeError(f"{getattr(item, 'dtype', type(item).__name__)} has no form in CBOR")
    flat = cbor2.CBORTag(tag, np.ascontiguousarray(item, _FLAT[tag]).tobytes())
    encoder.encode(flat if item.ndim == 1 else cbor2.CBORTag(TAG_ROW_MAJOR, [list(item.shape), flat]))


def decode(content_type: str, payload: bytes) -> dict[str, Any]:
    """The values of a payload, typed arrays as NumPy arrays. Raises DecodeError and nothing else."""
    try:
        values = _DECODERS[content_type](payload)
    except KeyError:
        raise DecodeError(f"content type: {content_type!r} is none of {sorted(_DECODERS)}") from None
    except (ValueError, cbor2.CBORError) as error:
        raise DecodeError(f"{content_type}: {error}") from error
    if not isinstance(values, dict):
        raise DecodeError(f"{content_type}: not a map")
    return values


def _from_cbor(payload: bytes) -> Any:
    return cbor2.loads(payload, tag_hook=_array, max_depth=16, strict_hashable_types=True)


def _array(tag: cbor2.CBORTag, immutable: bool) -> NDArray[Any]:
    if tag.tag in _FLAT and isinstance(tag.value, bytes):
        return np.frombuffer(tag.value, _FLAT[tag.tag])
    if tag.tag == TAG_ROW_MAJOR and isinstance(tag.value, list | tuple) and len(tag.value) == 2:
        return _shaped(*tag.value)
    raise ValueError(f"tag {tag.tag} is not used here")


def _shaped(shape: Any, flat: Any) -> NDArray[Any]:
    whole = isinstance(shape, list | tuple) and all(type(size) is int and size >= 0 for size in shape)
    if not (whole and isinstance(flat, np.ndarray) and math.prod(shape) == flat.size):
        raise ValueError("the shape of an array does not fit its data")
    return flat.reshape(tuple(shape))


_DECODERS = {"application/json": orjson.loads, "application/cbor": _from_cbor}
