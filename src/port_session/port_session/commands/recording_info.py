"""What a recording holds and what is wrong with it, as text for people and as JSON for programs. It has been read."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from port_session.recorder.condition import problem, since_first
from port_session.recorder.opening import readers
from port_session.recorder.read import Recording


def as_text(recording: Recording) -> str:
    """Some lines."""
    lines = [f"{recording.path}: {_sealed(recording)}{_state(recording)}"]
    if recording.first_ns is None or recording.last_ns is None:
        return lines[0]
    lasts_s = since_first(recording)(recording.last_ns)
    messages, topics = sum(recording.counts.values()), len(recording.counts)
    lines.append(
        f"  {_utc(recording.first_ns)}, {lasts_s:.1f} s, {messages} messages of {topics} topics; {_lost(recording)}"
    )
    width = len(str(max(recording.counts.values())))
    for topic, count in sorted(recording.counts.items()):
        lost = recording.metadata.get("port.lost", {}).get(topic, "")
        more = f", {lost} lost" if lost else ""
        lines.append(f"  {count:>{width}}  {topic}  {recording.types[topic]}{more}")
    return "\n".join(lines)


def as_json(recordings: Sequence[Recording]) -> str:
    """A list, an object a recording; null where something is not known."""
    return json.dumps([_document(one) for one in recordings], indent=2, ensure_ascii=False)


def _document(recording: Recording) -> dict[str, Any]:
    whole = recording.complete and not recording.locked
    return {
        "file": str(recording.path), "sealed": recording.header is not None,
        "sealed_to": list(recording.header.sealed_to) if recording.header else [],
        "open": not recording.locked and not recording.unreadable, "whole": None if recording.locked else whole,
        "problem": problem(recording, since_first(recording)),
        "first_ns": recording.first_ns, "last_ns": recording.last_ns,
        "topics": {
            topic: {"type": recording.types[topic], "messages": count}
            for topic, count in sorted(recording.counts.items())
        },
        "lost": recording.metadata.get("port.lost"), "recorded": recording.metadata.get("port.recorded"),
    }  # fmt: skip


def _sealed(recording: Recording) -> str:
    if recording.header is None or recording.locked:
        return ""
    return f"sealed to {readers(recording.header)}; "


def _state(recording: Recording) -> str:
    return problem(recording, since_first(recording)) or "whole"


def _lost(recording: Recording) -> str:
    """On the way into the file, as its recorder counted."""
    lost = recording.metadata.get("port.lost")
    if lost is None:
        return "how many were lost on the way into it is not known"
    return f"{sum(int(count) for count in lost.values() if count.isdecimal()) or 'none'} lost on the way into it"


def _utc(stamp_ns: int) -> str:
    moment = datetime.fromtimestamp(stamp_ns // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{stamp_ns // 1_000_000 % 1000:03d} UTC"
