"""What the parts of a session wrote down at their end: what devices sent, what left the edge, what the facility has."""

from pathlib import Path
from typing import Any

from port_session.report.evidence_files import EvidenceFiles
from port_telemetry.core.source_account import SourceAccount
from port_telemetry.ingest.account import accounts, missing_events
from port_telemetry.ingest.source import StreamNotClear
from port_telemetry.ingest.store import StoreError

_STORE = "facility.sqlite"
_SIMULATED = "devices/ground.json"
_TELEMETRY = "devices/telemetry.json"


def counted(out: Path) -> dict[str, Any]:
    """By the names of the report's files (devices, mqtt, facility) what `out` tells; what it does not is left out."""
    files = EvidenceFiles(out)
    found = {"devices": _devices(out, files), "mqtt": _mqtt(files), "facility": _facility(out)}
    return {name: value for name, value in found.items() if value}


def _devices(out: Path, files: EvidenceFiles) -> dict[str, dict[str, int | None]]:
    """By device: sent as a simulated device counts, the rest as its reader does; what nobody told is missing."""
    told: dict[str, Any] = {}
    for path in sorted((out / "devices").glob("*.json")):
        if (name := f"devices/{path.name}") not in (_SIMULATED, _TELEMETRY):
            told |= {device: counts for device, counts in files.json(name, {}).items() if isinstance(counts, dict)}
    # A plate that was told to be quiet, by a reader that began anew, goes on counting: its reader calls that lost.
    sent = {
        device: {"sent": figures.get("sent", 0) + figures.get("unsent", 0)}
        for device, figures in files.json(_SIMULATED, {}).items()
        if isinstance(figures, dict)
    }
    return {device: {**told.get(device, {}), **sent.get(device, {})} for device in sorted({*told, *sent})}


def _mqtt(files: EvidenceFiles) -> dict[str, int]:
    """Records that the telemetry node had acknowledged, and that arrived at the facility."""
    sent, arrived = files.json(_TELEMETRY, {}), files.json("ingest.json", {})
    found = {"published": int(sent.get("published", 0))} if sent else {}
    if arrived:
        by_topic: dict[str, int] = arrived.get("by_topic", {})
        found["received"] = sum(count for topic, count in by_topic.items() if not topic.endswith("/conn"))
    return found


def _facility(out: Path) -> dict[str, Any]:
    """What the facility has of each plate, by the plate's own count; and how many events of the stop log it lacks."""
    if not (out / _STORE).is_file():
        return {}
    try:
        plates: dict[str, Any] = {}
        sealed = []
        for topic, account in accounts(str(out / _STORE)).items():
            plate = topic.split("/")[-2]
            if isinstance(account, SourceAccount):
                plates[plate] = account.summary()
            else:
                sealed.append(plate)
        missing = missing_events(str(out / _STORE), "safety/event", out / "stops.jsonl")
    except (StoreError, StreamNotClear, OSError, ValueError) as error:
        return {"problem": f"{_STORE} cannot be read: {error}"}
    return {"plates": plates, "sealed": sealed, "missing_events": len(missing)}
