"""How a robot may move by now, by what was let through to it: late by its latency and lag, slowing down as it can.

Kept from tick to tick; what is measured is held against it by the rule `command_following`.
"""

import math
from collections import deque

from port_safety.commands.twist import Motion
from port_safety.model.robot_model import RobotModel
from port_safety.rules.context import Expected, Span

#: A first-order lag is over after so many time constants, but for 5 %.
LAGS = 3.0
#: Beyond latency and lag: a tick, and the age of what is measured.
LATE_S = 0.1
#: A robot slows down with this share of its deceleration at least.
SLOWING_SHARE = 0.5


class ExpectedMotion:
    """Of one robot that is commanded by a twist; starts at rest."""

    def __init__(self, robot: RobotModel) -> None:
        braking = robot.braking
        self._late_ns = round((braking.latency_s + LAGS * braking.response_s + LATE_S) * 1e9)
        slowing_mps2 = SLOWING_SHARE * braking.deceleration_mps2
        self._slowing = (slowing_mps2, slowing_mps2, slowing_mps2 / robot.radius_m)
        self._told: deque[tuple[int, Motion]] = deque()
        self._spans: Expected = (Span(0.0, 0.0),) * 3
        self._at_ns: int | None = None
        self._steady = False

    def note(self, motion: Motion, now_ns: int) -> None:
        """`motion` is what leaves the gate now."""
        if self._steady and motion == self._told[-1][1]:
            self._at_ns = now_ns
            return
        if not self._told or self._told[-1][1] != motion:
            self._told.append((now_ns, motion))
        while len(self._told) > 1 and self._told[1][0] <= now_ns - self._late_ns:
            self._told.popleft()
        elapsed_s = 0.0 if self._at_ns is None else max(0.0, (now_ns - self._at_ns) / 1e9)
        self._at_ns = now_ns
        columns = zip(*(_parts(each) for _, each in self._told), strict=True)
        rows = zip(self._spans, columns, self._slowing, strict=True)
        self._spans = tuple(_stepped(span, values, rate * elapsed_s) for span, values, rate in rows)  # type: ignore[assignment]
        # Once nothing older counts, what is told again changes nothing: from rest to what is told, and no further.
        ends = tuple(Span(min(value, 0.0), max(value, 0.0)) for value in _parts(motion))
        self._steady = len(self._told) == 1 and self._spans == ends

    @property
    def spans(self) -> Expected:
        """Of vx, vy (m/s) and wz (rad/s)."""
        return self._spans


def _parts(motion: Motion) -> tuple[float, float, float]:
    return motion.vx, motion.vy, motion.wz


def _stepped(span: Span, told: tuple[float, ...], slower: float) -> Span:
    """What was told within the delay, and what is left of before. A number that is none bounds nothing."""
    least, most = min(told), max(told)
    if not (math.isfinite(least) and math.isfinite(most)):
        return span
    return Span(min(least, 0.0 if span.least > -slower else span.least + slower, least),
                max(most, 0.0 if span.most < slower else span.most - slower, most))  # fmt: skip
