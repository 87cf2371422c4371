"""A parsed tree as a validated Struct, with the full key path of whatever does not fit.

msgspec converts and checks the leaves; the walk is ours, because msgspec does not name the key of a mapping. Reads no
file and knows no schema.
"""

import contextlib
import math
import re
import types
from collections.abc import Iterator
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo, fields

from port_ros.misfit import Misfit, listed, misfit_of, nearest
from port_ros.network_address import without_login

T = TypeVar("T")

#: How people call what YAML holds.
_WORDS = {
    "float": "a number", "int": "a whole number", "str": "text", "bool": "true or false", "array": "a list",
    "object": "keys and values", "null": "nothing",
}  # fmt: skip

#: What a key's last word says of its unit.
_UNITS = {
    "m": "metres", "s": "seconds", "hz": "Hz", "mps": "m/s", "mps2": "m/s²", "radps": "rad/s", "radps2": "rad/s²",
    "rad": "rad", "n": "N",
}  # fmt: skip

#: Of a value or a key in a message.
_SHOWN_CHARACTERS = 60

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def decode(tree: Any, kind: type[T], key: str = "") -> T:
    """`tree` as a `kind`. Raises Misfit with the key path of the first thing that does not fit."""
    decoded: T = _decode(tree, kind, key)
    return decoded


def _decode(tree: Any, kind: Any, key: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _decode_struct(tree, kind, key)
    if get_origin(kind) is Literal:
        return _decode_choice(tree, get_args(kind), key)
    if get_origin(kind) is dict:
        return _decode_mapping(tree, get_args(kind)[1], key)
    if get_origin(kind) in (Union, types.UnionType) and all(_tag(one) for one in get_args(kind)):
        return _decode_tagged(tree, get_args(kind), key)
    if get_origin(kind) in (Union, types.UnionType) and len(get_args(kind)) == 2 and tree is not None:
        return _decode(tree, next(a for a in get_args(kind) if a is not type(None)), key)
    return _decode_leaf(tree, kind, key)


def _decode_struct(tree: Any, kind: type[msgspec.Struct], key: str) -> Any:
    _expect_mapping(tree, key)
    known = {field.encode_name: field for field in fields(kind)}
    if not key and tree and not known.keys() & tree.keys():  # a file of somebody else's: nothing of it is shown
        raise Misfit("", f"none of its keys is known here; known keys: {listed(known)}")
    for name in tree:
        if name not in known:
            if new := getattr(kind, "RENAMED", {}).get(name):
                raise Misfit(_join(key, name), f"is called {new} now; write that")
            hint = nearest(name, set(known) - set(tree)) or f"; known keys: {listed(known)}"
            raise Misfit(_join(key, name), f"unknown key{hint}")
    for name, field in known.items():
        if field.required and name not in tree:
            raise Misfit(_join(key, name), f"missing: expected {_describe(field, name)}")
    given = {name: field for name, field in known.items() if name in tree and not _is_empty(tree[name], field)}
    values = {field.name: _decode(tree[name], field.type, _join(key, name)) for name, field in given.items()}
    try:
        return kind(**values)
    except ValueError as error:
        raise misfit_of(error, key) from None


def _is_empty(tree: Any, field: FieldInfo) -> bool:
    """Whether a group has no entry: all of them are left out, or turned into comments."""
    return tree is None and not field.required and get_origin(field.type) is dict


def _tag(kind: Any) -> str:
    """What a Struct of a union is told by; empty if it is none."""
    config = getattr(kind, "__struct_config__", None)
    return str(config.tag or "") if config else ""


def _decode_tagged(tree: Any, kinds: tuple[Any, ...], key: str) -> Any:
    """One of several Structs, chosen by the key that tells them apart."""
    _expect_mapping(tree, key)
    by_tag, field = {_tag(kind): kind for kind in kinds}, kinds[0].__struct_config__.tag_field
    if field not in tree:
        raise Misfit(_join(key, field), f"missing: expected one of {', '.join(by_tag)}")
    chosen = _decode_choice(tree[field], tuple(by_tag), _join(key, field))
    return _decode_struct({name: value for name, value in tree.items() if name != field}, by_tag[chosen], key)


def _decode_mapping(tree: Any, kind: Any, key: str) -> Any:
    _expect_mapping(tree, key)
    for name in tree:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise Misfit(_join(key, name), "expected a name of at most 64 small letters, digits and _, a letter first")
    return {name: _decode(value, kind, _join(key, name)) for name, value in tree.items()}


def _decode_choice(tree: Any, choices: tuple[Any, ...], key: str) -> Any:
    if not isinstance(tree, str) or tree not in choices:
        hint = nearest(tree, choices) if isinstance(tree, str) else ""
        raise Misfit(key, f"expected one of {', '.join(choices)}, got {_show(tree)}{hint}")
    return tree


def _decode_leaf(tree: Any, kind: Any, key: str) -> Any:
    _refuse_not_finite(tree, key)
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `$")
        place = place.rstrip("`")
        text = _without_pattern(text, kind)
        raise Misfit(key + place, _in_words(text, _at(tree, place), key)) from None


def _without_pattern(text: str, kind: Any) -> str:
    """msgspec's sentence with the words that belong to a pattern in its place."""
    for meta in _metas(kind):
        if meta.pattern and meta.description and "matching regex" in text and repr(meta.pattern) in text:
            return f"Expected {meta.description}"
    return text


def _metas(kind: Any) -> Iterator[msgspec.Meta]:
    for each in (*get_args(kind), *getattr(kind, "__metadata__", ())):
        if isinstance(each, msgspec.Meta):
            yield each
        else:
            yield from _metas(each)


def _refuse_not_finite(tree: Any, key: str) -> None:
    if isinstance(tree, float) and not math.isfinite(tree):
        raise Misfit(key, f"expected a finite number{_unit(key)}, got {tree}")
    if isinstance(tree, list):
        for index, item in enumerate(tree):
            _refuse_not_finite(item, f"{key}[{index}]")


def _expect_mapping(tree: Any, key: str) -> None:
    if not isinstance(tree, dict):
        # Of a file as a whole nothing is shown: it may be any file of this machine.
        raise Misfit(key, f"expected keys and values, got {_show(tree) if key else _kind(tree)}")


def _in_words(text: str, found: Any, key: str) -> str:
    """msgspec's sentence in the words of whoever writes the YAML, with what was found."""
    expected = re.sub(r"^Expected ", "expected ", text)
    expected, _, got = expected.partition(", got ")
    expected = re.sub(r"`([a-z ]+)`", lambda match: _alternatives(match[1]), expected)
    expected = re.sub(r"`([a-z |]+)`", lambda match: _alternatives(match[1]), expected)
    length = f" of {got}" if got.isdigit() else ""
    return f"{expected}{_unit(key)}, got {_show(found)}{length}{_hint(expected, found)}"


def _hint(expected: str, found: Any) -> str:
    """What mends a value of the wrong kind that is easily written by mistake."""
    if expected.startswith("expected text") and isinstance(found, bool | int | float):
        return "; put it in quotes"
    if not isinstance(found, str):
        return ""
    if expected.startswith("expected true or false"):
        return "; write true or false"
    if expected.startswith(("expected a number", "expected a whole number")):
        return f"; write {plain}" if (plain := _plain_number(found)) else "; write a plain number in digits"
    return ""


def _plain_number(text: str) -> str:
    """The number that a text would be without its quotes or leading zeros; empty if it is none."""
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return str(kind(text)) if "_" not in text else ""
    return ""


def _alternatives(names: str) -> str:
    return " or ".join(_WORDS.get(name.strip(), name.strip()) for name in names.split("|"))


def _describe(field: FieldInfo, name: str) -> str:
    text = str(field.type)
    if get_origin(field.type) is dict or (isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)):
        return "keys and values"
    word = next((_WORDS[kind] for kind in ("bool", "float", "int", "str") if kind in text), "keys and values")
    listing = "a list, each item " if text.startswith(("tuple", "list")) else ""
    return f"{listing}{word}{_unit(name)}"


def _unit(key: str) -> str:
    last = re.sub(r"\[\d+\]", "", key).rsplit(".", 1)[-1]
    unit = _UNITS.get(last.rsplit("_", 1)[-1]) if "_" in last else None
    return f" (in {unit})" if unit else ""


def _at(tree: Any, place: str) -> Any:
    for index in re.findall(r"\[(\d+)\]", place):
        tree = tree[int(index)]
    return tree


def _show(found: Any) -> str:
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, str):
        return f"text {_short(without_login(found))!r}"
    return _short(str(found)) if isinstance(found, int | float) else _kind(found)


def _kind(found: Any) -> str:
    kinds = {dict: "keys and values", list: "a list", str: "text", type(None): "nothing"}
    return kinds.get(type(found), "a single value")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _join(key: str, name: Any) -> str:
    word = str(name) if isinstance(name, str) and name.isprintable() and name else repr(name)
    word = _short(word)
    return f"{key}.{word}" if key else word
