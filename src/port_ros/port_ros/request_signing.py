"""Signs a request to a gate, and takes a signed one apart: what has a `session`, a `stamp` and a `mac`.

What is signed is the request's fields as JSON: the middleware's own encoding has bytes between the fields that it does
not set, so the same request may have two.
"""

import json
import time
from typing import Any

from port_ros import stamps
from port_ros.session_key import MAC_BYTES
from port_ros.signed_request import SignedRequest, sign

_MAC = "mac"


def sign_request(request: Any, service: str, session: str, key: bytes, stamp_ns: int | None = None) -> Any:
    """`request` to `service` of `session`, stamped now unless a stamp is given, and signed."""
    request.session = session
    request.stamp = stamps.to_msg(time.time_ns() if stamp_ns is None else stamp_ns)
    request.mac = list(sign(key, service, _said(request)))
    return request


def signed(request: Any, service: str) -> SignedRequest:
    """What has arrived, for RequestCheck."""
    mac = bytes(request.mac)[:MAC_BYTES]
    return SignedRequest(service, request.session, stamps.to_ns(request.stamp), _said(request), mac)


def _said(request: Any) -> bytes:
    fields = _fields(request)
    del fields[_MAC]
    return json.dumps(fields, separators=(",", ":")).encode()


def _fields(message: Any) -> dict[str, Any]:
    return {name: _plain(getattr(message, name)) for name in message.get_fields_and_field_types()}


def _plain(value: Any) -> Any:
    if hasattr(value, "get_fields_and_field_types"):
        return _fields(value)
    return value.tolist() if hasattr(value, "tolist") else value
