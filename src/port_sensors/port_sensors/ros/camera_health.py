"""What is said about a camera in /diagnostics: the worst thing first, with its remedy."""

from port_ros.diagnostics import Health
from port_ros.machine_load import MachineLoad, remedy_for_late, too_busy
from port_sensors.core.floor_tags import TagCheck
from port_sensors.core.view import Seen
from port_sensors.drivers.camera import CameraLink
from port_sensors.drivers.lookout import Lookout

_DELAY_LIMIT_S = 0.5
_KNOCKED_REMEDY = "fasten it, then survey it anew: port calibrate extrinsics"


def health_of(
    name: str,
    rate_hz: float,
    link: CameraLink,
    lookout: Lookout,
    seen: Seen | None,
    calibration_problem: str,
    distrust: str,
    stamp_offset_s: float,
    tags: TagCheck | None,
    load: MachineLoad,
) -> Health:
    """The health of camera `name`, which should give `rate_hz`. distrust: why its poses do not count, else empty.

    load: of this machine. What it was too busy to read is no fault of the camera.
    """
    level, message, remedy = _verdict(rate_hz, link, lookout, seen, calibration_problem, load)
    if distrust and level != "error":
        level, message, remedy = "error", f"camera {name} was knocked: {distrust}", _KNOCKED_REMEDY
    elif tags is not None and tags.moved and level == "ok":
        moved = ", ".join(map(str, tags.moved))
        level, message, remedy = "warn", f"floor tag {moved} is not where it was surveyed", "put it back or survey it"
    values = {
        "rate_hz": f"{link.rate_hz:.1f}",
        "received": link.received,
        "gaps": "the camera numbers no frames" if link.lost is None else link.lost,
        "skipped": lookout.skipped,
        "rejected_bytes": link.rejected_bytes,
        "reconnects": link.reconnects,
        "stamp": link.stamp_meaning or "unknown",
        "stamp_offset_ms": f"{stamp_offset_s * 1e3:.1f}",
        "delay_ms": f"{link.delay_s * 1e3:.1f}",
        "floor_tags": "not looked for" if tags is None else _tags_seen(tags),
        "marker": "seen" if seen and seen.corners_px is not None else "not seen",
    }
    return Health(f"camera {name}", level, message, remedy, values)


def _tags_seen(tags: TagCheck) -> str:
    return f"{tags.seen} seen, {tags.shift_px:.1f} px off" if tags.seen else "none seen"


def _verdict(
    rate_hz: float, link: CameraLink, lookout: Lookout, seen: Seen | None, calibration_problem: str, load: MachineLoad
) -> tuple[str, str, str]:
    """Level, message, remedy."""
    if not link.connected:
        return "error", link.reason, link.remedy
    if calibration_problem:
        return "error", f"not calibrated: {calibration_problem}", "calibrate it, or correct `calibration` and `pose`"
    if lookout.failure:
        return "error", f"pictures cannot be judged: {lookout.failure}", "report this with a recording"
    if seen is None:
        return "error", "no picture yet", remedy_for_late("look at the camera's own page", load)
    if seen.problem:
        return "error", seen.problem, "check the camera's resolution and its network; calibrate it as it is used"
    if abs(link.delay_s) > _DELAY_LIMIT_S:
        remedy = "set the camera's clock by NTP"
        remedy = remedy_for_late(remedy, load) if link.delay_s > 0.0 else remedy
        return "error", f"pictures are {link.delay_s:.2f} s old by their stamp", remedy
    return _lesser_verdict(rate_hz, link, seen, load)


def _lesser_verdict(rate_hz: float, link: CameraLink, seen: Seen, load: MachineLoad) -> tuple[str, str, str]:
    if seen.occupancy is not None and not seen.occupancy.valid:
        return "warn", f"occupancy unknown: {seen.occupancy.reason}", "keep people off the ground until it is learnt"
    if link.rate_hz < 0.8 * rate_hz:
        remedy = too_busy(load) if load.busy else "check the camera's network and exposure"
        return "warn", f"{link.rate_hz:.1f} pictures a second, not {rate_hz:g}", remedy
    return "ok", f"{link.rate_hz:.1f} pictures a second", ""
