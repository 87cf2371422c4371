"""What a robot does with the points of a trajectory, followed from a moment on. Not by the formulas of the gate."""

from dataclasses import dataclass

from port_safety.commands.trajectory_points import Point

Row = tuple[float, ...]


@dataclass(frozen=True)
class Plan:
    """Points as they are sent, and when their time begins (monotonic, ns)."""

    points: tuple[Point, ...]
    start_ns: int

    @property
    def duration_s(self) -> float:
        return self.points[-1].at_s

    @property
    def is_line(self) -> bool:
        return not self.points[0].velocities

    def at(self, now_ns: int) -> tuple[Row, Row]:
        """Position and velocity of every joint, as a controller interpolates them."""
        return self.after((now_ns - self.start_ns) / 1e9)

    def after(self, elapsed_s: float) -> tuple[Row, Row]:
        rest = (0.0,) * len(self.points[0].positions)
        if elapsed_s >= self.points[-1].at_s:
            return self.points[-1].positions, rest
        if elapsed_s < self.points[0].at_s:
            return self.points[0].positions, rest
        index = max(number for number, point in enumerate(self.points) if point.at_s <= elapsed_s)
        return _within(self.points[index], self.points[index + 1], elapsed_s)

    def samples(self, count: int = 12) -> list[tuple[Row, Row]]:
        """Places and speeds within every piece, its ends left out: there two pieces meet."""
        found = []
        for before, after in zip(self.points, self.points[1:], strict=False):
            span_s = after.at_s - before.at_s
            for number in range(1, count):
                elapsed_s = before.at_s + span_s * number / count
                if before.at_s < elapsed_s < after.at_s:
                    found.append(_within(before, after, elapsed_s))
        return found

    def accelerations(self) -> float:
        """The greatest of any joint at the ends of its pieces, where a cubic's is greatest; 0 of lines."""
        worst = 0.0
        for before, after in zip(self.points, self.points[1:], strict=False):
            span_s = after.at_s - before.at_s
            if not (before.velocities and after.velocities):
                continue
            rows = zip(before.positions, after.positions, before.velocities, after.velocities, strict=True)
            for p0, p1, v0, v1 in rows:
                mean = (p1 - p0) / span_s
                begins, ends = (6.0 * mean - 4.0 * v0 - 2.0 * v1) / span_s, (2.0 * v0 + 4.0 * v1 - 6.0 * mean) / span_s
                worst = max(worst, abs(begins), abs(ends))
        return worst


def _within(before: Point, after: Point, elapsed_s: float) -> tuple[Row, Row]:
    span_s = after.at_s - before.at_s
    u = (elapsed_s - before.at_s) / span_s
    places, speeds = [], []
    for joint, (p0, p1) in enumerate(zip(before.positions, after.positions, strict=True)):
        if before.velocities and after.velocities:
            m0, m1 = before.velocities[joint] * span_s, after.velocities[joint] * span_s
            c2, c3 = 3.0 * (p1 - p0) - 2.0 * m0 - m1, 2.0 * (p0 - p1) + m0 + m1
            places.append(p0 + m0 * u + c2 * u * u + c3 * u * u * u)
            speeds.append((m0 + 2.0 * c2 * u + 3.0 * c3 * u * u) / span_s)
        else:
            places.append(p0 + (p1 - p0) * u)
            speeds.append((p1 - p0) / span_s)
    return tuple(places), tuple(speeds)
