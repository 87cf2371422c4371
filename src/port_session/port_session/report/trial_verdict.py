"""The verdict on the trial: what it asked for against what was done. That the evidence is in order is another thing."""

from collections.abc import Sequence
from dataclasses import dataclass

from port_session.report.finding import Finding
from port_session.report.markup import Markup, element
from port_session.trials.decision import Decision

#: The findings that speak of the trial, not of the evidence.
ABOUT_THE_TRIAL = ("Session", "Runs", "Requirements", "Posture")
_WORDS = {
    Decision.PASSED: ("✓ Trial passed", "good"), Decision.FAILED: ("✗ Trial not passed", "bad"),
    Decision.UNDECIDED: ("– Trial not decided", "open"),
}  # fmt: skip


@dataclass(frozen=True)
class TrialVerdict:
    """why: what decided, a few words each; what is wrong first."""

    decision: Decision
    why: tuple[str, ...]


#: Where nobody has judged.
NOT_DECIDED = TrialVerdict(Decision.UNDECIDED, ())


def decide(findings: Sequence[Finding]) -> TrialVerdict:
    """Failed where anything that the trial asks for is not met; passed only where all of it is known to be."""
    mine = [finding for finding in findings if finding.name in ABOUT_THE_TRIAL]
    if wrong := [f"{one.name.lower()}: {one.text}" for one in mine if not one.ok]:
        return TrialVerdict(Decision.FAILED, tuple(wrong))
    if open_ := [f"{one.name.lower()}: {one.text}" for one in mine if one.but]:
        return TrialVerdict(Decision.UNDECIDED, tuple(open_))
    if not any(finding.name == "Runs" for finding in mine):
        return TrialVerdict(Decision.UNDECIDED, ("no runs were kept",))
    return TrialVerdict(Decision.PASSED, tuple(f"{one.name.lower()}: {one.text}" for one in mine))


def render(verdict: TrialVerdict) -> Markup:
    """The banner at the head of the report."""
    words, css = _WORDS[verdict.decision]
    return element("div", element("strong", words), element("p", "; ".join(verdict.why)), css=f"verdict {css}")
