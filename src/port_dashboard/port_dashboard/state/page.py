"""The page as one JSON-able value: what each part shows, how old that is, and whether it may be believed.

Pure: the clocks are arguments. Nothing here can ask the robot or the gate for anything. A value that is unknown or
too old never keeps the status `ok`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from port_dashboard.state import words
from port_dashboard.state.board import Picture, Plain, Zone
from port_dashboard.state.freshness import (
    HATCHED_MS,
    HEALTH_HATCHED_MS,
    NOT_LIVE_MS,
    SESSION_HATCHED_MS,
    Seen,
    age_ms,
    is_fresh,
)


@dataclass(frozen=True)
class Frame:
    """What does not change while the page is served."""

    session: str
    zones: Sequence[Zone] = ()
    expected_health: Sequence[str] = ()
    robot_radius_m: float = 0.4

    def __post_init__(self) -> None:
        if not 0.0 < self.robot_radius_m < 10.0:
            raise ValueError(f"robot_radius_m: {self.robot_radius_m} is not between 0 and 10")


def build(frame: Frame, picture: Picture, now_ns: int, now_system_ns: int) -> Plain:
    """The page. `now_ns`: monotonic clock of the ages; `now_system_ns`: system clock of the stamps."""
    age = age_ms(picture.safety, now_ns)
    safety = picture.safety.value if picture.safety else None
    believed = is_fresh(age, HATCHED_MS)
    return {
        "session": frame.session,
        "live": is_fresh(age, NOT_LIVE_MS),
        "not_live_ms": NOT_LIVE_MS,
        "state": _state(safety, age, now_system_ns, _session_state(picture.session, now_ns)),
        "causes": _causes(safety, believed),
        "inputs": _inputs(picture, safety, believed),
        "speed": _speed(safety, age),
        "gate": _gate(safety, age),
        "estops": _estops(picture, safety, now_ns),
        "plan": _plan(frame, picture, now_ns),
        "line": _line(picture.session, now_ns),
        "health": _health(frame, picture, now_ns),
        "events": _events(picture),
    }


def _tile(status: str, text: str, age: float | None, limit_ms: float, **more: Any) -> Plain:
    """A part of the page; past its limit the status is unknown, whatever it was."""
    status = status if is_fresh(age, limit_ms) else words.UNKNOWN
    return {"status": status, "text": text, "age_ms": age, "limit_ms": limit_ms, **more}


def _session_state(seen: Seen[Plain] | None, now_ns: int) -> str:
    """Of the session, if that is known now; else empty."""
    return str(seen.value["state"]) if seen and is_fresh(seen.age_ms(now_ns), SESSION_HATCHED_MS) else ""


def _state(safety: Plain | None, age: float | None, now_system_ns: int, session: str) -> Plain:
    if safety is None:
        more = {
            "word": "UNKNOWN",
            "reason": "The safety gate has not been heard yet.",
            "since_ms": None,
            "event_id": "",
        }
        return _tile(words.UNKNOWN, "Nothing is known about the robot.", None, HATCHED_MS, remedy=_START_GATE, **more)
    word = str(safety["state"])
    status, meaning = words.SAFETY_STATES.get(word, (words.UNKNOWN, "This page does not know this state."))
    meaning = words.meaning(word, meaning, session)
    return _tile(
        status, meaning, age, HATCHED_MS,
        word=word, reason=safety["reason"], remedy=words.remedy(word, safety["remedy"], session),
        event_id=safety["event_id"],
        since_ms=max(0.0, (now_system_ns - int(safety["since_ns"])) / 1e6),
    )  # fmt: skip


_START_GATE = "Check that the session runs: the process `gate` must be up."


def _causes(safety: Plain | None, believed: bool) -> list[Plain]:
    return [
        {
            "status": words.cause(cause) if believed else words.UNKNOWN,
            "first": index == 0,
            "gone": bool(cause["healthy"]),
            "rule": cause["rule"],
            "text": cause["reason"] or f"{cause['rule']} {cause['source']}".strip(),
            "value": words.quantity(cause["value"], cause["unit"]),
            "limit": words.quantity(cause["limit"], cause["unit"]),
        }
        for index, cause in enumerate(safety["causes"] if safety else [])
    ]


def _inputs(picture: Picture, safety: Plain | None, believed: bool) -> list[Plain]:
    tiles = []
    for reading in safety["inputs"] if safety else []:
        status, word = words.gate_input(reading)
        if status == words.ABNORMAL:
            word = _trouble(picture, reading) or word
        tiles.append({
            "name": reading["name"], "status": status if believed else words.UNKNOWN,
            "text": word if believed else "not current",
            "age": words.seconds(reading["age_s"]), "limit": words.seconds(reading["limit_s"]),
            "share": _share(reading["age_s"], reading["limit_s"]),
        })  # fmt: skip
    return tiles


def _trouble(picture: Picture, reading: Plain) -> str:
    """What is wrong with the device behind an input: its last word grows old because of that, and not by its clock."""
    name = str(reading["name"])
    station = picture.estops.get(name.removeprefix("estop "))
    if station is not None and station.value["link"] != "OK":
        return f"no answer for {words.seconds(reading['age_s'])}"
    health = picture.health.get(name)
    return str(health.value["message"]) if health is not None and health.value["level"] == "error" else ""


def _share(age_s: float | None, limit_s: float | None) -> float:
    """How much of its limit an age has used, 0 to 1."""
    if words.number(age_s) is None or words.number(limit_s) is None or not limit_s or age_s is None:
        return 1.0
    return min(1.0, max(0.0, age_s / limit_s))


def _speed(safety: Plain | None, age: float | None) -> Plain:
    if safety is None:
        return _tile(words.UNKNOWN, "no data", None, HATCHED_MS, requested=None, passed=None, measured=None)
    requested, passed = safety["requested"], safety["passed"]
    status, text = words.speed(safety)
    return _tile(
        status, text, age, HATCHED_MS,
        requested=words.number(requested["linear_mps"]), passed=words.number(passed["linear_mps"]),
        measured=words.number(safety["speed_mps"]),
        requested_yaw=words.number(requested["yaw_radps"]), passed_yaw=words.number(passed["yaw_radps"]),
    )  # fmt: skip


def _gate(safety: Plain | None, age: float | None) -> Plain:
    if safety is None:
        return _tile(words.UNKNOWN, "no data", None, HATCHED_MS, rows=[])
    degraded = any("degraded" in line for line in safety["realtime"])
    rows = [
        ["Enable", "on" if safety["enable"] else "off"],
        [
            "Tick",
            f"{words.quantity(safety['tick_hz'], 'Hz')}, jitter {words.quantity(safety['tick_jitter_p99_ms'], 'ms')}",
        ],
        ["Missed deadlines", str(safety["missed_deadlines"])],
        *[["Real time", line] for line in safety["realtime"]],
        ["Envelope", safety["envelope_hash"]],
        ["Epoch", str(safety["epoch"])],
    ]
    text = "real time degraded" if degraded else "real time granted"
    return _tile(words.ABNORMAL if degraded else words.OK, text, age, HATCHED_MS, rows=rows)


def _estops(picture: Picture, safety: Plain | None, now_ns: int) -> list[Plain]:
    if not picture.estops:
        return [_tile(words.UNKNOWN, "No station has been heard", None, HATCHED_MS, name="e-stop", rows=[], remedy="")]
    enable = bool(safety and safety["enable"])
    return [_estop(name, seen, enable, now_ns) for name, seen in picture.estops.items()]


def _estop(name: str, seen: Seen[Plain], enable: bool, now_ns: int) -> Plain:
    reading = seen.value
    status, text = words.estop(reading, enable)
    linked = reading["link"] == "OK"
    contact = {True: "closed", False: "open"}
    rows = [
        ["Channel A", contact[reading["a"]] if linked else "unknown"],
        ["Channel B", contact[reading["b"]] if linked else "unknown"],
        ["Relay", contact[reading["relay"]] if linked else "unknown"],
        ["Reset", ("pressed" if reading["reset"] else "not pressed") if linked else "unknown"],
    ]
    return _tile(status, text, seen.age_ms(now_ns), HATCHED_MS, name=name, rows=rows, remedy=reading["link_reason"])


def _plan(frame: Frame, picture: Picture, now_ns: int) -> Plain:
    pose = picture.pose.value if picture.pose else None
    status, text = (words.OK, "seen by the cameras") if pose else (words.UNKNOWN, "robot not seen yet")
    if picture.pose and not pose:
        text = "the robot's pose is not valid"
    zones = [{"name": zone.name, "kind": zone.kind, "polygon_m": zone.polygon_m} for zone in frame.zones]
    return _tile(
        status, text, age_ms(picture.pose, now_ns), HATCHED_MS,
        zones=zones, robot=pose, track_m=picture.track_m, robot_radius_m=frame.robot_radius_m,
    )  # fmt: skip


def _line(seen: Seen[Plain] | None, now_ns: int) -> Plain:
    if seen is None:
        return _tile(words.UNKNOWN, "session not heard yet", None, SESSION_HATCHED_MS, state="unknown")
    value = seen.value
    known = value["state"] in words.KNOWN_SESSION_STATES
    status = words.SESSION_STATES.get(value["state"], words.OK) if known else words.UNKNOWN
    kept = {key: value[key] for key in ("state", "robot", "team", "ground", "trial", "kind", "run")}
    return _tile(status, value["reason"], seen.age_ms(now_ns), SESSION_HATCHED_MS, **kept)


def _health(frame: Frame, picture: Picture, now_ns: int) -> list[Plain]:
    tiles = []
    for name in sorted({*picture.health, *frame.expected_health}):
        seen = picture.health.get(name)
        value = seen.value if seen else {"level": "stale", "message": "never heard", "remedy": ""}
        status = words.HEALTH_LEVELS.get(value["level"], words.UNKNOWN)
        more = {"name": name, "remedy": value["remedy"]}
        tiles.append(_tile(status, value["message"], age_ms(seen, now_ns), HEALTH_HATCHED_MS, **more))
    return sorted(tiles, key=lambda tile: tile["status"] == words.OK)


def _events(picture: Picture) -> list[Plain]:
    """Newest first; those that arrived in one burst are put in order of their stamps."""
    keep = ("stamp_ms", "source", "kind", "reason", "by", "status", "event_id")
    ordered = sorted(picture.events, key=lambda event: float(event["stamp_ms"]), reverse=True)
    return [{key: event[key] for key in keep} for event in ordered]
