"""What the facility has, by the sources' own counts: findings and a table. It judges figures; it reads no database."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from port_session.report.accounts import Account
from port_session.report.evidence import Evidence
from port_session.report.finding import LOST, NOT_KNOWN, Finding
from port_session.report.stop_log import plural


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Nothing where nobody looked."""
    if not evidence.facility:
        return
    if problem := evidence.facility.get("problem"):
        yield Finding("Facility samples", True, problem, NOT_KNOWN)
        return
    yield _samples(evidence)
    missing = int(evidence.facility["missing_events"])
    text = f"{plural(missing, 'event')} of the stop log missing" if missing else "every event of the stop log is there"
    yield Finding("Facility events", not missing, text)


def rows(evidence: Evidence) -> list[tuple[str, int, int, int, str, int]]:
    """A row a plate: sent by its own count, at the facility, lost on its wire, lost behind it and why, in silence."""
    return [
        (name, told["sent"], told["stored"] - told["twice"], told["lost_on_wire"],
         "; ".join(f"{count} {why}" for why, count in told["lost"].items()), silent(evidence, name, told))
        for name, told in evidence.facility.get("plates", {}).items()
    ]  # fmt: skip


def silent(evidence: Evidence, plate: str, told: dict[str, Any]) -> int:
    """Samples that are neither there nor recorded as lost; what a plate sent after its last block there among them."""
    own = next((one for one in evidence.devices if one.name == plate), Account(plate))
    # A plate's node that was started again has counted anew: its own account begins with its last start.
    counted = told["starts"] == 1 and own.received is not None and own.reported_lost is not None
    after = (own.received or 0) + (own.reported_lost or 0) - told["sent"] if counted else 0
    return int(told["unexplained"]) + max(0, after)


def _samples(evidence: Evidence) -> Finding:
    plates: dict[str, dict[str, Any]] = evidence.facility["plates"]
    name, sealed = "Facility samples", evidence.facility.get("sealed", [])
    gone = {plate: count for plate, told in plates.items() if (count := silent(evidence, plate, told))}
    if gone:
        return Finding(name, False, "lost in silence: " + ", ".join(f"{count} of {p}" for p, count in gone.items()))
    lost: Counter[str] = Counter()
    for told in plates.values():
        lost.update({"lost on the wire": told["lost_on_wire"]} | told["lost"])
    lost = +lost
    sent, there = _sum(plates, "sent"), _sum(plates, "stored") - _sum(plates, "twice")
    said = [f"{there} of {plural(sent, 'sample')} of {plural(len(plates), 'plate')} there"] if plates else []
    if lost:
        said.append(f"{lost.total()} ({100 * lost.total() / sent:.2g} %) lost, each recorded as lost")
        said += [f"{count} {why}" for why, count in lost.items()]
    said += [f"only their team can tell of {', '.join(sealed)}"] if sealed else []
    said += ["no plate's samples are there"] if not (plates or sealed) else []
    return Finding(name, True, "; ".join(said), LOST if lost else NOT_KNOWN if sealed or not plates else "")


def _sum(plates: dict[str, dict[str, Any]], key: str) -> int:
    return sum(int(told[key]) for told in plates.values())
