"""Any ROS message as plain values and NumPy arrays, and what its type looks like: nothing is left out or renamed.

Which field is what is found out once a type; arrays of numbers are handed on whole, without a look at their elements.
"""

import hashlib
import importlib
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import orjson

_NUMBERS = frozenset(
    ["boolean", "float", "double", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))]
)
#: "double", "sequence<double>", "double[9]", "sequence<string<5>, 3>", "geometry_msgs/Point" → the first word in it.
_BASE = re.compile(r"^(?:sequence<)?([\w/]+)")


class UnknownType(ValueError):
    """No such message type is installed here."""


def message_type(name: str) -> Any:
    """The class of "sensor_msgs/msg/Imu". Raises UnknownType."""
    package, _, kind = name.partition("/msg/")
    try:
        return getattr(importlib.import_module(f"{package}.msg"), kind)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise UnknownType(f"message type {name!r} is not installed here ({error})") from None


def values(message: Any) -> dict[str, Any]:
    """All fields by name: messages as mappings, arrays of numbers and of bytes as NumPy arrays."""
    kind: Any = type(message)
    return {name: take(getattr(message, name)) for name, take in _accessors(kind)}


def type_name(kind: Any) -> str:
    """ "sensor_msgs/msg/Imu" of its class."""
    return f"{kind.__module__.split('.', 1)[0]}/msg/{kind.__name__}"


@cache
def definition(kind: Any) -> bytes:
    """JSON: the type, its fields with their types, and the same of every message in it."""
    return orjson.dumps({"type": type_name(kind), "definitions": _definitions(kind, {})}, option=orjson.OPT_SORT_KEYS)


@cache
def digest(kind: Any) -> str:
    """Sixteen digits of the SHA-256 of the definition: equal where the fields are."""
    return hashlib.sha256(definition(kind)).hexdigest()[:16]


def _definitions(kind: Any, found: dict[str, Any]) -> dict[str, Any]:
    fields = kind.get_fields_and_field_types()
    found[type_name(kind)] = fields
    for text in fields.values():
        base = _base(text)
        if "/" in base and (inner := _nested(base)) and type_name(inner) not in found:
            _definitions(inner, found)
    return found


@cache
def _accessors(kind: Any) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    return tuple((name, _accessor(text)) for name, text in kind.get_fields_and_field_types().items())


def _accessor(text: str) -> Callable[[Any], Any]:
    base, many = _base(text), text.startswith("sequence<") or text.endswith("]")
    if "/" in base:
        return _messages if many else values
    if base == "octet":
        return _octets if many else _octet
    if many and base in _NUMBERS:
        # A list of booleans, an array.array or a NumPy array.
        return np.asarray if base != "boolean" else _booleans
    return list if many else _same


def _same(value: Any) -> Any:
    return value


def _messages(messages: Any) -> list[dict[str, Any]]:
    return [values(message) for message in messages]


def _booleans(flags: Any) -> Any:
    return np.asarray(flags, np.uint8)


def _octets(octets: Any) -> Any:
    return np.frombuffer(b"".join(octets), np.uint8)


def _octet(octet: Any) -> int:
    return int(octet[0])


def _base(text: str) -> str:
    match = _BASE.match(text)
    return match.group(1) if match else text


def _nested(base: str) -> Any:
    package, _, name = base.partition("/")
    return message_type(f"{package}/msg/{name}")
