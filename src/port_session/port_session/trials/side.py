"""One side of a comparison: the results of the runs that count, out of the summaries of one or more sessions.

It reads summary.json; what of it is damaged or of another kind is refused by name.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from port_session.trials.compare import Comparison, compare
from port_session.trials.rounding import told

_SUMMARY = "summary.json"


class CannotCompare(Exception):
    """There is nothing to compare, or it is damaged; one line that names the file and the remedy."""


@dataclass(frozen=True)
class Side:
    """values: of each indicator the mean of each run that counts. units, better (lower, higher, or none): of each."""

    folders: tuple[Path, ...]
    runs: int
    values: dict[str, list[float]]
    units: dict[str, str]
    better: dict[str, str]


@dataclass(frozen=True)
class Row:
    """One indicator of both sides; without a comparison where one side has not enough of it, and `why` says so."""

    name: str
    unit: str
    better: str
    comparison: Comparison | None
    why: str = ""

    @property
    def document(self) -> dict[str, Any]:
        found = self.comparison
        figures = {} if found is None else {**found.__dict__, "differs": found.differs, "can_differ": found.can_differ}
        return {"name": self.name, "unit": self.unit, "why": self.why, **figures}

    def line(self, a: str, b: str) -> str:
        """For people; a and b: what the sides are called."""
        found = self.comparison
        if found is None:
            return f"  {self.name}: not compared: {self.why}"
        difference = told(found.difference, found.k * found.u, self.unit)
        means = f"{a} {found.a_mean:.4g}, {b} {found.b_mean:.4g} {self.unit} (n = {found.n_a}, {found.n_b})"
        return f"  {self.name}: {b} − {a} = {difference}, p = {found.p:.3f}: {self._verdict(found, a, b)}; {means}"

    def _verdict(self, found: Comparison, a: str, b: str) -> str:
        if not found.can_differ:
            return f"so few runs cannot show a difference (at best p = {found.least_p:.2f})"
        if not found.differs:
            return "no difference shown"
        if not self.better:
            return "they differ"
        return f"{b if (found.difference > 0) == (self.better == 'higher') else a} is better"


def read_side(folders: Sequence[Path]) -> Side:
    """Raises CannotCompare where a folder has no summary, or nothing was measured."""
    values: dict[str, list[float]] = {}
    units: dict[str, str] = {}
    better: dict[str, str] = {}
    runs = 0
    for folder in folders:
        summary = _summary(folder / _SUMMARY)
        counting = {str(run["number"]) for run in summary["runs"] if run["counts"]}
        runs += len(counting)
        for one in summary["indicators"]:
            units[one["name"]], better[one["name"]] = one["unit"], one["better"]
            found = [_mean(results) for run, results in one["runs"].items() if run in counting and results]
            values.setdefault(one["name"], []).extend(found)
    return Side(tuple(folders), runs, values, units, better)


def compare_sides(a: Side, b: Side) -> list[Row]:
    """Every indicator that either side has measured. Raises CannotCompare where there is none."""
    names = [name for name in {**a.values, **b.values} if a.values.get(name) or b.values.get(name)]
    if not names:
        raise CannotCompare("no run that counts has a result on either side; make their reports first: port report DIR")
    return [_row(name, a, b) for name in names]


def _row(name: str, a: Side, b: Side) -> Row:
    units = {side.units[name] for side in (a, b) if name in side.units}
    unit, better = sorted(units)[0], {**a.better, **b.better}[name]
    if len(units) > 1:
        return Row(name, unit, better, None, f"one side tells it in {' and the other in '.join(sorted(units))}")
    try:
        return Row(name, unit, better, compare(a.values.get(name, []), b.values.get(name, [])))
    except ValueError as error:
        return Row(name, unit, better, None, str(error))


def _mean(results: Sequence[dict[str, Any]]) -> float:
    """Of one run: several stops of one run are not several runs."""
    return sum(float(one["value"]) for one in results) / len(results)


def _summary(path: Path) -> dict[str, Any]:
    try:
        summary: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CannotCompare(f"{path} is not there; make it: port report {path.parent}") from None
    except (ValueError, RecursionError) as error:
        raise CannotCompare(f"{path} is no whole JSON; make it anew: port report {path.parent}") from error
    if not isinstance(summary, dict) or not _has_indicators(summary):
        raise CannotCompare(f"{path} tells of no indicators; make it anew: port report {path.parent}")
    return summary


def _has_indicators(summary: dict[str, Any]) -> bool:
    try:
        return all({"number", "counts"} <= run.keys() for run in summary["runs"]) and all(
            {"name", "unit", "better", "runs"} <= one.keys()
            and all(isinstance(each["value"], float | int) for found in one["runs"].values() for each in found)
            for one in summary["indicators"]
        )
    except (KeyError, TypeError, AttributeError):
        return False
