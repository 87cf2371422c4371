"""What is written into a parameter file is what a node gets: read by rcl itself, value and type."""

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rclpy.context import Context
from rclpy.node import Node

from port_ros.parameter_file import NoParameter, parameter_file, typed
from port_ros.parameters import read_tree

#: What YAML 1.1, YAML 1.2, rcl, strtol or strtod take for something else where it is not quoted.
MISREAD = (
    "08", "010", "0x1p3", "0x10", "1e3", "1_000", "1:30", "12:30:45", "infinity", "INF", "nan", ".nan", ".inf", "-.inf",
    "y", "Y", "n", "yes", "No", "on", "OFF", "true", "False", "null", "~", "", " ", " a", "a ", "=", "<<", "- a", "#",
    "a: b", "a #b", "[1]", "{}", "&a", "*a", "!a", "%a", "@a", "`a", "|", ">", "?", "2026-11-30", "'", '"', "\\", "\\n",
    "two\nlines", "\n", "\t", "\r\n", "\u0085", "\u2028", "\ufeff", "\x7f", "\x1b[0m", "ä", "测试场", "🤖", "{run}",
    "---", "...", "!!str 1", "x" * 3000,
)  # fmt: skip


class Reader:
    """rcl's own reader: a node is made with each file."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "parameters.yaml"
        self._context = Context()
        rclpy.init(context=self._context, args=[])

    def read(self, tree: dict[str, Any]) -> dict[str, Any]:
        self._file.write_text(text := parameter_file(tree))
        node = Node(
            "reader", context=self._context, use_global_arguments=False, enable_rosout=False,
            cli_args=["--ros-args", "--params-file", str(self._file)] if text else [], start_parameter_services=False,
            automatically_declare_parameters_from_overrides=True,
        )  # fmt: skip
        try:
            return read_tree(node)
        finally:
            node.destroy_node()

    def close(self) -> None:
        rclpy.shutdown(context=self._context)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "OFF")
        reader = Reader(tmp_path_factory.mktemp("parameters"))
        yield reader
        reader.close()


def exactly(value: Any) -> Any:
    """Equal only for the same type and the same bits; NaN equals itself."""
    if isinstance(value, dict):
        return {key: exactly(each) for key, each in value.items()}
    if isinstance(value, list):
        return [exactly(each) for each in value]
    if isinstance(value, float):
        return "float", "nan" if math.isnan(value) else struct.pack("<d", value)
    return type(value).__name__, value


TEXT = st.one_of(
    st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.text(alphabet="0123456789.+-_:eExXpPaAfFiInNyYoO \n#'\"\\", max_size=8),
    st.sampled_from(MISREAD),
    st.floats().map(str), st.integers().map(str), st.integers().map(hex),
)  # fmt: skip
INT64 = st.integers(-(1 << 63), (1 << 63) - 1)
ONE = st.one_of(TEXT, st.floats(), INT64, st.booleans())
LISTS = st.one_of(*(st.lists(kind, min_size=1, max_size=5) for kind in (TEXT, st.floats(), INT64, st.booleans())))
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True)
TREES = st.dictionaries(
    NAMES, st.one_of(ONE, LISTS, st.dictionaries(NAMES, st.one_of(ONE, LISTS), max_size=4)), min_size=1, max_size=24
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large])
@given(tree=TREES)
def test_a_node_gets_every_value_as_it_was_meant(reader: Reader, tree: dict[str, Any]) -> None:
    assert exactly(reader.read(tree)) == exactly(typed(tree))


def test_texts_that_look_like_something_else(reader: Reader) -> None:
    tree = {f"t{index}": text for index, text in enumerate(MISREAD)}
    assert exactly(reader.read({**tree, "all": list(MISREAD)})) == exactly({**tree, "all": list(MISREAD)})


@pytest.mark.parametrize("value", [5e-324, 2.2250738585072011e-308, 1.7976931348623157e308, 1e16, 1e-7, -0.0, 3.0])
def test_floats_at_their_ends_stay_floats(reader: Reader, value: float) -> None:
    assert exactly(reader.read({"a": value})) == exactly({"a": value})


def test_a_list_of_whole_numbers_and_others_is_one_of_floats(reader: Reader) -> None:
    assert exactly(reader.read({"a": [1, 2.5], "b": (1, 2)})) == exactly({"a": [1.0, 2.5], "b": [1, 2]})


def test_what_has_no_type_is_left_out(reader: Reader) -> None:
    assert reader.read({"a": 1, "b": [], "c": None, "d": {"e": []}}) == {"a": 1}
    assert reader.read({"b": [], "d": {"e": {}}}) == {}


@pytest.mark.parametrize(
    ("tree", "key"),
    [
        ({"a": {"b": "x\0y"}}, "a.b"), ({"a": ["\ud800"]}, "a[0]"), ({"a": 1 << 63}, "a"), ({"a": [1, "x"]}, "a"),
        ({"a": [True, 1]}, "a"), ({"a": [[1]]}, "a"), ({"a": b"x"}, "a"), ({"a": {"b c": 1}}, "a.b c"), ({"": 1}, ""),
    ],
)  # fmt: skip
def test_what_no_parameter_can_hold_is_refused_by_name(tree: dict[str, Any], key: str) -> None:
    with pytest.raises(NoParameter) as caught:
        parameter_file(tree)
    assert caught.value.key == key
