"""Whether two sets of runs differ in an indicator, and by how much. Pure.

The difference of the means with its expanded uncertainty; and the chance to see so great a difference, or a greater
one, if there were none: by the permutations of the runs (Fisher), which asks nothing of how they scatter. Few runs can
never show a difference: with three and three the smallest chance is 1 in 10. What both sets have in common (a camera's
place) cancels in the difference, so only the scatter of the runs counts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from port_session.trials.run_data import Series

#: A difference is told as one below this chance.
SIGNIFICANT_P = 0.05
#: Permutations that are tried where there are too many to try all; from a fixed seed, so that a comparison repeats.
_PERMUTATIONS, _SEED = 20_000, 20_261_130


@dataclass(frozen=True)
class Comparison:
    """B less A: the difference of the means, its standard uncertainty, coverage factor, and chance under no difference.

    least_p: the smallest chance that so many runs could show at all.
    """

    a_mean: float
    b_mean: float
    difference: float
    u: float
    k: float
    p: float
    least_p: float
    n_a: int
    n_b: int

    @property
    def differs(self) -> bool:
        return self.p < SIGNIFICANT_P

    @property
    def can_differ(self) -> bool:
        """Whether so many runs could have shown a difference."""
        return self.least_p < SIGNIFICANT_P


def compare(a: Sequence[float], b: Sequence[float]) -> Comparison:
    """Needs two runs or more of each. Raises ValueError for fewer."""
    if min(len(a), len(b)) < 2:
        raise ValueError(f"two runs of each are needed to compare them; there are {len(a)} and {len(b)}")
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    u_a, u_b = (float(values.std(ddof=1)) / math.sqrt(len(values)) for values in (first, second))
    u = math.hypot(u_a, u_b)
    return Comparison(
        a_mean=float(first.mean()), b_mean=float(second.mean()), difference=float(second.mean() - first.mean()), u=u,
        k=_coverage(u_a, u_b, len(a), len(b)), p=_chance(first, second), least_p=_least(len(a), len(b)),
        n_a=len(a), n_b=len(b),
    )  # fmt: skip


def _chance(first: Series, second: Series) -> float:
    if np.ptp(np.concatenate((first, second))) == 0.0:
        return 1.0
    generator = np.random.default_rng(_SEED)
    tested = stats.permutation_test(
        (first, second), _difference, vectorized=True, n_resamples=_PERMUTATIONS, rng=generator
    )
    return float(tested.pvalue)


def _difference(first: Series, second: Series, axis: int) -> Series:
    difference: Series = np.mean(second, axis=axis) - np.mean(first, axis=axis)
    return difference


def _least(n_a: int, n_b: int) -> float:
    """Of all ways to part the runs only the present one, and its mirror image, are so far apart."""
    return 2.0 / math.comb(n_a + n_b, n_a)


def _coverage(u_a: float, u_b: float, n_a: int, n_b: int) -> float:
    """Student's t for 95 % and the effective degrees of freedom (Welch)."""
    u = math.hypot(u_a, u_b)
    if u == 0.0:
        return 2.0
    nu = u**4 / (u_a**4 / (n_a - 1) + u_b**4 / (n_b - 1))
    return float(stats.t.ppf(0.975, nu))
