"""`port bag` with ssh-keygen itself: sealing, signing, verifying; whatever is changed, gone or new is named."""

import fcntl
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from port_session.bag import files
from port_session.bag.signatures import Signer
from port_session.bag.verify import BAD, GOOD, verify
from port_session.cli import main
from tests.bags import evidence, make_key, sealed, signers_file, tree
from tests.interrupting import HEEDS_CTRL_C
from tests.waiting import PATIENCE_S, wait_until

Capture = pytest.CaptureFixture[str]


class Keys:
    """Of three people and an edge."""

    def __init__(self, folder: Path) -> None:
        self.li, self.wang, self.edge = (make_key(folder / name) for name in ("li", "wang", "edge-1"))
        self.rsa = make_key(folder / "rsa", "rsa")
        self.locked = make_key(folder / "locked", passphrase="open sesame")  # noqa: S106
        self.signers = signers_file(folder / "signers", li=self.li, wang=self.wang, edge_1=self.edge)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def folder(tmp_path: Path, runtime_root: Path) -> Path:
    return evidence(tmp_path / "demo")


@pytest.fixture
def bag(folder: Path, keys: Keys) -> Path:
    """Sealed by li and the edge."""
    return sealed(folder, folder.with_name("demo.bag"), [Signer("li", keys.li), Signer("edge-1", keys.edge)]).bag


def refused(capsys: Capture, *words: object) -> str:
    assert main(["bag", *map(str, words)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and captured.err.startswith("port: ")
    return captured.err


def test_seal_verify_show(folder: Path, keys: Keys, capsys: Capture) -> None:
    before = tree(folder)
    assert main(["bag", "seal", str(folder), "--by", "li", "--key", str(keys.li), "--edge-key", str(keys.edge)]) == 0
    assert "2 runs (1 void), completed; 9 files sealed\n  signed by li, ssh-ed25519 SHA256:" in capsys.readouterr().out
    assert tree(folder) == before
    bag = folder.with_name("demo.bag")
    assert {path for path in tree(bag) if "/" not in path} == {
        "bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"
    }  # fmt: skip
    assert {path.removeprefix("data/") for path in tree(bag) if path.startswith("data/")} == {
        *before,
        "ro-crate-metadata.json",
    }
    assert main(["bag", "verify", str(bag), "--signers", str(keys.signers)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == f"{bag}: whole, 9 files; signed by edge-1, li"
    assert main(["bag", "show", str(bag)]) == 0
    shown = capsys.readouterr().out
    for text in (
        "demo (test)",
        "blue",
        "sim_wheeled",
        "2 runs (1 void)",
        "2027-01-15T08:00:36.000000123Z",
        "data/devices/左.json",
    ):
        assert text in shown
    assert {path.name for path in folder.parent.iterdir()} == {"demo", "demo.bag"}


def test_whole_but_nobody_says_whose_the_keys_are_is_not_enough(bag: Path, keys: Keys, capsys: Capture) -> None:
    assert main(["bag", "verify", str(bag)]) == 1
    said = capsys.readouterr().out
    assert "whole, 9 files, but NOBODY SAYS WHOSE SIGNATURES these are" in said and "--signers" in said
    fingerprint = subprocess.run(
        ["ssh-keygen", "-lf", keys.li], capture_output=True, text=True, check=True
    ).stdout.split()[1]
    assert f"unknown   signature of li: ssh-ed25519 {fingerprint}; nobody says whose key this is" in said
    assert main(["bag", "verify", str(bag), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["ok"], document["whole"], document["problems"], document["session"]) == (False, True, [], "demo")
    assert [one["state"] for one in document["signatures"]] == ["unknown", "unknown"]


def test_the_list_in_the_bag_itself_is_believed_only_where_it_is_given_and_that_is_told(
    bag: Path, capsys: Capture
) -> None:
    assert main(["bag", "verify", str(bag), "--signers", str(bag / "signatures" / "allowed_signers")]) == 0
    assert "lies in the bag: whoever made that wrote it" in capsys.readouterr().err


def test_a_key_that_is_of_nobody_or_of_somebody_else(bag: Path, keys: Keys, tmp_path: Path, capsys: Capture) -> None:
    only_edge = signers_file(tmp_path / "a", edge_1=keys.edge)
    assert main(["bag", "verify", str(bag), "--signers", str(only_edge)]) == 1
    said = capsys.readouterr().out
    assert "good      signature of edge-1" in said and f"; the key is not in {only_edge}" in said
    assert "NOT SIGNED AS ASKED: 1 unknown key" in said
    exchanged = signers_file(tmp_path / "b", edge_1=keys.edge, wang=keys.li)
    assert main(["bag", "verify", str(bag), "--signers", str(exchanged)]) == 1
    said = capsys.readouterr().out
    assert "bad       signature of li: ssh-ed25519 SHA256:" in said
    assert f"{exchanged} says that this is the key of wang" in said


def test_a_key_for_other_things_signs_no_bag(bag: Path, keys: Keys, tmp_path: Path) -> None:
    other = signers_file(tmp_path / "a", edge_1=keys.edge, li=keys.li)
    other.write_text(other.read_text().replace("port-bag", "file"))
    states = {one.name: (one.state, one.text) for one in verify(bag, other).signatures}
    assert states["li"][0] != GOOD and "does not let li sign bags" in states["li"][1]


def test_a_signature_that_was_made_for_something_else_is_none_of_a_bag(bag: Path, keys: Keys) -> None:
    message = bag / "tagmanifest-sha256.txt"
    words = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(keys.li), "-n", "file"]
    made = subprocess.run(words, input=message.read_bytes(), capture_output=True, check=True).stdout
    (bag / "signatures" / "li.sig").unlink()
    (bag / "signatures" / "li.sig").write_bytes(made)
    li = next(one for one in verify(bag, keys.signers).signatures if one.name == "li")
    assert (li.state, li.text) == (BAD, "was made for 'file', not for a bag")


def test_who_must_have_signed(bag: Path, keys: Keys, capsys: Capture) -> None:
    words = ["bag", "verify", str(bag), "--signers", str(keys.signers), "--require", "li", "--require", "wang"]
    assert main(words) == 1
    assert "missing   signature of wang" in capsys.readouterr().out
    assert main(["bag", "sign", str(bag), "--by", "wang", "--key", str(keys.wang)]) == 0
    assert main(words) == 0
    capsys.readouterr()
    assert "--require needs --signers" in refused(capsys, "verify", bag, "--require", "li")


def test_several_people_sign_and_what_was_sealed_stays(bag: Path, keys: Keys, capsys: Capture) -> None:
    before = tree(bag)
    assert main(["bag", "sign", str(bag), "--by", "wang", "--key", str(keys.wang)]) == 0
    assert main(["bag", "sign", str(bag), "--by", "李伟", "--key", str(keys.rsa)]) == 0
    assert {path for path, data in tree(bag).items() if before.get(path) != data} == {
        "signatures/wang.sig", "signatures/李伟.sig", "signatures/allowed_signers"
    }  # fmt: skip
    assert verify(bag).whole
    assert [one.name for one in verify(bag).signatures] == ["edge-1", "li", "wang", "李伟"]
    assert main(["bag", "sign", str(bag), "--by", "wang", "--key", str(keys.wang)]) == 0, "again changes nothing"
    capsys.readouterr()
    assert "wang has signed already" in refused(capsys, "sign", bag, "--by", "wang", "--key", keys.li)


def test_nobody_signs_what_is_not_whole(bag: Path, keys: Keys, capsys: Capture) -> None:
    change(bag / "data" / "events.jsonl")
    before = tree(bag)
    assert main(["bag", "sign", str(bag), "--by", "wang", "--key", str(keys.wang)]) == 1
    captured = capsys.readouterr()
    assert "changed   data/events.jsonl" in captured.out and "nobody signs" in captured.err
    assert tree(bag) == before


def test_an_interrupted_signing_is_named_and_mended_by_signing_again(bag: Path, keys: Keys) -> None:
    old = (bag / "signatures" / "allowed_signers").read_bytes()
    assert main(["bag", "sign", str(bag), "--by", "wang", "--key", str(keys.wang)]) == 0
    overwrite(bag / "signatures" / "allowed_signers", old)
    assert [problem.path for problem in verify(bag).problems] == ["signatures/allowed_signers"]
    assert main(["bag", "sign", str(bag), "--by", "wang", "--key", str(keys.wang)]) == 0
    assert verify(bag).whole


def overwrite(file: Path, data: bytes) -> None:
    """As root or not, in a file that may not be written to."""
    file.chmod(0o644)
    file.write_bytes(data)


def change(file: Path) -> None:
    overwrite(file, bytes([file.read_bytes()[0] ^ 1]) + file.read_bytes()[1:])


@pytest.fixture(scope="module")
def shared_bag(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    root = tmp_path_factory.mktemp("shared")
    return sealed(evidence(root / "demo"), root / "demo.bag", [Signer("li", keys.li), Signer("edge-1", keys.edge)]).bag


def named(bag: Path, keys: Keys) -> set[str]:
    """Which files verifying it finds fault with."""
    verdict = verify(bag, keys.signers)
    assert not verdict.ok
    bad = {f"signatures/{one.name}.sig" for one in verdict.signatures if one.state != GOOD}
    return bad | {problem.path for problem in verdict.problems}


@settings(max_examples=120)
@given(st.data())
def test_any_single_changed_byte_is_named(shared_bag: Path, keys: Keys, data: st.DataObject) -> None:
    whole = tree(shared_bag)
    path = data.draw(st.sampled_from(sorted(path for path in whole if whole[path])))
    at = data.draw(st.integers(0, len(whole[path]) - 1))
    changed = bytearray(whole[path])
    changed[at] ^= data.draw(st.integers(1, 255))
    overwrite(shared_bag / path, bytes(changed))
    try:
        assert path in named(shared_bag, keys)
    finally:
        overwrite(shared_bag / path, whole[path])
    assert verify(shared_bag, keys.signers).ok


@settings(max_examples=40)
@given(st.data())
def test_any_file_that_is_gone_added_or_renamed_is_named(shared_bag: Path, keys: Keys, data: st.DataObject) -> None:
    whole = tree(shared_bag)
    path = data.draw(st.sampled_from(sorted(whole)))
    other = path + data.draw(st.sampled_from(["x", ".part", ".sig"]))
    gone, new = data.draw(st.sampled_from([(True, False), (False, True), (True, True)]))
    if new:
        (shared_bag / other).write_bytes(whole[path])
    if gone:
        (shared_bag / path).unlink()
    try:
        assert {one for one, there in ((path, gone), (other, new)) if there} <= named(shared_bag, keys)
    finally:
        (shared_bag / other).unlink(missing_ok=True)
        if gone:
            (shared_bag / path).write_bytes(whole[path])
    assert verify(shared_bag, keys.signers).ok


def test_without_its_signatures_a_bag_is_not_signed(bag: Path, keys: Keys, capsys: Capture) -> None:
    shutil.rmtree(bag / "signatures")
    assert {"signatures/li.sig", "signatures/edge-1.sig"} <= named(bag, keys)


@pytest.mark.parametrize(
    "path", ["data/session.mcap", "bag-info.txt", "tagmanifest-sha256.txt", "manifest-sha256.txt", "signatures/li.sig"]
)
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_file_is_refused_by_name_and_never_followed_or_waited_for(
    bag: Path, keys: Keys, path: str, kind: str
) -> None:
    """The link leads to the very bytes that belong there."""
    file = bag / path
    file.rename(bag.parent / "aside")
    if kind == "link":
        file.symlink_to(bag.parent / "aside")
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        file.mkdir()
    verdict = verify(bag, keys.signers)
    said = {(problem.kind, problem.path) for problem in verdict.problems}
    expected = {("missing", path), ("added", f"{path}/")} if kind == "folder" else {("refused", path)}
    assert expected <= said and not verdict.ok
    assert path not in verdict.contents.tags and path not in verdict.contents.digests


def test_a_folder_that_is_a_link_is_refused(bag: Path, keys: Keys, capsys: Capture) -> None:
    (bag / "data").rename(bag.parent / "aside")
    (bag / "data").symlink_to(bag.parent / "aside")
    assert "data" in named(bag, keys)
    assert main(["bag", "show", str(bag)]) == 0
    assert "files     0" in capsys.readouterr().out


def test_a_huge_manifest_is_refused_and_not_read(bag: Path, keys: Keys) -> None:
    for path in ("manifest-sha256.txt", "tagmanifest-sha256.txt", "signatures/li.sig"):
        (bag / path).chmod(0o644)
        os.truncate(bag / path, 1 << 40)
    said = {problem.path: problem.text for problem in verify(bag, keys.signers).problems if problem.kind == "refused"}
    assert set(said) == {"manifest-sha256.txt", "tagmanifest-sha256.txt", "signatures/li.sig"}
    assert all("more than the" in text for text in said.values())


def test_a_huge_file_that_nobody_sealed_is_named_and_not_read(bag: Path, keys: Keys) -> None:
    (bag / "data" / "huge").touch()
    os.truncate(bag / "data" / "huge", 1 << 42)
    assert named(bag, keys) == {"data/huge"}


@pytest.mark.parametrize("words", [("verify",), ("show",), ("sign", "--by", "li", "--key", "KEY")])
def test_where_there_is_no_bag(words: tuple[str, ...], tmp_path: Path, keys: Keys, capsys: Capture) -> None:
    action, *more = [str(keys.li) if word == "KEY" else word for word in words]
    assert "nosuch: No such file" in refused(capsys, action, tmp_path / "nosuch", *more)
    assert "is no bag" in refused(capsys, action, tmp_path, *more)
    (tmp_path / "x").touch()
    assert "Not a directory" in refused(capsys, action, tmp_path / "x", *more)


def test_a_file_of_signers_that_cannot_be_read(bag: Path, tmp_path: Path, capsys: Capture) -> None:
    assert "nosuch: No such file" in refused(capsys, "verify", bag, "--signers", tmp_path / "nosuch")
    os.mkfifo(tmp_path / "pipe")
    assert "named pipe" in refused(capsys, "verify", bag, "--signers", tmp_path / "pipe")


def seal_words(folder: Path, key: Path, *more: object) -> list[object]:
    return ["seal", folder, "--by", "li", "--key", key, *more]


def test_what_cannot_be_sealed_is_named_and_nothing_is_left(folder: Path, keys: Keys, capsys: Capture) -> None:
    (folder / "latest").symlink_to("session.json")
    os.mkfifo(folder / "pipe")
    (folder / "50%").touch()
    (folder / "Report.html").touch()
    (folder / os.fsdecode(b"\xff.txt")).touch()
    said = refused(capsys, *seal_words(folder, keys.li))
    for text in (
        "latest is a symbolic link",
        "pipe is a named pipe",
        "50% has % or",
        "Report.html and report.html",
        "\\udcff.txt has",
    ):
        assert text in said
    assert [path.name for path in folder.parent.iterdir()] == ["demo"]


def test_a_folder_without_a_session_and_places_that_are_taken(
    folder: Path, keys: Keys, tmp_path: Path, capsys: Capture
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert "name the folder of a session's evidence" in refused(capsys, *seal_words(other, keys.li))
    assert "nosuch: No such file" in refused(capsys, *seal_words(tmp_path / "nosuch", keys.li))
    (tmp_path / "demo.bag").symlink_to("nowhere")
    assert "is there already" in refused(capsys, *seal_words(folder, keys.li))
    assert "lies in what is to be sealed" in refused(capsys, *seal_words(folder, keys.li, "--to", folder / "bag"))
    assert "is no folder; make it first" in refused(
        capsys, *seal_words(folder, keys.li, "--to", tmp_path / "no" / "bag")
    )
    assert main(["bag", *map(str, seal_words(folder, keys.li, "--to", tmp_path / "there"))]) == 0
    (folder / "ro-crate-metadata.json").touch()
    capsys.readouterr()
    assert "ro-crate-metadata.json is there already" in refused(
        capsys, *seal_words(folder, keys.li, "--to", tmp_path / "x")
    )


def test_a_key_that_is_none_is_named_before_anything_is_read(
    folder: Path, keys: Keys, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "text").write_text("hello")
    assert "text: is no SSH key" in refused(capsys, *seal_words(folder, tmp_path / "text"))
    assert "nosuch: No such file" in refused(capsys, *seal_words(folder, tmp_path / "nosuch"))
    (tmp_path / "open").write_bytes(keys.li.read_bytes())
    (tmp_path / "open").chmod(0o644)
    assert "is open to other users" in refused(capsys, *seal_words(folder, tmp_path / "open"))
    assert "is the name of the edge" in refused(
        capsys, "seal", folder, "--by", "Edge-1", "--key", keys.li, "--edge-key", keys.edge
    )
    assert {path.name for path in tmp_path.iterdir()} == {"demo", "text", "open"}


def test_without_ssh_keygen_the_remedy_is_told(
    bag: Path, folder: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    for words in (seal_words(folder, keys.li, "--to", folder.parent / "x"), ["verify", bag]):
        assert "ssh-keygen is not installed; apt-get install openssh-client" in refused(capsys, *words)


def port(*words: object, **how: object) -> "subprocess.CompletedProcess[bytes]":
    """In a session of its own: without a terminal."""
    command = [sys.executable, "-m", "port_session.cli", "bag", *map(str, words)]
    return subprocess.run(command, capture_output=True, start_new_session=True, check=False, **how)  # type: ignore[call-overload,no-any-return]


def test_a_passphrase_is_asked_for_and_never_a_word_of_the_command(folder: Path, keys: Keys) -> None:
    wrong = port(*seal_words(folder, keys.locked), input=b"wrong\n")
    assert wrong.returncode == 2 and b"ssh-keygen does not sign with it: Load key" in wrong.stderr
    assert b"incorrect passphrase" in wrong.stderr
    assert [path.name for path in folder.parent.iterdir()] == ["demo"]
    assert port(*seal_words(folder, keys.locked), input=b"open sesame\n").returncode == 0


def test_a_person_at_a_terminal_may_mistype_it(folder: Path, keys: Keys) -> None:
    """The work before it is not lost: a recording may have taken minutes to read."""
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "port_session.cli", "bag", *map(str, seal_words(folder, keys.locked))]
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=_take_terminal) as sealing:
        os.close(theirs)
        said = b""
        for answer in (b"wrong\n", b"open sesame\n"):
            while not said.rpartition(b"\n")[2].startswith(b"Enter passphrase"):
                said += os.read(ours, 1024)
            os.write(ours, answer)
            said = b""
        assert sealing.wait(PATIENCE_S) == 0
    os.close(ours)
    assert verify(folder.with_name("demo.bag")).whole


def _take_terminal() -> None:
    """A session of its own whose terminal is standard input."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_ssh_agent_signs_where_the_public_key_is_named(
    folder: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    told = dict(part.split("=") for part in agent.replace(";", "\n").splitlines() if "=" in part)
    try:
        monkeypatch.setenv("SSH_AUTH_SOCK", told["SSH_AUTH_SOCK"])
        subprocess.run(["ssh-add", "-q", keys.li], check=True, capture_output=True)
        public = folder.parent / "alone.pub"
        public.write_bytes(keys.li.with_name("li.pub").read_bytes())
        assert sealed(folder, folder.parent / "demo.bag", [Signer("li", public)]).keys["li"].key_type == "ssh-ed25519"
    finally:
        os.kill(int(told["SSH_AGENT_PID"]), signal.SIGTERM)


def test_a_disk_that_is_full_leaves_nothing_and_names_the_file(
    folder: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """A limit of the file's size stands for the disk: both fail a write in its middle."""
    (folder / "log" / "big.log").write_bytes(bytes(200_000))
    done = port(*seal_words(folder, keys.li), preexec_fn=_small_files)
    assert done.returncode == 2 and b"big.log: File too large" in done.stderr
    assert [path.name for path in folder.parent.iterdir()] == ["demo"]


def _small_files() -> None:
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_ctrl_c_leaves_nothing(folder: Path, keys: Keys) -> None:
    """While the passphrase is waited for: everything else is written by then. As a terminal does it, to all at once."""
    words = [sys.executable, "-m", "port_session.cli", "bag", *map(str, seal_words(folder, keys.locked))]
    words = [*HEEDS_CTRL_C, *words]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as sealing:
        wait_until(lambda: any(folder.parent.glob(".demo.bag.*.part/tagmanifest-sha256.txt")))
        os.killpg(sealing.pid, signal.SIGINT)
        assert sealing.wait(30) == 130
    assert [path.name for path in folder.parent.iterdir()] == ["demo"]


def test_a_folder_that_is_written_to_meanwhile_is_not_sealed(
    folder: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    link = files.link

    def written(source: bytes, target: bytes) -> bool:
        with (folder / "events.jsonl").open("a") as log:
            log.write("{}\n")
        return link(source, target)

    monkeypatch.setattr(files, "link", written)
    assert "changed while it was being sealed" in refused(capsys, *seal_words(folder, keys.li))
    assert [path.name for path in folder.parent.iterdir()] == ["demo"]


def test_a_session_that_runs_is_not_sealed(folder: Path, keys: Keys, runtime_root: Path, capsys: Capture) -> None:
    from port_session.supervisor.leases import Lease, session_lease_name

    run = runtime_root / "port" / "demo"
    run.mkdir(parents=True)
    (run / "session.json").write_text(json.dumps({"out": str(folder)}))
    lease = Lease(session_lease_name(str(run)))
    assert "its session runs; end it first" in refused(capsys, *seal_words(folder, keys.li))
    lease.release()
    assert main(["bag", *map(str, seal_words(folder, keys.li))]) == 0, (
        "what a killed session left is no session that runs"
    )


def test_recordings_are_linked_and_what_is_written_in_place_is_copied(bag: Path, folder: Path) -> None:
    assert (bag / "data" / "session.mcap").samefile(folder / "session.mcap")
    assert (bag / "data" / "plates.mcap.age").samefile(folder / "plates.mcap.age")
    (folder / "report.html").write_text("another report")
    with (folder / "events.jsonl").open("a") as log:
        log.write("{}\n")
    assert verify(bag).whole


def test_where_the_disk_knows_no_links_recordings_are_copied(
    folder: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", no_link)
    bag = sealed(folder, folder.with_name("demo.bag"), [Signer("li", keys.li)]).bag
    assert not (bag / "data" / "session.mcap").samefile(folder / "session.mcap") and verify(bag).whole


def test_a_killed_session_and_one_without_a_report_are_sealed_and_told(
    folder: Path, keys: Keys, capsys: Capture
) -> None:
    lines = (folder / "events.jsonl").read_text().splitlines(keepends=True)
    (folder / "events.jsonl").write_text(lines[0])
    (folder / "report.html").unlink()
    assert main(["bag", *map(str, seal_words(folder, keys.li)), "--json"]) == 0
    captured = capsys.readouterr()
    assert "has no end; its last event counts" in captured.err and "there is no report in it" in captured.err
    assert json.loads(captured.out)["files"] == 8
