"""Files that people write: values as YAML 1.2 has them, nothing silently taken for something else."""

import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from port_ros.yaml_file import YamlError, parse_yaml, read_yaml, yaml_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5e-4", 0.0005), ("1e3", 1000.0), (".5", 0.5), ("1.", 1.0), ("+1.5", 1.5), ("-0", 0), ("0", 0), ("0x1F", 31),
        ("0o17", 15), ("-.inf", -math.inf), ("010", "010"), ("-08", "-08"), ("00", "00"), ("1:30", "1:30"),
        ("12:30:45", "12:30:45"), ("1_000", "1_000"), ("0b11", "0b11"), ("infinity", "infinity"), ("nan", "nan"),
        ("yes", "yes"), ("No", "No"), ("on", "on"), ("off", "off"), ("y", "y"), ("n", "n"), ("true", True),
        ("FALSE", False), ("tRUE", "tRUE"), ("2026-11-30", "2026-11-30"),
        ("2026-11-30 12:00:00", "2026-11-30 12:00:00"),
        ("=", "="), ("null", None), ("~", None), ("", None), ("'010'", "010"), ('"true"', "true"), ("''", ""),
        ("!!str 5", "5"), ("!!int '5'", 5),
    ],
)  # fmt: skip
def test_values_of_the_core_schema(text: str, value: object) -> None:
    read = parse_yaml(f"key: {text}")["key"]
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("a: 1\na: 2", "line 2, column 1", "the key 'a' stands twice"),
        ("a: {b: 1, b: 2}", "line 1, column 11", "twice"),
        ("? [1]\n: 2", "line 1, column 3", "a key must be a word"), ("&a [*a]", "line 1, column 1", "recursive"),
        ("a: &a {b: *a}", "line 1, column 4", "recursive"), ("a: *b", "line 1, column 4", "undefined alias"),
        ("a: !!binary aGk=", "line 1, column 4", "the tag !!binary means nothing"), ("a: !mine 1", "line 1", "!mine"),
        ("a: !!python/name:os.system", "line 1, column 4", "means nothing"),
        ("a: !!bool maybe", "line 1", "neither true"),
        ("a: 1\n---\nb: 2", "line 2", "another document"), ("a: !!set {b}", "line 1", "!!set"), ("a: [1", "line 1", ""),
        ("a:\n\tb: 1", "line 2", "cannot start any token"), ("a: " + "9" * 5000, "", "4300 digits"),
    ],
)  # fmt: skip
def test_what_would_be_a_guess_is_refused_with_its_place(tmp_path: Path, text: str, where: str, problem: str) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(text)
    with pytest.raises(YamlError) as caught:
        read_yaml(file)
    assert caught.value.where.startswith(where) and problem in caught.value.problem
    assert str(caught.value).startswith(f"{file}: ") and "\n" not in str(caught.value)


def test_aliases_and_merged_keys() -> None:
    tree = parse_yaml(
        "left: &plate {baud: 921600, rate_hz: 2000.0}\nright: {<<: *plate, rate_hz: 1000.0}\nthird: *plate"
    )
    assert tree["right"] == {"baud": 921600, "rate_hz": 1000.0} and tree["third"] == tree["left"]


def test_files_of_opencv() -> None:
    text = (
        "%YAML:1.0\n---\ncamera_matrix: !!opencv-matrix\n   rows: 1\n   cols: 2\n   dt: d\n   data: [ 1., 6.4e+02 ]\n"
    )
    assert parse_yaml(text)["camera_matrix"] == {"rows": 1, "cols": 2, "dt": "d", "data": [1.0, 640.0]}


@pytest.mark.parametrize(("content", "says"), [(b"\xff\xfea", "cannot be read"), (None, "no such file")])
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes | None, says: str) -> None:
    file = tmp_path / "file.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(YamlError, match=says):
        read_yaml(file)
    with pytest.raises(YamlError, match="is a folder, no file"):
        read_yaml(tmp_path)


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(1 << 63), 1 << 63), st.floats(allow_nan=False), st.text(),
    st.text(alphabet="0123456789.+-_:eExXoOyYnN~<= #'\"", max_size=6),
)  # fmt: skip
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@given(tree=TREES)
def test_what_we_write_for_people_is_read_alike_by_readers_of_either_version(tree: Any) -> None:
    text = yaml_text({"key": tree})
    assert parse_yaml(text) == {"key": tree}
    assert yaml.safe_load(text) == {"key": tree}
