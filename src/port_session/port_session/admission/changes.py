"""What is new between two looks at a session. Pure."""

import re
from collections.abc import Sequence

from port_session.admission.finding import Finding, lines_of

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def changes(before: Sequence[Finding], after: Sequence[Finding]) -> list[str]:
    """Lines for people: what is wrong, odd or well now and was not before. A number that differs is nothing new."""
    known = {_said(finding) for finding in before}
    new = [finding for finding in after if _said(finding) not in known and _tells(finding, before)]
    width = max([len(finding.name) for finding in new], default=0)
    return [line for finding in new for line in lines_of(finding, width)]


def _said(finding: Finding) -> tuple[str, bool, bool, str]:
    words = "" if finding.ok and not finding.unlikely else _NUMBER.sub("#", finding.problem or finding.detail)
    return finding.name, finding.ok, finding.unlikely, words


def _tells(finding: Finding, before: Sequence[Finding]) -> bool:
    """Whether it is worth a line: what is well now is if it was not, or was something else."""
    same = [each for each in before if each.name == finding.name]
    return not finding.ok or finding.unlikely or any(not each.ok or each.unlikely for each in same)
