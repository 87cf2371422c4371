"""Whether the primary host is there, as its STATE messages say (Sparkplug 3.0, chapters 4 and 5). Pure."""

import orjson

from port_telemetry.core.sparkplug.edge_node import NAMESPACE


class PrimaryHost:
    """The host `host_id` as seen over one connection. An older word never overrules a newer one."""

    def __init__(self, host_id: str) -> None:
        self.topic = f"{NAMESPACE}/STATE/{host_id}"
        self.online = False
        self._stamp_ms = 0

    def hear(self, payload: bytes) -> None:
        """Take a STATE message; what is none is ignored."""
        try:
            state = orjson.loads(payload)
            online, stamp_ms = state["online"], state["timestamp"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return
        if type(online) is bool and type(stamp_ms) is int and stamp_ms >= self._stamp_ms:
            self.online, self._stamp_ms = online, stamp_ms
