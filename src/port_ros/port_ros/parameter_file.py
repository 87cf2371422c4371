"""The text of a ROS parameter file, so that rcl reads what was meant: the one writer, beside `parameters`, which reads.

rcl's reader (rcl_yaml_param_parser) is no YAML 1.1 and no YAML 1.2: what is not quoted it takes for a truth value
(`y`, `on`), then for what C's strtol reads (`08`, `0x1p3`), then for what strtod does (`infinity`, `nan`, `1e3`). So
every text is quoted, every number is written in the one form that C reads with the same type. Starts nothing.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INT64 = range(-(1 << 63), 1 << 63)
#: The smallest float of full precision: below it C's reader says "out of range" to decimals, and rcl makes it a text.
_NORMAL = 2.0**-1022


class NoParameter(ValueError):
    """A value that no ROS parameter can hold. key: its full name; problem: what is wrong with it."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key = key
        self.problem = problem


def parameter_file(tree: Mapping[str, Any]) -> str:
    """The text of a parameter file for one node; empty without a parameter, and no file for rcl. Raises NoParameter."""
    lines = _lines(typed(tree), 4)
    return "\n".join(["/**:", "  ros__parameters:", *lines]) + "\n" if lines else ""


def typed(tree: Mapping[str, Any], key: str = "") -> dict[str, Any]:
    """`tree` as its node gets it: without what has no type (None, an empty list), each list of one kind."""
    found = {}
    for name, value in tree.items():
        inner = f"{key}.{name}" if key else str(name)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise NoParameter(inner, "expected a name of letters, digits and _")
        kept = typed(value, inner) if isinstance(value, Mapping) else _value(value, inner)
        if kept is not None and kept not in ([], {}):
            found[name] = kept
    return found


def _value(value: Any, key: str) -> Any:
    if isinstance(value, list | tuple):
        return _of_one_kind([_value(one, f"{key}[{index}]") for index, one in enumerate(value)], key)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        if value not in _INT64:
            raise NoParameter(key, f"{value} has more than 64 bits")
        return int(value)
    if isinstance(value, str):
        return _text(value, key)
    raise NoParameter(key, f"{type(value).__name__} is no kind of ROS parameter")


def _text(value: str, key: str) -> str:
    if "\0" in value:
        raise NoParameter(key, "a text with a NUL would end there")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise NoParameter(key, "half a character (a lone surrogate) is no text")
    return value


def _of_one_kind(values: list[Any], key: str) -> list[Any]:
    kinds = {type(value) for value in values}
    if kinds == {int, float}:
        return [float(value) for value in values]
    if len(kinds) > 1 or not kinds <= {bool, int, float, str}:
        raise NoParameter(key, f"a list of one kind of value is needed, got {sorted(kind.__name__ for kind in kinds)}")
    return values


def _lines(tree: Mapping[str, Any], indent: int) -> list[str]:
    lines: list[str] = []
    for name, value in tree.items():
        if isinstance(value, Mapping):
            lines += [f"{'':{indent}}{name}:", *_lines(value, indent + 2)]
        else:
            lines.append(f"{'':{indent}}{name}: {_written(value)}")
    return lines


def _written(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    return str(value) if isinstance(value, int) else _quoted(value)


def _number(value: float) -> str:
    """With a point or an exponent, else it would be read as a whole number."""
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return repr(value) if abs(value) >= _NORMAL or value == 0.0 else value.hex()


def _quoted(text: str) -> str:
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if " " <= character <= "~" else f"\\U{ord(character):08x}"
