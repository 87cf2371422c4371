"""What became of everything that each device sent. Pure: one computation for the table and for the sentence above it.

Raw counts come from the device (sent) and from its reader (the rest). A reader of numbered frames says which numbers it
took first and last: what the device sent before and after was sent while nobody listened, or was on its way at the end.
A reader that asks and waits counts questions without an answer in time: an answer that came later was sent and is lost.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from port_session.report.finding import LOST, NOT_KNOWN, Finding

Counts = Mapping[str, int | None]


@dataclass(frozen=True)
class Account:
    """One device; None where nobody counted. unheard: sent while its reader did not listen, on its way at the end too.

    rejected: bytes that belonged to nothing.
    """

    name: str
    sent: int | None = None
    received: int | None = None
    reported_lost: int | None = None
    unheard: int | None = None
    rejected: int | None = None

    @property
    def unaccounted(self) -> int | None:
        """Sent, but neither received nor reported lost; below 0: more received or lost than was sent."""
        if self.sent is None or self.received is None or self.reported_lost is None:
            return None
        return self.sent - self.received - self.reported_lost - (self.unheard or 0)

    @property
    def problem(self) -> str:
        """What does not add up, in words; empty where it does or where the device does not say what it sent."""
        if self.sent is None:
            return ""
        if (gap := self.unaccounted) is None:
            return f"{self.name}: sent {self.sent}, what its reader received is not known"
        if gap > 0:
            return f"{self.name}: {gap} sent, but neither received nor reported lost"
        return f"{self.name}: {-gap} more received or reported lost than were sent" if gap < 0 else ""


def account(name: str, counts: Counts) -> Account:
    """From the raw counts: sent, received, reported_lost, rejected; first and last (numbers from 1); unanswered."""
    sent, received = counts.get("sent"), counts.get("received")
    return Account(name, sent, received, _lost(counts), _unheard(counts), counts.get("rejected"))


def _lost(counts: Counts) -> int | None:
    unanswered, sent, received = counts.get("unanswered"), counts.get("sent"), counts.get("received")
    if unanswered is None or sent is None or received is None:
        return counts.get("reported_lost", unanswered)
    return min(unanswered, max(0, sent - received))


def _unheard(counts: Counts) -> int | None:
    first, last, sent = counts.get("first"), counts.get("last"), counts.get("sent")
    if sent is None:
        return None
    return 0 if first is None or last is None else (first - 1) + (sent - last)


def verdict(accounts: Iterable[Account]) -> Finding:
    """Whether all adds up, and the sentence that says so: of every device that says how much it sent."""
    name, all_of = "Samples", list(accounts)
    counted = [one for one in all_of if one.sent is not None]
    if problems := [one.problem for one in counted if one.problem]:
        return Finding(name, False, "; ".join(problems))
    if not counted:
        return Finding(name, True, "no device says how much it sent", NOT_KNOWN)
    devices = f"{len(counted)} device" + ("s" if len(counted) > 1 else "")
    unheard = {one.name: one.unheard for one in counted if one.unheard}
    lost = {one.name: one.reported_lost for one in counted if one.reported_lost}
    silent = [one.name for one in all_of if one.sent is None]
    text = f"everything that {devices} sent is accounted for"
    text += f"; reported lost: {_listed(lost)}" if lost else ""
    text += f"; sent while nobody listened or on the way at the end: {_listed(unheard)}" if unheard else ""
    text += f"; how much was sent is not known of {', '.join(silent)}" if silent else ""
    return Finding(name, True, text, LOST if lost else NOT_KNOWN if silent else "")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} of {name}" for name, count in counts.items())
