"""A record as rows of a table: nested names joined by dots; typed arrays of n samples become n rows. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from port_telemetry.core.encode import DecodeError, decode, iso
from port_telemetry.ingest.source import Stored


def rows(record: Stored) -> Iterator[dict[str, Any]]:
    """The rows of one record: epoch, seq, time, then its fields; `unreadable` says why there are none."""
    head: dict[str, Any] = {"epoch": record.epoch, "seq": record.seq, "time": time_text(record.stamp_ns),
                            "stamp_ns": record.stamp_ns}  # fmt: skip
    try:
        values = decode("application/" + record.schema.split("/", 1)[0], record.payload)
    except DecodeError as error:
        yield {**head, "unreadable": str(error)}
        return
    arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    plain = {name: value for name, value in _flat("", values) if name not in head}
    lengths = {len(array) for array in arrays.values()}
    if len(lengths) != 1:
        yield {**head, **plain, **{name: array.tolist() for name, array in arrays.items()}}
        return
    for sample in range(lengths.pop()):
        yield {**head, "sample": sample, **plain, **_sample(arrays, sample)}


def time_text(stamp_ns: int) -> str:
    """ISO 8601 in UTC; empty for a number that is no time."""
    try:
        return iso(stamp_ns)
    except (ValueError, OverflowError, OSError):
        return ""


def _sample(arrays: Mapping[str, Any], sample: int) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, array in arrays.items():
        value = array[sample].tolist()
        if isinstance(value, list):
            columns |= {f"{name}.{column}": entry for column, entry in enumerate(value)}
        else:
            columns[name] = value
    return columns


def _flat(prefix: str, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{name}.", value)
        elif not isinstance(value, np.ndarray):
            yield f"{prefix}{name}", value
