"""Files that no reader of ours may wait for, run out of memory over, or show to anybody."""

import os
import socket
from pathlib import Path

import pytest

from port_ros.decode import decode
from port_ros.file_kind import not_a_file
from port_ros.misfit import Misfit
from port_ros.secret_file import SecretFileError, read_secret
from port_ros.yaml_file import YamlError, parse_yaml, read_yaml
from port_session.description.session import Session


def make(kind: str, path: Path) -> Path:
    match kind:
        case "a named pipe":
            os.mkfifo(path)
        case "a folder":
            path.mkdir()
        case "a socket":
            with socket.socket(socket.AF_UNIX) as end:
                end.bind(str(path))
        case "a device":
            path.symlink_to("/dev/zero")
        case "nothing is there":
            path.symlink_to("nowhere")
        case "leads back to itself":
            path.symlink_to(path.name)
    return path


KINDS = ("a named pipe", "a folder", "a socket", "a device", "nothing is there", "leads back to itself")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_is_named_and_never_opened(kind: str, tmp_path: Path) -> None:
    path = make(kind, tmp_path / "x.yaml")
    assert kind in not_a_file(path)
    with pytest.raises(YamlError, match=kind):
        read_yaml(path)


@pytest.mark.parametrize("kind", ["a named pipe", "a folder", "a device"])
def test_a_password_file_that_is_none_is_not_waited_for(kind: str, tmp_path: Path) -> None:
    with pytest.raises(SecretFileError) as refused:
        read_secret(make(kind, tmp_path / "password"))
    assert kind in str(refused.value.strerror)


def test_what_cannot_be_a_path() -> None:
    assert "too long" in not_a_file("a" * 5000)
    assert "NUL" in not_a_file("a\0b")
    assert not_a_file("/nowhere/at/all") == "no such file"
    assert not_a_file(__file__) == ""


@pytest.mark.parametrize("link", ["[*{0}, *{0}, *{0}, *{0}, *{0}, *{0}, *{0}, *{0}, *{0}, *{0}]",
                                  "{{<<: [*{0}, *{0}, *{0}, *{0}, *{0}, *{0}, *{0}, *{0}, *{0}, *{0}]}}"])  # fmt: skip
def test_aliases_of_aliases_are_counted_before_they_are_written_out(link: str, tmp_path: Path) -> None:
    names = "abcdefghijkl"
    lines = ["a: &a {x: 1}", *(f"{name}: &{name} {link.format(names[at])}" for at, name in enumerate(names[1:]))]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(lines))
    with pytest.raises(YamlError, match="with its aliases written out it has more than 200000 values"):
        read_yaml(path)


def test_aliases_that_people_write_stay_legal() -> None:
    assert parse_yaml("a: &a {x: 1}\nb: *a\nc: {<<: *a, y: 2}") == {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1, "y": 2}}


def test_an_alias_inside_of_its_own_anchor_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "circle.yaml"
    path.write_text("a: &a\n  b: [*a]\n")
    with pytest.raises(YamlError, match="recursive"):
        read_yaml(path)


def test_a_film_that_was_named_by_mistake_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "film.yaml"
    path.write_bytes(b"# " + b"x" * 50_000_000)
    with pytest.raises(YamlError, match="larger than 500 kB"):
        read_yaml(path)


@pytest.mark.parametrize("tree", ["root:x:0:0", ["root:x:0:0"], {"root:x:0:0": 1, "s3cret": "root:x:0:0"}, 7, None])
def test_a_file_of_somebody_else_is_not_shown(tree: object) -> None:
    with pytest.raises(Misfit) as refused:
        decode(tree, Session)
    assert "root" not in str(refused.value) and "s3cret" not in str(refused.value)


def test_a_value_in_a_message_is_cut_and_has_no_login() -> None:
    with pytest.raises(Misfit) as refused:
        decode({"session": "A" * 5000}, Session)
    assert len(str(refused.value)) < 300
    with pytest.raises(Misfit) as refused:
        decode("http://user:s3cret@camera/x", float, "cameras.north.rate_hz")
    assert "s3cret" not in str(refused.value) and "camera/x" in str(refused.value)
