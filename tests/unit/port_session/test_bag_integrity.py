"""Every change of a bag is named by its file: bytes, names, what is gone and what is new. On made-up bags, no keys."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from port_session.bag import allowed_signers, manifest
from port_session.bag.integrity import ADDED, CHANGED, MISSING, REFUSED, Contents, Problem, problems
from port_session.bag.layout import BAGIT_TEXT, SIGNATURES, TAG_FILES, TAGMANIFEST
from tests.unit.port_session.test_bag_sshsig import WHOLE, armoured, blob

Bag = dict[str, bytes]
PAYLOAD = {"data/session.mcap": b"recorded", "data/log/gate 1.log": b"", "data/左.json": b"{}"}


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def made() -> Bag:
    """A bag sealed by li and edge-1, signed later by wang."""
    bag = dict(PAYLOAD) | {
        "bagit.txt": BAGIT_TEXT, "bag-info.txt": b"Port-Sealed-By: li\nPort-Sealed-By: edge-1\n",
        "manifest-sha256.txt": manifest.text({path: sha(data) for path, data in PAYLOAD.items()}),
    }  # fmt: skip
    bag[TAGMANIFEST] = manifest.text({path: sha(bag[path]) for path in TAG_FILES})
    signatures = {"li": WHOLE, "edge-1": WHOLE, "wang": WHOLE}
    bag |= {f"{SIGNATURES}{name}.sig": data for name, data in signatures.items()}
    bag[f"{SIGNATURES}allowed_signers"] = allowed_signers.text(signatures)
    return bag


def contents(bag: Bag) -> Contents:
    tags = {path: data for path, data in bag.items() if not path.startswith("data/")}
    return Contents(
        {path: sha(data) for path, data in bag.items()}, {path: len(data) for path, data in bag.items()}, tags
    )


def found(bag: Bag) -> list[Problem]:
    return problems(contents(bag))


def kinds(bag: Bag) -> set[tuple[str, str]]:
    return {(problem.kind, problem.path) for problem in found(bag)}


BAG = made()
paths = st.sampled_from(sorted(BAG))


def test_a_bag_as_it_was_sealed_has_no_problem() -> None:
    assert found(BAG) == []


@settings(max_examples=300)
@given(paths.filter(lambda path: BAG[path] and not path.endswith(".sig")), st.data())
def test_any_flipped_byte_is_seen(path: str, data: st.DataObject) -> None:
    """In which file is said of all but the tag manifest: nothing lists that, its signatures show it."""
    changed = bytearray(BAG[path])
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    named = {one for _, one in kinds(BAG | {path: bytes(changed)})}
    assert path in named or (path == TAGMANIFEST and named)


@given(paths)
def test_any_file_that_is_gone_is_named(path: str) -> None:
    left = {one: data for one, data in BAG.items() if one != path}
    expected = path if path != f"{SIGNATURES}wang.sig" else f"{SIGNATURES}allowed_signers"
    assert expected in {one for _, one in kinds(left)}


@given(
    paths,
    st.sampled_from(
        ["x", "data/x", "signatures/x", "fetch.txt", "data/log/gate 2.log", "manifest-md5.txt", "signatures/a b.sig"]
    ),
)
def test_any_file_that_is_new_or_has_another_name_is_named(path: str, name: str) -> None:
    assert (ADDED, name) in kinds(BAG | {name: BAG[path]})
    moved = kinds({name if one == path else one: data for one, data in BAG.items()})
    assert len(moved) > 1 or (MISSING, "manifest-sha256.txt") in moved
    assert (ADDED, name) in moved or path == "manifest-sha256.txt", (
        "without that one nobody knows what belongs into data/"
    )


def test_a_new_signature_of_nobody_in_the_list_is_seen() -> None:
    assert kinds(BAG | {f"{SIGNATURES}zhao.sig": WHOLE}) == {(CHANGED, f"{SIGNATURES}allowed_signers")}


def test_signatures_that_are_exchanged_are_seen() -> None:
    other = armoured(blob(key=blob()[14:65].replace(bytes(range(32)), bytes(32))))
    assert kinds(BAG | {f"{SIGNATURES}wang.sig": other}) == {(CHANGED, f"{SIGNATURES}allowed_signers")}


def test_a_signature_that_the_bag_was_sealed_with_is_missed_even_if_the_list_was_changed_too() -> None:
    left = {path: data for path, data in BAG.items() if path != f"{SIGNATURES}edge-1.sig"}
    left[f"{SIGNATURES}allowed_signers"] = allowed_signers.text({"li": WHOLE, "wang": WHOLE})
    (problem,) = found(left)
    assert (problem.kind, problem.path) == (MISSING, f"{SIGNATURES}edge-1.sig") and "sealed by edge-1" in problem.text


@pytest.mark.parametrize("path", TAG_FILES)
def test_a_tag_manifest_that_leaves_one_out_is_wrong_whoever_signs_it(path: str) -> None:
    left = manifest.text({one: sha(BAG[one]) for one in TAG_FILES if one != path})
    (problem,) = found(BAG | {TAGMANIFEST: left})
    assert (problem.kind, problem.path, problem.text) == (CHANGED, TAGMANIFEST, f"does not list {path}")


def test_without_a_manifest_nobody_knows_what_belongs_into_data() -> None:
    left = {path: data for path, data in BAG.items() if path != "manifest-sha256.txt"}
    assert kinds(left) == {(MISSING, "manifest-sha256.txt")}


@pytest.mark.parametrize("path", [*PAYLOAD, *TAG_FILES, TAGMANIFEST, f"{SIGNATURES}li.sig"])
def test_what_was_not_read_is_told_once(path: str) -> None:
    left = contents({one: data for one, data in BAG.items() if one != path})
    left.refused[path] = "is a symbolic link"
    said = [(problem.kind, problem.path, problem.text) for problem in problems(left) if problem.path == path]
    assert said == [(REFUSED, path, "is a symbolic link")]


def test_an_empty_folder_was_not_sealed() -> None:
    whole = contents(BAG)
    whole.folders.append("data/new")
    assert [(one.kind, one.path) for one in problems(whole)] == [(ADDED, "data/new/")]


def test_a_manifest_that_points_out_of_the_bag_reaches_nothing_there() -> None:
    line = f"{sha(b'')}  data/../../secret\n".encode()
    said = found(BAG | {"manifest-sha256.txt": line + BAG["manifest-sha256.txt"]})
    assert (CHANGED, "manifest-sha256.txt", "line 1: data/../../secret leads out of its folder, or to no file") in [
        (one.kind, one.path, one.text) for one in said
    ]
    assert "data/../../secret" not in {one.path for one in said}
