"""What can go wrong with the meaning of the e-stop link's frames, on purpose and repeatably, beside damaged bytes.

The frame itself is sound and its CRC good. With `lose` and `duplicate` these are the errors of IEC 61784-3.
"""

from collections import deque
from dataclasses import replace

from port_sensors.protocol.estop_link import STATE_BYTES, State, encode
from port_sim.faults import ECHO, FRAME_KINDS, KINDS, Fault, Faults


class FrameFaults(Faults):
    """Damages what an e-stop station sends.

    swap: a frame after the next one. delay: all, by `rate` seconds. insert: one more, of another session. masquerade:
    with an echo of nothing. readdress: with another station's number. age: with inputs sampled a second ago.
    """

    kinds = (*KINDS, ECHO, *FRAME_KINDS)

    def __init__(self, seed: int = 1) -> None:
        super().__init__(seed)
        self._held: deque[tuple[float, bytes]] = deque()

    def send(self, frame: State, now_s: float) -> bytes:
        """What leaves the damaged station at `now_s` when it sends `frame`."""
        frames, due_s = [frame], now_s
        for fault in self._now(now_s):
            if fault.kind == "delay":
                due_s = now_s + fault.rate
            elif fault.kind in FRAME_KINDS and self._hits(1, fault.rate):
                self.count += 1
                frames = _rewritten(frame, fault.kind)
        self._held.extend((due_s, encode(one)) for one in frames)
        return self.apply(self._due(now_s), STATE_BYTES, now_s)

    def _due(self, now_s: float) -> bytes:
        data = b""
        while self._held and self._held[0][0] <= now_s:
            data += self._held.popleft()[1]
        return data

    def _damaged(self, data: bytes, fault: Fault, frame_bytes: int) -> bytes:
        return data if fault.kind in FRAME_KINDS else super()._damaged(data, fault, frame_bytes)


def _rewritten(frame: State, kind: str) -> list[State]:
    """What is sent in place of `frame`."""
    match kind:
        case "swap":
            return [replace(frame, sequence=frame.sequence + 1), frame]
        case "insert":
            return [frame, replace(frame, session=frame.session ^ 1)]
        case "masquerade":
            return [replace(frame, echo=frame.echo ^ 1)]
        case "readdress":
            return [replace(frame, station=frame.station ^ 1)]
        case _:
            return [replace(frame, sample_age_s=1.0)]
