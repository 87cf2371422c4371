"""Any message type that is installed: what is encoded says what the message said."""

import importlib
import re
from array import array
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from port_telemetry.core.encode import decode, to_cbor, to_json
from port_telemetry.ros import generic

_PACKAGES = (
    "std_msgs", "geometry_msgs", "sensor_msgs", "nav_msgs", "diagnostic_msgs", "trajectory_msgs", "visualization_msgs",
    "shape_msgs", "stereo_msgs", "builtin_interfaces", "port_interfaces",
)  # fmt: skip
_CODES = {"int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q",
          "uint64": "Q", "float": "f", "double": "d"}  # fmt: skip


def kinds() -> list[Any]:
    """Every message class of those packages."""
    found = []
    for package in _PACKAGES:
        module = importlib.import_module(f"{package}.msg")
        found += [kind for kind in vars(module).values() if hasattr(kind, "get_fields_and_field_types")]
    return found


def fill(kind: Any, draw: Any, depth: int = 0) -> Any:
    """A message with something in every field."""
    message = kind()
    for name, text in kind.get_fields_and_field_types().items():
        setattr(message, name, _value(text, getattr(message, name), draw, depth))
    return message


def _value(text: str, default: Any, draw: Any, depth: int) -> Any:
    found = re.match(r"^(?:sequence<)?([\w/]+)", text)
    assert found is not None, text
    base = found[1]
    if text.endswith("]"):
        if "/" in base:
            return [fill(type(default[0]), draw, depth + 1) for _ in default]
        if isinstance(default, np.ndarray):
            return np.array([draw(_numbers(base)) for _ in default], default.dtype)
        return [_scalar(base, draw) for _ in default]
    if text.startswith("sequence<"):
        count = draw(st.integers(0, 3))
        if "/" in base:
            package, name = base.split("/")
            inner = generic.message_type(f"{package}/msg/{name}")
            return [fill(inner, draw, depth + 1) for _ in range(count if depth < 2 else 0)]
        if base in _CODES:
            return array(_CODES[base], [draw(_numbers(base)) for _ in range(count)])
        return [_scalar(base, draw) for _ in range(count)]
    return fill(type(default), draw, depth + 1) if "/" in base else _scalar(base, draw)


def _scalar(base: str, draw: Any) -> Any:
    if base == "boolean":
        return draw(st.booleans())
    if base == "octet":
        return bytes([draw(st.integers(0, 255))])
    if base in ("string", "wstring"):
        return draw(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5))
    return draw(_numbers(base))


def _numbers(base: str) -> Any:
    if base in ("float", "double"):
        return st.floats(width=32, allow_nan=False, allow_infinity=False)
    bits = int(base.split("int")[1])
    return st.integers(0, 2**bits - 1) if base.startswith("u") else st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def same(message: Any, read: Any) -> None:
    """Every field of `message` is in `read`, equal."""
    for name in message.get_fields_and_field_types():
        sent, got = getattr(message, name), read[name]
        if hasattr(sent, "get_fields_and_field_types"):
            same(sent, got)
        elif isinstance(got, list) and got and isinstance(got[0], dict):
            for one, other in zip(sent, got, strict=True):
                same(one, other)
        elif isinstance(sent, bytes):
            assert got == sent[0]
        elif isinstance(sent, list) and sent and isinstance(sent[0], bytes):
            assert bytes(np.asarray(got, np.uint8)) == b"".join(sent)
        elif isinstance(sent, str):
            assert got == sent
        else:
            # JSON writes a float32 with as many digits as tell it from its neighbours.
            assert np.array_equal(np.asarray(sent), np.asarray(got, np.asarray(sent).dtype))


@pytest.mark.parametrize("kind", kinds(), ids=generic.type_name)
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_message_comes_back_from_cbor_and_from_json(kind: Any, data: st.DataObject) -> None:
    message = fill(kind, data.draw)
    values = generic.values(message)
    same(message, decode("application/cbor", to_cbor(values)))
    same(message, decode("application/json", to_json(values)))


def test_an_array_is_handed_on_whole() -> None:
    image = generic.message_type("sensor_msgs/msg/CompressedImage")(data=array("B", bytes(1000)))
    data = generic.values(image)["data"]
    assert isinstance(data, np.ndarray) and data.base is not None
    assert len(to_cbor(generic.values(image))) < 1100


def test_a_definition_names_every_type_in_it_and_its_digest_tells_types_apart() -> None:
    imu = generic.message_type("sensor_msgs/msg/Imu")
    described = orjson.loads(generic.definition(imu))
    assert described["type"] == "sensor_msgs/msg/Imu"
    assert described["definitions"]["builtin_interfaces/msg/Time"] == {"sec": "int32", "nanosec": "uint32"}
    assert generic.digest(imu) != generic.digest(generic.message_type("sensor_msgs/msg/Joy"))


@pytest.mark.parametrize("name", ["nothing/msg/X", "std_msgs/msg/Nothing", "std_msgs", ""])
def test_an_unknown_type_is_said(name: str) -> None:
    with pytest.raises(generic.UnknownType, match="not installed"):
        generic.message_type(name)
