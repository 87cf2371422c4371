"""How many repetitions show a reliability at a confidence, and what a number of passes shows. Pure.

Binomial (Clopper and Pearson, Biometrika 26 (1934) 404): with n repetitions of which c failed, the reliability is at
least R at the confidence C where the chance of c or fewer failures, were it just R, is 1 - C at most.
"""

from scipy import stats


def repetitions(reliability: float, confidence: float, failures: int = 0) -> int:
    """The least number of repetitions that shows `reliability` at `confidence` with so many failures among them.

    Raises ValueError where a share is not between 0 and 1, or the number of failures is below 0.
    """
    _check("reliability", reliability)
    _check("confidence", confidence)
    if failures < 0:
        raise ValueError(f"failures: {failures} must not be below 0")
    low, high = failures, failures + 1
    while not _shows(high, failures, reliability, confidence):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _shows(middle, failures, reliability, confidence) else (middle, high)
    return high


def shown_reliability(passes: int, n: int, confidence: float) -> float:
    """The reliability that `passes` of `n` repetitions show at `confidence`: a lower bound; 0 without a pass."""
    _check("confidence", confidence)
    if not 0 <= passes <= n:
        raise ValueError(f"passes: {passes} must be 0 to {n}")
    return float(stats.beta.ppf(1.0 - confidence, passes, n - passes + 1)) if passes else 0.0


def _shows(n: int, failures: int, reliability: float, confidence: float) -> bool:
    return bool(stats.binom.cdf(failures, n, 1.0 - reliability) <= 1.0 - confidence)


def _check(name: str, share: float) -> None:
    if not 0.0 < share < 1.0:
        raise ValueError(f"{name}: {share} must be above 0 and below 1; write 0.95 for 95 %")
