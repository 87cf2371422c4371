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
        told = [
            {"name": one.name, "state": state_of(one), "said": one.problem or one.detail, "remedy": one.remedy}
            for one in findings
        ]
        look = {"stamp_ns": stamp_ns, "by": by, "admitted": not refusal, "refusal": refusal, "findings": told}
        self._count, self._looks = self._count + 1, [*self._looks, look][-_KEPT:]
        write_json(self._file, {"count": self._count, "looks": self._looks})


def state_of(finding: Finding) -> str:
    """In one word."""
    return "wrong" if not finding.ok else "unlikely" if finding.unlikely else "ok"
