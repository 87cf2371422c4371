"""How often one stream arrives and how late its stamps are. Pure: times are arguments."""

from port_session.admission.judge import Flow


class Arrivals:
    """Counts from the beginning on."""

    def __init__(self) -> None:
        self._lags_s: list[float] = []

    def note(self, lag_s: float) -> None:
        """One arrived; lag_s: how old its stamp was, NaN if it has none."""
        self._lags_s.append(lag_s)

    def flow(self, span_s: float) -> Flow:
        """What arrived in `span_s`. Of the lags, one of the least: a busy machine that counts late adds to them."""
        if not self._lags_s:
            return Flow(0.0)
        return Flow(len(self._lags_s) / span_s, sorted(self._lags_s)[len(self._lags_s) // 10])
