"""How high a robot or a person jumped on the force plates, by two methods that must agree."""

from collections.abc import Iterator

from port_session.trials.indicator import Indicator, NotMeasured, Result
from port_session.trials.run_data import JumpSeen, RunData

_CONTRADICT = "impulse and flight time contradict each other"


def _jumps(run: RunData) -> Iterator[JumpSeen]:
    if not run.jumps:
        raise NotMeasured("no jump could be measured on the plates in this run")
    yield from run.jumps


def by_impulse(run: RunData) -> list[Result]:
    """Of every jump, m."""
    return [Result(one.height_impulse_m, one.u_impulse_m, one.at_s, _remark(one)) for one in _jumps(run)]


def by_flight_time(run: RunData) -> list[Result]:
    """Of every jump, m."""
    return [Result(one.height_flight_m, one.u_flight_m, one.at_s, _remark(one)) for one in _jumps(run)]


def _remark(jump: JumpSeen) -> str:
    return _CONTRADICT if jump.contradicts else ""


JUMP_HEIGHT_IMPULSE = Indicator(
    name="jump_height_impulse", title="Jump height by impulse", unit="m", needs=("plates",), better="higher",
    method="take-off velocity v from the impulse above weight, v²/2g (docs/force_plates.md)",
    source="Linthorne, Am. J. Phys. 69 (2001) 1198; GB/T 44251-2024 clause 8 measures jump height, its text was not "
    "seen", measure=by_impulse,
)  # fmt: skip

JUMP_HEIGHT_FLIGHT = Indicator(
    name="jump_height_flight", title="Jump height by flight time", unit="m", needs=("plates",), better="higher",
    method="g·t²/8 of the time t in the air (docs/force_plates.md)", source="as jump_height_impulse",
    measure=by_flight_time,
)  # fmt: skip
