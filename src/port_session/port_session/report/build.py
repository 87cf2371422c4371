"""From a folder of evidence to summary.json and report.html. `build` for programs, `main` for `port report`."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from port_ros.command_line import refuse
from port_ros.yaml_file import read_yaml
from port_session.recorder import reader_keys
from port_session.report import force, own_counts, results, summary
from port_session.report.gather import gather, refuse_without_session
from port_session.report.html import render
from port_session.report.summary import Summary
from port_session.session.log import write_json

#: What a caller may know besides the recordings; each is kept as a file of its own beside them.
EXTRAS = ("devices", "mqtt", "facility", "exit_codes", "orphans")


def build(
    out: Path, ground: Mapping[str, Any] | None = None, extras: Mapping[str, Any] | None = None,
    keys: Sequence[X25519PrivateKey] = (),
) -> Summary:  # fmt: skip
    """Write summary.json and report.html into `out` from what is in there, and return the summary.

    ground: a ground's description, or its zones by name; extras: any of EXTRAS, over what the session's parts wrote
    down themselves. Both are first written into `out`, so that a later build without them gives the same bytes. keys:
    what opens sealed recordings; the report is made of what is open to them. Raises FileNotFoundError where there is no
    evidence, ValueError for an unknown extra.
    """
    if unknown := sorted(set(extras or {}) - set(EXTRAS)):
        raise ValueError(f"extras: {unknown[0]!r} is none of {', '.join(EXTRAS)}")
    if not out.is_dir():
        raise FileNotFoundError(f"{out} is no folder")
    refuse_without_session(out)
    for name, value in (own_counts.counted(out) | dict(extras or {})).items():
        write_json(out / f"{name}.json", value)
    if ground is not None:
        write_json(out / "ground.json", {"zones": dict(ground.get("zones", ground))})
    evidence = gather(out, keys=keys)
    jumps = force.find(evidence.plates)
    found = results.measured(evidence, jumps)
    result = replace(summary.judge(evidence, found), measured=force.lines(jumps))
    summary.write(result, out / "summary.json")
    (out / "report.html").write_text(render(evidence, result, jumps, found), encoding="utf-8")
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """`port report DIR`: 0 if nothing of it is wrong, 1 if something is, 2 if there is no session."""
    parser = argparse.ArgumentParser(
        prog="port report", description="Rebuild a session's summary.json and report.html.",
        epilog="exit code: 0 if nothing is wrong with session and evidence (what is not known or lost is told), 1 if "
        "something is (a session that was not completed, a robot that fell, damaged files), 2 if there is no session",
    )  # fmt: skip
    parser.add_argument("folder", type=Path, metavar="DIR", help="the session's folder, with *.mcap and events.jsonl")
    parser.add_argument("--ground", type=Path, metavar="FILE", help="ground description (YAML) for the floor plan")
    reader_keys.add_word(parser)
    arguments = parser.parse_args(argv)
    try:
        ground = read_yaml(arguments.ground) if arguments.ground else None
        result = build(arguments.folder, ground, keys=reader_keys.read(arguments.key))
    except (OSError, ValueError) as error:
        return refuse(error)
    for finding in result.findings:
        print(finding.line)
    print(f"trial {result.trial.decision.value}: {'; '.join(result.trial.why)}")
    for line in result.measured:
        print(f"{'':<9} {line}")
    print(arguments.folder / "report.html")
    return 0 if result.ok else 1
