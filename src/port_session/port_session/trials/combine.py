"""Several runs of one indicator as one figure: mean, and its expanded uncertainty with the coverage factor. Pure.

JCGM 100:2008: type A from the scatter of the runs (4.2), type B what each measurement may be wrong by, which need not
average out (a camera's place is the same in all runs), so that it is not divided by the number of runs; the coverage
factor by Student's t for the effective degrees of freedom (G.4).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

from port_session.trials.indicator import Result

#: Of what is told to people.
COVERAGE_P = 0.95
#: Coverage factor for one measurement, whose uncertainty is taken as well known.
COVERAGE_K = 2.0


@dataclass(frozen=True)
class Figure:
    """mean ± k · u of n measurements. scatter: their standard deviation; NaN for one."""

    mean: float
    u: float
    k: float
    n: int
    scatter: float

    @property
    def expanded(self) -> float:
        return self.k * self.u


def combine(results: Sequence[Result]) -> Figure:
    """All of `results` as one figure; there must be one at least."""
    n = len(results)
    mean = sum(one.value for one in results) / n
    u_b = math.sqrt(sum(one.u**2 for one in results) / n)
    if n == 1:
        return Figure(mean, u_b, COVERAGE_K, 1, math.nan)
    scatter = math.sqrt(sum((one.value - mean) ** 2 for one in results) / (n - 1))
    u_a = scatter / math.sqrt(n)
    u = math.hypot(u_a, u_b)
    return Figure(mean, u, _coverage(u, u_a, n - 1), n, scatter)


def _coverage(u: float, u_a: float, nu_a: int) -> float:
    """Student's t for the effective degrees of freedom (Welch-Satterthwaite); type B counts as well known."""
    if u_a == 0.0:
        return COVERAGE_K
    nu_eff = nu_a * (u / u_a) ** 4
    return float(stats.t.ppf(0.5 + COVERAGE_P / 2.0, nu_eff))
