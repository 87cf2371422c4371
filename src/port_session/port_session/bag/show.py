"""What is told of a bag: its content, and what verifying it found, as lines for people and as JSON. Pure."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from port_session.bag import bag_info
from port_session.bag.facts import Facts, exact
from port_session.bag.integrity import Contents
from port_session.bag.layout import ALLOWED_SIGNERS, DATA, INFO, shown
from port_session.bag.progress import size
from port_session.bag.sshsig import NoSignature, parse
from port_session.bag.verify import BAD, GOOD, UNKNOWN, Signed, Verdict


def bag_lines(bag: Path, contents: Contents, facts: Facts | None) -> Iterator[str]:
    """What is in it, unproven. facts: None where its files do not say of which session they are."""
    info = contents.tags.get(INFO, b"")
    yield from (f"{label:<9} {text}" for label, text in _facts(facts, info))
    payload = {path: count for path, count in contents.sizes.items() if path.startswith(DATA)}
    yield f"{'files':<9} {len(payload)}, {size(sum(payload.values()))}"
    yield from (f"{size(payload[path]):>13}  {shown(path)}" for path in sorted(payload))
    for name, data in sorted(contents.signatures.items()):
        yield f"{'signed':<9} {name}, {_key(data)}"
    yield f"not verified; next: port bag verify {bag} --signers FILE"


def _facts(facts: Facts | None, info: bytes) -> Iterator[tuple[str, str]]:
    if facts is None:
        yield "session", bag_info.value(info, "External-Description") or "not known"
        return
    yield "session", facts.name + (f" ({facts.kind})" if facts.kind else "")
    for label in ("trial", "robot", "team", "ground", "site", "edge"):
        if text := getattr(facts, label):
            yield label, text
    yield "runs", facts.runs_line()
    yield "began", exact(facts.began_ns)
    yield "ended", f"{exact(facts.ended_ns)}, {facts.end_line()}"


def _key(data: bytes) -> str:
    try:
        signature = parse(data)
    except NoSignature as error:
        return f"which {error}"
    return f"{signature.key_type} {signature.fingerprint}"


def verdict_lines(bag: Path, verdict: Verdict, signers: Path | None) -> Iterator[str]:
    """What is wrong, each signature, and at last what that means and what to do."""
    for problem in verdict.problems:
        yield f"{problem.kind:<9} {shown(problem.path)}" + (f": {problem.text}" if problem.text else "")
    for one in verdict.signatures:
        yield f"{one.state:<9} signature of {one.name}: " + "; ".join(part for part in (_whose(one), one.text) if part)
    yield from (f"{'missing':<9} signature of {shown(name)}" for name in verdict.missing_signers)
    yield f"{bag}: {_sentence(verdict, signers)}"


def _whose(one: Signed) -> str:
    return f"{one.key_type} {one.key}" if one.key else ""


def _sentence(verdict: Verdict, signers: Path | None) -> str:
    payload = [path for path in verdict.contents.sizes if path.startswith(DATA)]
    if not verdict.whole:
        bad = sum(one.state == BAD for one in verdict.signatures)
        return f"NOT WHOLE: {_counted(len(verdict.problems), 'fault')}, {_counted(bad, 'bad signature')}"
    whole = f"whole, {_counted(len(payload), 'file')}"
    if not verdict.signatures:
        return f"{whole}, but NOT SIGNED; whoever answers for it signs it: port bag sign BAG --by NAME --key KEY"
    if signers is None:
        return (
            f"{whole}, but NOBODY SAYS WHOSE SIGNATURES these are; compare the keys with their owners, put them into a "
            f"file of yours (the form is that of {ALLOWED_SIGNERS}), and give that by --signers"
        )
    if not verdict.ok:
        unknown = sum(one.state == UNKNOWN for one in verdict.signatures)
        counts = ((unknown, "unknown key"), (len(verdict.missing_signers), "missing signature"))
        return f"{whole}, but NOT SIGNED AS ASKED: {', '.join(_counted(*one) for one in counts if one[0])}"
    return f"{whole}; signed by {', '.join(one.name for one in verdict.signatures)}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def verdict_document(bag: Path, verdict: Verdict) -> dict[str, Any]:
    """The same for programs."""
    info = verdict.contents.tags.get(INFO, b"")
    return {
        "bag": shown(str(bag)), "ok": verdict.ok, "whole": verdict.whole,
        "session": bag_info.value(info, "External-Identifier"), "ended": bag_info.value(info, "Port-Session-Ended"),
        "problems": [
            {"kind": one.kind, "path": shown(one.path), "text": one.text} for one in verdict.problems
        ],
        "signatures": [
            {"name": one.name, "state": one.state, "key": one.key, "key_type": one.key_type, "text": one.text}
            for one in verdict.signatures
        ],
        "known_signers": [one.name for one in verdict.signatures if one.state == GOOD],
        "missing_signers": list(verdict.missing_signers),
    }  # fmt: skip
