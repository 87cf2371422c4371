"""What a recording that was read is worth, in words: whole, cut off at its end, damaged, or locked. Pure."""

from collections.abc import Callable, Sequence

from port_session.recorder.age_reader import Extent
from port_session.recorder.read import Hole, Recording

#: A stamp as seconds from some start.
Seconds = Callable[[int], float]
_HOLES_TOLD = 4


def problem(recording: Recording, seconds: Seconds) -> str:
    """What is wrong with `recording`, which was read to its end; empty if it is whole."""
    if recording.locked or recording.unreadable:
        return recording.locked or recording.unreadable
    if recording.extent and not recording.extent.whole:
        return _sealed(recording, recording.extent, seconds)
    if recording.damaged:
        return _damage(recording, seconds)
    if recording.complete:
        return ""
    if recording.last_ns is None:
        return "holds no message that can be read"
    return f"was cut off; readable up to its last chunk, at {seconds(recording.last_ns):.1f} s"


def since_first(recording: Recording) -> Seconds:
    """Stamps as seconds from the first message that was read of `recording`."""

    def seconds(stamp_ns: int) -> float:
        return (recording.clock.time_ns(stamp_ns) - recording.clock.time_ns(recording.first_ns or 0)) / 1e9

    return seconds


def _sealed(recording: Recording, extent: Extent, seconds: Seconds) -> str:
    """Of a sealed file that does not hold to its end: the words of MCAP's own damages do not say that."""
    last_ns = recording.last_ns
    readable = "no message can be read" if last_ns is None else f"readable up to there, at {seconds(last_ns):.1f} s"
    if extent.damaged:
        return f"is damaged at its byte {extent.at_byte}; {readable}; what is behind that is not trusted"
    if extent.rest_bytes:
        return f"was cut off, or is damaged in its last chunk, at its byte {extent.at_byte}; {readable}"
    return f"was cut off at its byte {extent.at_byte}; {readable}"


def _damage(recording: Recording, seconds: Seconds) -> str:
    if recording.missing == 0:
        return "is damaged; none of its messages is missing"
    spans = [span for hole in recording.holes if (span := _span(recording, hole, seconds))]
    at = f" at {spans[0][0]:.1f} s" if spans else ""
    end = "" if recording.index else "; cut off at its end, too"
    return f"is damaged{at}: {_places(spans)}missing{_amount(recording, spans, seconds)}{end}"


def _span(recording: Recording, hole: Hole, seconds: Seconds) -> tuple[float, float] | None:
    """From when to when nothing is there, as far as neighbours or the file's own end say."""
    first_ns, last_ns = _ends(recording)
    if hole.before_ns is None and recording.index is None:
        return None  # that is where the file was cut off
    after_ns = first_ns if hole.after_ns is None else hole.after_ns
    before_ns = last_ns if hole.before_ns is None else hole.before_ns
    return None if after_ns is None or before_ns is None else (seconds(after_ns), seconds(before_ns))


def _ends(recording: Recording) -> tuple[int | None, int | None]:
    statistics = recording.index.statistics if recording.index else None
    if statistics is None or not statistics.message_count:
        return recording.first_ns, recording.last_ns
    return statistics.message_start_time, statistics.message_end_time


def _places(spans: Sequence[tuple[float, float]]) -> str:
    told = ", ".join(f"{start_s:.1f} to {end_s:.1f} s" for start_s, end_s in spans[:_HOLES_TOLD])
    more = len(spans) - _HOLES_TOLD
    return f"{told}{f' and {more} more places' if more > 0 else ''} " if told else ""


def _amount(recording: Recording, spans: Sequence[tuple[float, float]], seconds: Seconds) -> str:
    told = []
    first_ns, last_ns = _ends(recording)
    if spans and first_ns is not None and last_ns is not None:
        lost_s = sum(end_s - start_s for start_s, end_s in spans)
        told.append(f"{lost_s:.1f} of {seconds(last_ns) - seconds(first_ns):.1f} s")
    if recording.missing is not None:
        told.append(f"{recording.missing} of {recording.recorded} messages")
    return f" ({'; '.join(told)})" if told else ", how much is not known"
