"""What the ground's devices and the gate say of themselves beyond well or ill, for a person to look at. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from port_session.admission.finding import Finding

_REALTIME = "realtime"


def ground_claims(
    ground: Mapping[str, Any], values: Mapping[str, Mapping[str, str]], granted: Sequence[str]
) -> list[Finding]:
    """ground: of the description; values: of each diagnosis by its name; granted: what the gate says of its rights."""
    return [*_tags(ground, values), *_rights(granted)]


def _tags(ground: Mapping[str, Any], values: Mapping[str, Mapping[str, str]]) -> list[Finding]:
    """By its floor tags a camera shows that it was not knocked: one that sees none cannot."""
    if not ground["floor_tags"]:
        return []
    return [_camera(f"camera {name} floor tags", values.get(f"camera {name}", {})) for name in ground["cameras"]]


def _camera(name: str, values: Mapping[str, str]) -> Finding:
    seen = values.get("floor_tags", "")
    if seen and seen != "none seen":
        return Finding(name, True, detail=seen)
    remedy = "clear and light the tags in its view, or survey them anew (floor_tags in the ground's file)"
    return Finding(name, True, remedy=remedy, detail="sees none of them: nobody would notice a knock", odd=True)


def _rights(granted: Sequence[str]) -> list[Finding]:
    """What a gate without them does is right, and late on a busy machine."""
    lacking = [line for line in granted if "degraded" in line]
    if not granted:
        return []
    if not lacking:
        return [Finding(_REALTIME, True, detail=", ".join(granted))]
    remedy = "let this user have rtprio and memlock (limits.d), or the container CAP_SYS_NICE and IPC_LOCK"
    return [Finding(_REALTIME, True, remedy=remedy, detail="; ".join(lacking), odd=True)]
