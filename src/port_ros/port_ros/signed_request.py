"""What is asked of a gate that lets the robot move: signed by the session's key, fresh, and used once.

The code is over all fields of the request but its `mac`, so that one that is added later is covered, too. Both ends are
here, so that they cannot differ. Knows no ROS.
"""

import hmac
from dataclasses import dataclass

from port_ros.session_key import mac_of

_PURPOSE = b"port request 1 "
#: How old a request may be, and how far in the future: both ends are on one machine.
AGE_NS, AHEAD_NS = 1_000_000_000, 100_000_000
ARM, RESET, RECOVER, OVERRIDE = "safety/arm", "safety/reset", "safety/recover", "safety/override"
REMEDIES = {
    ARM: "arm through the session: port session arm",
    RESET: "reset by the button of the e-stop station",
    RECOVER: "lead it by: port safety recover",
    OVERRIDE: "override by: port safety override",
}


@dataclass(frozen=True)
class SignedRequest:
    """service: by its topic name. session: that it is for. stamp_ns: system clock, when it was signed.

    data: all that it says, encoded; mac: what it came with.
    """

    service: str
    session: str
    stamp_ns: int
    data: bytes
    mac: bytes


def sign(key: bytes, service: str, data: bytes) -> bytes:
    """The code that proves a request that says `data`."""
    return mac_of(key, _PURPOSE + service.encode(), data)


class RequestCheck:
    """The gate's side: `session` is its own; without a key nobody may ask."""

    def __init__(self, session: str, key: bytes | None) -> None:
        self._session, self._key = session, key
        self._used: dict[bytes, int] = {}  # stamps by code, of the requests that are not too old to be tried again

    def refusal(self, request: SignedRequest, now_ns: int) -> str:
        """Why this request does not count, with the remedy; empty if it does. It counts once."""
        reason = self._reason(request, now_ns)
        if reason:
            return f"{reason}; {REMEDIES[request.service]}"
        self._used[request.mac] = request.stamp_ns
        return ""

    def _reason(self, request: SignedRequest, now_ns: int) -> str:
        if self._key is None:
            return "this gate has no session_key_file, so nobody may ask it"
        if request.session != self._session:
            return f"the request is for session {request.session or 'without a name'}, the gate is {self._session}'s"
        if not hmac.compare_digest(sign(self._key, request.service, request.data), request.mac):
            return "the request is not signed by the session"
        age_ns = now_ns - request.stamp_ns
        if not -AHEAD_NS <= age_ns <= AGE_NS:
            return f"the request was signed {age_ns / 1e9:.2f} s ago, {AGE_NS / 1e9:g} s are allowed"
        self._used = {mac: stamp_ns for mac, stamp_ns in self._used.items() if now_ns - stamp_ns <= AGE_NS}
        return "the request was used before" if request.mac in self._used else ""
