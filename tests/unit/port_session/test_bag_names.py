"""Which names may be in a bag, and what a signer may be called."""

import pytest

from port_session.bag.layout import BagError, one_line, shown, signature_file, signer_of, twins, why_no_name, why_unfit
from port_session.bag.signatures import Signer


@pytest.mark.parametrize(
    "path",
    [
        "", "/a", "a/", "a//b", ".", "..", "a/../b", "a\nb", "a\x85b", "a\u2028b", "a\u202eb", "\udcff", "50%", "a\\b",
        " a", "a /b", "a\u0308",
    ],
)  # fmt: skip
def test_names_that_are_not_are_told_why(path: str) -> None:
    assert why_unfit(path)


def test_files_that_are_one_on_some_disks() -> None:
    assert twins(["a/B", "c", "a/b", "ß", "SS"]) == [("a/B", "a/b"), ("SS", "ß")]


@pytest.mark.parametrize("name", ["li", "li.wei@example.org", "edge-1", "李伟", "a+b_c"])
def test_a_signer_has_a_file_and_the_file_its_signer(name: str) -> None:
    assert why_no_name(name) == "" and signer_of(signature_file(name)) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a" * 65,
        "李" * 67,
        "li wei",
        "a,b",
        "*",
        "a?",
        "!a",
        "-f",
        ".a",
        "a/b",
        "../a",
        "a\nb",
        "u\u0308",
        "allowed_signers",
    ],
)
def test_a_name_that_would_be_a_pattern_or_a_path_is_refused(name: str) -> None:
    assert why_no_name(name) and signer_of(signature_file(name)) == ""


def test_the_name_that_is_refused_is_named(tmp_path: object) -> None:
    with pytest.raises(
        BagError, match=r"the signer's name 'li wei' may have letters.*for example li\.wei@example\.org"
    ):
        Signer("li wei", tmp_path)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["signatures/x", "signatures/.sig", "x.sig", "data/li.sig", "signatures/a/b.sig"])
def test_other_files_are_nobodys_signature(path: str) -> None:
    assert signer_of(path) == ""


def test_nothing_that_a_terminal_obeys_is_shown() -> None:
    assert shown("a\x1b[2J\n\udcff\u202eä") == "a\\x1b[2J\\n\\udcff\\u202eä"
    assert one_line(" a\x1b\nb\ud800  c ") == "a b c" and len(one_line("x" * 500)) == 400
