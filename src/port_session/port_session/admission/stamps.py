"""What is wrong with the stamps of a stream, and what mends it. Pure."""

import datetime
import math

from port_session.admission.arrivals import Flow

#: A clock that was set by anybody is no further off than this; a stamp below the second was never set by the calendar.
_DAY_S, _NEVER_SET_S = 86_400.0, 10 * 365 * 86_400.0
#: Of the age at which the gate stops the robot: with stamps later than this, one late message is a stop.
_SHARE = 0.8
_CLOCKS = "set the clocks of both machines by one source (chrony, PTP), and stamp when the value was measured"


def wrong_stamps(flow: Flow, behind_s: float, ahead_s: float) -> tuple[str, str] | None:
    """Problem and remedy; None for stamps that the gate would take. behind_s, ahead_s: 0 where it looks at none."""
    if not behind_s or math.isnan(flow.lag_s):
        return None
    if flow.stamp_s == 0.0:
        return "its stamps are 0", "set header.stamp of each message to when the value was measured"
    if flow.stamp_s < _NEVER_SET_S:
        problem = f"stamped {_calendar(flow.stamp_s)}: by simulated time, or by a clock that was never set"
        return problem, "set use_sim_time to false on the robot's nodes, or the clock of its computer (chrony)"
    if flow.same_stamp:
        return "each message carries the same stamp", "stamp each message when its value was measured"
    if abs(flow.lag_s) > _DAY_S:
        problem = f"stamped {_calendar(flow.stamp_s)}, {_years(flow.lag_s)} this machine's clock"
        return problem, f"set the clock of the robot's computer; {_CLOCKS}"
    if flow.lag_s > _SHARE * behind_s:
        most = f"the gate takes {behind_s:g} s at most"
        return f"stamps are {flow.lag_s:.2f} s behind this machine's clock; {most}", _CLOCKS
    if ahead_s and -flow.lag_s > ahead_s:
        return f"stamps are {-flow.lag_s:.2f} s ahead of this machine's clock", _CLOCKS
    return None


def _calendar(stamp_s: float) -> str:
    return f"{datetime.datetime.fromtimestamp(stamp_s, datetime.UTC):%Y-%m-%d %H:%M:%S}"


def _years(lag_s: float) -> str:
    days = abs(lag_s) / _DAY_S
    far = f"{days / 365.25:.0f} years" if days > 730 else f"{days:.0f} days"
    return f"{far} {'behind' if lag_s > 0 else 'ahead of'}"
