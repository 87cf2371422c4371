"""Keys of a file that stand there without a value, as `port robot probe` leaves what it cannot see. Pure."""

import types
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo, fields


def blank_values(tree: Any, kind: type[msgspec.Struct], key: str = "") -> Iterator[str]:
    """The path of each key that is empty though it needs a value. A group or text that may be left out may be empty,
    too, and says that there is none; a measure or a pose is never meant so.
    """
    if not isinstance(tree, dict):
        return
    for field in fields(kind):
        name, path = field.encode_name, f"{key}.{field.encode_name}" if key else field.encode_name
        below = _struct(field)
        if below is not None:
            yield from blank_values(tree.get(name), below, path)
        elif name in tree and tree[name] is None and not _may_be_empty(field):
            yield path


def _may_be_empty(field: FieldInfo) -> bool:
    alternatives = _alternatives(field)
    measure = any(tuple in (one, get_origin(one)) or float in (one, *get_args(one)) for one in alternatives)
    return get_origin(field.type) is dict or (type(None) in alternatives and not measure)


def _struct(field: FieldInfo) -> type[msgspec.Struct] | None:
    """The group that stands below this key, if one does."""
    groups = [one for one in _alternatives(field) if isinstance(one, type) and issubclass(one, msgspec.Struct)]
    return groups[0] if len(groups) == 1 else None


def _alternatives(field: FieldInfo) -> tuple[Any, ...]:
    return get_args(field.type) if get_origin(field.type) in (Union, types.UnionType) else (field.type,)
