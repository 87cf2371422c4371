"""Reads the folder of a session into Evidence. It only reads; what is missing or damaged stays visibly empty.

Files: *.mcap, *.mcap.age, events.jsonl, session.json; and where they exist stops.jsonl, devices.json, mqtt.json,
facility.json, exit_codes.json, orphans.json, ground.json, admission.json.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from port_session.admission.log import NAME as ADMISSION
from port_session.recorder.clock import Clock
from port_session.recorder.condition import problem
from port_session.recorder.mcap_file import SEALED_SUFFIX, SUFFIX
from port_session.recorder.read import Recording, in_time, recordings
from port_session.report import events as gate
from port_session.report import stop_log
from port_session.report.accounts import Account, Counts, account
from port_session.report.evidence import DataFile, Evidence, Stream
from port_session.report.evidence_files import EvidenceFiles
from port_session.report.streams import Streams, wanted

#: Made by the report itself: not evidence.
RESULTS = ("summary.json", "report.html")
_DATA = (".mcap", ".age", ".jsonl", ".json")
_OF_A_SESSION = ("events.jsonl", "session.json", stop_log.NAME)
_KINDS: dict[str, type] = {"outcome": dict, "software": dict, "history": list, "goal_m": list, "goal_rad": list}


def gather(out: Path, ground: dict[str, Any] | None = None, keys: Sequence[X25519PrivateKey] = ()) -> Evidence:
    """The evidence in `out`. ground: its zones, over what ground.json says. keys: what opens sealed recordings.

    Raises FileNotFoundError if there is no such folder or nothing of a session in it.
    """
    refuse_without_session(out)
    paths = sorted(path for path in out.iterdir() if path.suffix in _DATA and path.name not in RESULTS)
    files = EvidenceFiles(out)
    lines, session = files.events("events.jsonl"), _session(files)
    clock = Clock()
    collected, streams, read = _recordings(recordings(out), clock, keys)
    safety = gate.ordered([line for line in lines if line["stream"] == "safety"] + collected.events, clock.time_ns)
    steps = gate.steps([line for line in lines if line["stream"] == "session"] or session.get("history", []))
    stamps = [line["stamp_ns"] for line in safety] + [step.stamp_ns for step in steps]
    stamps += collected.stamps_ns + collected.first_block_ns()
    origin_ns = min(stamps, default=0, key=clock.time_ns)

    def seconds(stamp_ns: int) -> float:
        return (clock.time_ns(stamp_ns) - clock.time_ns(origin_ns)) / 1e9

    return Evidence(
        session=session,
        ground=ground if ground is not None else files.json("ground.json", {}),
        origin_ns=origin_ns,
        end_ns=max(stamps, default=0, key=clock.time_ns),
        gate_states=gate.states(safety, collected.changes, clock.time_ns),
        steps=steps,
        stops=gate.stops(safety),
        resets=gate.resets(safety),
        missing_events=gate.missing(safety),
        motion=collected.motion(seconds),
        poses=collected.poses(seconds),
        plates=collected.plates(seconds),
        streams=streams,
        recordings={one.path.name: problem(one, seconds) for one in read if not one.locked},
        locked={one.path.name: one.locked for one in read if one.locked},
        devices=_devices(collected.counters(), files.json("devices.json", {})),
        mqtt=files.json("mqtt.json", {}),
        exit_codes=files.json("exit_codes.json", {}),
        orphans=files.json("orphans.json", 0),
        files=tuple(_file(path) for path in paths if path.is_file()),
        envelope_hash=collected.envelope_hash,
        stop_log=_stop_log(out, files),
        ground_truth=files.json("ground_truth.json", {}) or None,
        clock=clock,
        facility=files.json("facility.json", {}),
        admission=files.json(ADMISSION, {}),
        description=files.json("description.json", {}),
        unreadable=tuple(files.problems),
    )


def refuse_without_session(out: Path) -> None:
    """Raises FileNotFoundError where no file is one that only a session writes: other folders have .json files, too."""
    if not any(path.name.endswith((SUFFIX, SEALED_SUFFIX)) or path.name in _OF_A_SESSION for path in out.iterdir()):
        raise FileNotFoundError(f"{out} holds no evidence of a session: no .mcap, events.jsonl or session.json")


def _recordings(
    paths: list[Path], clock: Clock, keys: Sequence[X25519PrivateKey]
) -> tuple[Streams, tuple[Stream, ...], list[Recording]]:
    collected, read = Streams(), in_time(paths, clock, keys)
    recorded: dict[str, int] = {}
    lost: dict[str, int] = {}
    types: dict[str, str] = {}
    for recording in read:
        for one in recording.messages(wanted):
            collected.add(one)
        for topic, count in recording.counts.items():
            recorded[topic] = recorded.get(topic, 0) + count
        for topic, count_text in recording.metadata.get("port.lost", {}).items():
            lost[topic] = lost.get(topic, 0) + (int(count_text) if count_text.isdecimal() else 0)
        types |= recording.types
    topics = sorted({*recorded, *lost})
    streams = tuple(Stream(topic, types.get(topic, ""), recorded.get(topic, 0), lost.get(topic, 0)) for topic in topics)
    return collected, streams, read


def _devices(recorded: Mapping[str, Counts], told: Mapping[str, Counts]) -> tuple[Account, ...]:
    """Per device what was recorded of it, and over that what it and its reader told at their end."""
    merged = {
        name: {
            **recorded.get(name, {}),
            **{key: count for key, count in told.get(name, {}).items() if count is not None},
        }
        for name in sorted({*recorded, *told})
    }
    return tuple(account(name, counts) for name, counts in merged.items())


def _session(files: EvidenceFiles) -> dict[str, Any]:
    """session.json; what is of another kind there than the session's node writes is left out."""
    session: dict[str, Any] = files.json("session.json", {})
    wrong = {key for key, kind in _KINDS.items() if not isinstance(session.get(key, kind()), kind)}
    if wrong:
        files.problems.append(f"session.json: cannot be read: {', '.join(sorted(wrong))}")
    return {key: value for key, value in session.items() if key not in wrong}


def _stop_log(out: Path, files: EvidenceFiles) -> stop_log.StopLog | None:
    path = out / stop_log.NAME
    try:
        return stop_log.read(path) if path.exists() else None
    except OSError as error:
        files.problems.append(f"{path.name}: {error.strerror or error}")
        return None


def _file(path: Path) -> DataFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return DataFile(path.name, path.stat().st_size, digest)
