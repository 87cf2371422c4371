"""The bytes of a Sparkplug B payload: values with a name or an alias, by Google's protobuf.

The descriptor holds the fields that are used here, with the numbers and types of the Sparkplug 3.0 specification
(chapter 6); a field that it leaves out is skipped when reading.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

Value = bool | int | float | str | None


class DataType(IntEnum):
    """Sparkplug's number of a type. DATETIME: ms since 1970, UTC."""

    INT64 = 4
    UINT64 = 8
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13


class BadPayload(ValueError):
    """No Sparkplug B payload."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One value. With a name it is said with all that a birth says; without one the alias has to do.

    kind: None where it was read without one. unit: of the value, SI. Whole numbers are not negative.
    """

    value: Value
    kind: DataType | None
    stamp_ms: int
    name: str = ""
    alias: int | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Payload:
    """stamp_ms: when it was sent, UTC. seq: 0 to 255, None in a death of the node."""

    stamp_ms: int
    seq: int | None
    metrics: Sequence[Metric] = ()


_Field = descriptor_pb2.FieldDescriptorProto
_OPTIONAL, _REPEATED = _Field.LABEL_OPTIONAL, _Field.LABEL_REPEATED
_TYPES = {
    "uint32": _Field.TYPE_UINT32, "uint64": _Field.TYPE_UINT64, "float": _Field.TYPE_FLOAT,
    "double": _Field.TYPE_DOUBLE, "bool": _Field.TYPE_BOOL, "string": _Field.TYPE_STRING, "bytes": _Field.TYPE_BYTES,
}  # fmt: skip
#: What a value may be, numbered from the first on.
_VALUES = (
    ("int_value", "uint32"), ("long_value", "uint64"), ("float_value", "float"), ("double_value", "double"),
    ("boolean_value", "bool"), ("string_value", "string"),
)  # fmt: skip
#: Message → its fields (number, name, type) and the number of the first of _VALUES, 0 for none.
_MESSAGES: dict[str, tuple[tuple[tuple[int, str, str], ...], int]] = {
    "PropertyValue": (((1, "type", "uint32"), (2, "is_null", "bool")), 3),
    "PropertySet": (((1, "keys", "string*"), (2, "values", "PropertyValue*")), 0),
    "Metric": (
        ((1, "name", "string"), (2, "alias", "uint64"), (3, "timestamp", "uint64"), (4, "datatype", "uint32"),
         (5, "is_historical", "bool"), (6, "is_transient", "bool"), (7, "is_null", "bool"),
         (9, "properties", "PropertySet")), 10,
    ),
    "Payload": (((1, "timestamp", "uint64"), (2, "metrics", "Metric*"), (3, "seq", "uint64"), (4, "uuid", "string"),
                 (5, "body", "bytes")), 0),
}  # fmt: skip
_PACKAGE = "port.sparkplug"


def _message_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="port_sparkplug.proto", package=_PACKAGE, syntax="proto2")
    for name, (fields, first_value) in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, field, text in fields:
            _add_field(message, number, field, text)
        if first_value:
            message.oneof_decl.add(name="value")
            for number, (field, text) in enumerate(_VALUES, first_value):
                _add_field(message, number, field, text).oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))


def _add_field(message: Any, number: int, name: str, text: str) -> Any:
    base = text.rstrip("*")
    field = message.field.add(name=name, number=number, label=_REPEATED if text.endswith("*") else _OPTIONAL)
    if base in _TYPES:
        field.type = _TYPES[base]
    else:
        field.type, field.type_name = _Field.TYPE_MESSAGE, f".{_PACKAGE}.{base}"
    return field


_Payload = _message_class()
_FIELD_OF = {
    DataType.INT64: "long_value", DataType.UINT64: "long_value", DataType.DOUBLE: "double_value",
    DataType.BOOLEAN: "boolean_value", DataType.STRING: "string_value", DataType.DATETIME: "long_value",
}  # fmt: skip


def encode(payload: Payload) -> bytes:
    """The bytes. NaN and the infinities go as null: many a host has no other word for them."""
    message = _Payload(timestamp=payload.stamp_ms)
    if payload.seq is not None:
        message.seq = payload.seq
    for metric in payload.metrics:
        _put(message.metrics.add(), metric)
    return bytes(message.SerializeToString())


def _put(field: Any, metric: Metric) -> None:
    field.timestamp = metric.stamp_ms
    if metric.alias is not None:
        field.alias = metric.alias
    if metric.name:
        field.name, field.datatype = metric.name, metric.kind
        if metric.unit:
            field.properties.keys.append("engUnit")
            field.properties.values.add(type=DataType.STRING, string_value=metric.unit)
    if metric.kind is None or is_null(metric.value):
        field.is_null = True
    else:
        setattr(field, _FIELD_OF[metric.kind], metric.value)


def is_null(value: Value) -> bool:
    """Whether there is nothing to say."""
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def decode(data: bytes) -> Payload:
    """What the bytes say. Raises BadPayload and nothing else."""
    message = _Payload()
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise BadPayload(str(error)) from error
    return Payload(message.timestamp, message.seq if message.HasField("seq") else None, [*map(_read, message.metrics)])


def _read(field: Any) -> Metric:
    which = field.WhichOneof("value")
    kind = DataType(field.datatype) if field.datatype in set(DataType) else None
    units = [each.string_value for key, each in zip(field.properties.keys, field.properties.values, strict=False)
             if key == "engUnit"]  # fmt: skip
    return Metric(
        None if field.is_null or which is None else getattr(field, which), kind, field.timestamp, field.name,
        field.alias if field.HasField("alias") else None, units[0] if units else "",
    )  # fmt: skip
