"""What the stops of this session say of the robot's profile: latency and deceleration as they were measured. Pure.

Nothing is stopped for it: each stop that happened left a record (port_safety/evidence/records.py).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from port_session.admission.finding import Finding
from port_session.admission.profile import RobotProfile

#: Slower than this, a way is too short to tell anything, m/s. What odometry errs by, m, and the wait for standstill, s.
_SLOWEST_MPS, _ERROR_M, _SETTLED_S = 0.15, 0.05, 0.2
#: So much longer than the profile explains, a way counts.
_SHARE = 1.25
#: Rules that stop a robot because its odometry is missing, or not to be believed.
_BLIND = frozenset({"input_timeout", "clock", "stuck_input", "pose_agreement"})

Record = Mapping[str, Any]


def stops_so_far(records: Iterable[Record], profile: RobotProfile) -> list[Finding]:
    """Of the last stop in motion: a robot that was mended and stopped again is well. Nothing before the first."""
    stops = [each for each in records if each.get("kind") == "stop" and _moved(each) and not _blind(each)]
    if not stops:
        return []
    last = stops[-1]
    if unheard := _unheard(last):
        problem = f"stop {last['event_id']}: {unheard}; its power was cut"
        remedy = (
            f"see that the base takes every command of {profile.command_out}; if it does, it is later or softer than "
            "limits.latency_s and limits.deceleration_mps2 say: measure them"
        )
        return [Finding("stops", False, problem, remedy, file=profile.file, key="limits")]
    if _too_far_m(last, profile) > 0.0:
        return [_longer(last, profile)]
    said = f"{last['distance_m']:.2f} m from {last['speed_at_start_mps']:.2f} m/s, as the profile explains"
    return [Finding("stops", True, detail=f"{said} (the last of {len(stops)} in motion)")]


def _moved(stop: Record) -> bool:
    return (stop.get("speed_at_start_mps") or 0.0) > _SLOWEST_MPS and stop.get("distance_m") is not None


def _blind(stop: Record) -> bool:
    """Whether it was stopped because nobody could tell how it moved: then its way was not measured either."""
    return any(each.get("rule") in _BLIND for each in stop.get("causes") or ())


def _unheard(stop: Record) -> str:
    """What `stop_response` said of it."""
    causes = stop.get("causes") or ()
    return next((str(each["reason"]) for each in causes if each.get("rule") == "stop_response"), "")


def _too_far_m(stop: Record, profile: RobotProfile) -> float:
    return float(stop["distance_m"]) - _SHARE * _explained_m(stop["speed_at_start_mps"], profile) - _ERROR_M


def _explained_m(speed_mps: float, profile: RobotProfile) -> float:
    reaction_s = profile.latency_s + profile.response_s
    return speed_mps * reaction_s + speed_mps**2 / (2 * profile.deceleration_mps2)


def _longer(stop: Record, profile: RobotProfile) -> Finding:
    """Names the figure that explains its way and its time better: one that answers late, or one that brakes softly."""
    speed_mps, way_m, took_s = (
        stop["speed_at_start_mps"],
        stop["distance_m"],
        (stop.get("duration_s") or 0.0) - _SETTLED_S,
    )
    reaction_s = profile.latency_s + profile.response_s
    late_s = way_m / speed_mps - speed_mps / (2 * profile.deceleration_mps2)
    soft_mps2 = speed_mps**2 / (2 * max(way_m - speed_mps * reaction_s, 1e-3))
    by_late_s, by_soft_s = late_s + speed_mps / profile.deceleration_mps2, reaction_s + speed_mps / soft_mps2
    key, value = (
        ("latency_s", f"{max(0.0, late_s - profile.response_s):.2f}")
        if abs(took_s - by_late_s) <= abs(took_s - by_soft_s)
        else ("deceleration_mps2", f"{soft_mps2:.2f}")
    )
    problem = (
        f"stop {stop['event_id']} from {speed_mps:.2f} m/s took {way_m:.2f} m, the profile explains "
        f"{_explained_m(speed_mps, profile):.2f} m: limits.{key} looks like {value}, it says {getattr(profile, key):g}"
    )
    remedy = (
        "measure it (`port evidence stops DIR`), and write what was measured into the profile: the gate brakes by it"
    )
    return Finding("stops", False, problem, remedy, file=profile.file, key=f"limits.{key}")
