"""Which limits are in force: each is reported when it begins and when it has ended, not in every tick."""

from collections.abc import Iterable

from port_safety.gate.events import EventKind
from port_safety.gate.state_tracker import StateTracker
from port_safety.model.verdict import Verdict

#: A limit has ended when it has not been seen for this long; commands and poses come in steps.
HOLD_NS = 200_000_000


class ActiveLimits:
    """By rule and source, each with when it was last seen. False when there is none."""

    def __init__(self, tracker: StateTracker) -> None:
        self._tracker = tracker
        self._seen_ns: dict[tuple[str, str], int] = {}

    def __bool__(self) -> bool:
        return bool(self._seen_ns)

    def note(self, limits: Iterable[Verdict], now_ns: int, hold_ns: int = HOLD_NS) -> None:
        """These limit now; report what began, and what has not been seen for `hold_ns`."""
        known = {verdict.key: verdict for verdict in limits}
        for key, verdict in known.items():
            if key not in self._seen_ns:
                self._tracker.emit(
                    EventKind.LIMIT_BEGAN, now_ns, self._tracker.state, verdict.reason, causes=(verdict,)
                )
            self._seen_ns[key] = now_ns
        for rule, source in [key for key, seen_ns in self._seen_ns.items() if now_ns - seen_ns >= hold_ns]:
            if (rule, source) not in known:
                self._tracker.emit(
                    EventKind.LIMIT_ENDED, now_ns, self._tracker.state, f"{rule}: {source} no longer limits"
                )
                del self._seen_ns[rule, source]

    def end(self, now_ns: int) -> None:
        """None of them counts any more."""
        self.note((), now_ns, hold_ns=0)
