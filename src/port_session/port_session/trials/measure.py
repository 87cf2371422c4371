"""Every indicator over every run of a session, the figures over the runs that count, and what they decide. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from port_session.trials.combine import Figure, combine
from port_session.trials.decision import Decision, Requirement, Rule, decide
from port_session.trials.indicator import Indicator, NotMeasured, Result
from port_session.trials.run_data import RunData


@dataclass(frozen=True)
class Measured:
    """One indicator. of_runs: results by number of the run; missing: why there are none, by number of the run.

    figure: over the runs that count; None where none of them has a result. decision: None where nothing is required.
    """

    indicator: Indicator
    of_runs: Mapping[int, Sequence[Result]] = field(default_factory=dict)
    missing: Mapping[int, str] = field(default_factory=dict)
    figure: Figure | None = None
    requirement: Requirement | None = None
    decision: Decision | None = None

    @property
    def remarks(self) -> list[str]:
        """What a reader must know of single results."""
        return [f"run {run}: {one.remark}" for run, found in self.of_runs.items() for one in found if one.remark]


def measure_all(
    runs: Sequence[RunData], counting: Iterable[int], chosen: Sequence[Indicator],
    required: Mapping[str, Requirement], rule: Rule,
) -> list[Measured]:  # fmt: skip
    """counting: the numbers of the runs that count. A required indicator that was not measured is not decided."""
    counts = set(counting)
    return [_one(runs, counts, indicator, required.get(indicator.name), rule) for indicator in chosen]


def _one(
    runs: Sequence[RunData], counting: set[int], indicator: Indicator, requirement: Requirement | None, rule: Rule
) -> Measured:
    of_runs: dict[int, Sequence[Result]] = {}
    missing: dict[int, str] = {}
    for run in runs:
        try:
            of_runs[run.number] = indicator.measure(run)
        except NotMeasured as error:
            missing[run.number] = str(error)
    results = [result for number, found in of_runs.items() if number in counting for result in found]
    figure = combine(results) if results else None
    decision = None
    if requirement is not None:
        decision = Decision.UNDECIDED if figure is None else decide(figure, requirement, rule)
    return Measured(indicator, of_runs, missing, figure, requirement, decision)
