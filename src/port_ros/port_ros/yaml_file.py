"""Files that people write, in YAML: the one reader of all of them, and the one writer of those that we write for them.

What the keys mean is not its business.

Values are those of YAML 1.2's core schema (yaml.org/spec/1.2.2, 10.3.2), because those of YAML 1.1 surprise: there
`010` is 8, `1:30` is 90, `5e-4` is a text, `no` is false and `2026-11-30` no text. One thing differs: a whole number
with a leading zero, which is 8 to some readers and 10 to others, is text, so that whoever wants a number refuses it by
its key. A key that stands twice is refused. An alias is what its anchor is, `<<` takes in the keys of a mapping beside
its own. OpenCV's `%YAML:1.0` and `!!opencv-matrix` are understood.
"""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from port_ros.file_kind import not_a_file

_TAG = "tag:yaml.org,2002:"
#: What each kind of plain scalar looks like, and how it may begin.
_CORE_SCHEMA = (
    ("null", r"~|null|Null|NULL", "~nN"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
     r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+.0123456789"),
    ("merge", r"<<", "<"),
)  # fmt: skip


#: Far more than anybody writes. Aliases of aliases grow tenfold a line.
_BYTES_MAX, _VALUES_MAX = 500_000, 200_000


class YamlError(ValueError):
    """A file that cannot be read. where: line and column, empty if it is about the file as a whole."""

    def __init__(self, path: Path, where: str, problem: str) -> None:
        super().__init__(f"{path}: {where}: {problem}" if where else f"{path}: {problem}")
        self.path = path
        self.where = where
        self.problem = problem


def read_yaml(path: Path) -> Any:
    """The tree in `path`: mappings, lists, text, numbers, truth values, None. Raises YamlError."""
    try:
        return parse_yaml(_text(path))
    except YamlError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise YamlError(path, "", f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise YamlError(path, where, f"not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise YamlError(path, "", f"not YAML: {str(error).splitlines()[0]}") from None


def _text(path: Path) -> str:
    """Raises YamlError for what is no file, or is larger than any that people write."""
    if problem := not_a_file(path):
        raise YamlError(path, "", problem)
    with path.open("rb") as file:
        data = file.read(_BYTES_MAX + 1)
    if len(data) > _BYTES_MAX:
        raise YamlError(path, "", f"is larger than {_BYTES_MAX // 1000} kB; is it the file that was meant?")
    return data.decode("utf-8-sig")


def parse_yaml(text: str) -> Any:
    """The tree in `text`. Raises yaml.YAMLError, or ValueError for a number that is too long."""
    if text.startswith("%YAML:1."):
        text = text.replace(":", " ", 1)
    return yaml.load(text, Loader=_Loader)  # noqa: S506  (makes plain values only)


def yaml_text(tree: Any, flow: bool | None = False) -> str:
    """`tree` as this reader and those of YAML 1.1 read it alike. flow: None puts lists of numbers on one line."""
    return yaml.dump(tree, Dumper=_Dumper, sort_keys=False, default_flow_style=flow)


class _Loader(yaml.SafeLoader):
    """The core schema, and a mapping without the silent last-one-wins of a key that stands twice."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  (as PyYAML has it)
    yaml_constructors = {}  # noqa: RUF012

    def get_single_node(self) -> yaml.Node | None:
        node: yaml.Node | None = super().get_single_node()
        if node is not None:
            _expanded(node, {})
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise _error("expected keys and values", node)
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _error("a key must be a word or a number", key)
            if key.value in seen and key.tag != f"{_TAG}merge":
                raise _error(f"the key {key.value[:60]!r} stands twice", key)
            seen.add(key.value)
        return super().construct_mapping(node, deep=True)

    def text(self, node: yaml.ScalarNode) -> Any:
        return self.construct_scalar(node)

    def truth(self, node: yaml.ScalarNode) -> bool:
        if (text := str(self.construct_scalar(node)).lower()) not in ("true", "false"):
            raise _error(f"{text!r} is neither true nor false", node)
        return text == "true"

    def whole_number(self, node: yaml.ScalarNode) -> int:
        return int(str(self.construct_scalar(node)), 0)

    def number(self, node: yaml.ScalarNode) -> float:
        return float(str(self.construct_scalar(node)).lower().replace(".inf", "inf").replace(".nan", "nan"))

    def several(self, node: yaml.SequenceNode) -> list[Any]:
        return self.construct_sequence(node, deep=True)

    def not_known(self, node: yaml.Node) -> None:
        raise _error(f"the tag {node.tag.replace(_TAG, '!!')} means nothing here; leave it out", node)


class _Dumper(yaml.SafeDumper):
    """Quotes what either version of YAML would take for something else than text."""


def _expanded(node: yaml.Node, counted: dict[int, int]) -> int:
    """How many values `node` is with its aliases written out. Raises MarkedYAMLError for too many, or a circle.

    counted: of each group that was looked at; 0 while it is.
    """
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) in counted:
        if not counted[id(node)]:
            raise _error("recursive: an alias stands inside of what it is an alias of", node)
        return counted[id(node)]
    counted[id(node)] = 0
    pairs = node.value if isinstance(node, yaml.MappingNode) else ((each,) for each in node.value)
    total = 1 + sum(_expanded(each, counted) for pair in pairs for each in pair)
    if total > _VALUES_MAX:
        raise _error(f"with its aliases written out it has more than {_VALUES_MAX} values", node)
    counted[id(node)] = total
    return total


def _error(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


for _name, _pattern, _first in _CORE_SCHEMA:
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), [*_first])
    _Dumper.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), [*_first])
_Loader.add_implicit_resolver(f"{_TAG}null", re.compile(r"\Z"), [""])
for _name, _made in (
    ("null", _Loader.construct_yaml_null), ("bool", _Loader.truth), ("int", _Loader.whole_number),
    ("float", _Loader.number), ("str", _Loader.text), ("seq", _Loader.several), ("map", _Loader.construct_mapping),
    ("opencv-matrix", _Loader.construct_mapping),
):  # fmt: skip
    _Loader.add_constructor(_TAG + _name, _made)
_Loader.add_constructor(None, _Loader.not_known)
