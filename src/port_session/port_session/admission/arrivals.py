"""How often one stream arrives, how late its stamps are, how large its messages. Pure: times are arguments."""

from dataclasses import dataclass

#: From so many in one look on nobody needs to hear more: it is a flood.
FLOOD = 4000


@dataclass(frozen=True)
class Flow:
    """What arrived of one stream. lag_s: how far its stamps lie behind this machine's clock; NaN if it has none.

    stamp_s: the newest stamp, seconds since 1970; same_stamp: whether all of several carry it. bytes: of the largest
    message; most_bytes: what the gate reads at most of one, 0: any.
    """

    rate_hz: float
    lag_s: float = float("nan")
    stamp_s: float = float("nan")
    same_stamp: bool = False
    bytes: int = 0
    most_bytes: int = 0


class Arrivals:
    """Counts from the beginning on."""

    def __init__(self, begun_s: float, most_bytes: int = 0) -> None:
        self._begun_s, self._last_s = begun_s, begun_s
        self._most_bytes = most_bytes
        self._lags_s: list[float] = []
        self._stamps_s: set[float] = set()
        self._newest_s = float("nan")
        self._bytes = 0

    def note(self, now_s: float, stamp_s: float, lag_s: float, size: int) -> None:
        """One arrived; lag_s: how old its stamp was, NaN if it has none."""
        self._last_s, self._newest_s = now_s, stamp_s
        self._lags_s.append(lag_s)
        if len(self._stamps_s) < 2:
            self._stamps_s.add(stamp_s)
        self._bytes = max(self._bytes, size)

    @property
    def flooded(self) -> bool:
        return len(self._lags_s) >= FLOOD

    def flow(self, now_s: float) -> Flow:
        """What arrived until now. Of the lags, one of the least: a busy machine that counts late adds to them."""
        count = len(self._lags_s)
        if not count:
            return Flow(0.0)
        span_s = (self._last_s if self.flooded else now_s) - self._begun_s
        lag_s = sorted(self._lags_s)[count // 10]
        same = count > 2 and len(self._stamps_s) == 1
        return Flow(count / max(span_s, 1e-3), lag_s, self._newest_s, same, self._bytes, self._most_bytes)
