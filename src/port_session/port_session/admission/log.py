"""What each look at admission found, kept as a file of the evidence: admission.json. Pure but for the writing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from port_session.admission.finding import Finding
from port_session.session.log import write_json

NAME = "admission.json"
#: Looks that are kept whole; of earlier ones only how many there were.
_KEPT = 20


class AdmissionLog:
    """In the folder `out`."""

    def __init__(self, out: Path) -> None:
        self._file = out / NAME
        self._looks: list[dict[str, Any]] = []
        self._count = 0

    def add(self, stamp_ns: int, by: str, refusal: str, findings: Sequence[Finding]) -> None:
        """Keep one look, and write. refusal: why the robot was not admitted; empty if it was. Raises OSError."""
        told = [self._told(one, stamp_ns) for one in findings]
        look = {"stamp_ns": stamp_ns, "by": by, "admitted": not refusal, "refusal": refusal, "findings": told}
        self._count, self._looks = self._count + 1, [*self._looks, look][-_KEPT:]
        write_json(self._file, {"count": self._count, "looks": self._looks})

    def _told(self, finding: Finding, stamp_ns: int) -> dict[str, Any]:
        """since_ns: of what is not well, the first of the looks in a row at which it was not."""
        state = state_of(finding)
        told = {"name": finding.name, "state": state, "said": finding.problem or finding.detail}
        before = next((one for one in self._last if (one["name"], one["state"]) == (finding.name, state)), {})
        since = {} if state == "ok" else {"since_ns": before.get("since_ns", stamp_ns)}
        return {**told, "remedy": finding.remedy, **since}

    @property
    def _last(self) -> list[dict[str, Any]]:
        return self._looks[-1]["findings"] if self._looks else []


def state_of(finding: Finding) -> str:
    """In one word."""
    return "wrong" if not finding.ok else "unlikely" if finding.unlikely else "ok"
