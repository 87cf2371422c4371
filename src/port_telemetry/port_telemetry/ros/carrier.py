"""The thread that turns raw messages into records: it decodes, thins, numbers, encodes and hands over.

What is missing in a stream becomes a gap record here, in its place among the others. It may be late, for what waits
for it lies in a queue; it must not touch a subscription.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

from rclpy.impl.rcutils_logger import RcutilsLogger
from rclpy.serialization import deserialize_message

from port_ros.signed_stream import StreamCheck
from port_telemetry.core.continuity import Continuity, Hole, Place, Position
from port_telemetry.core.pace import Pace
from port_telemetry.core.raw_queue import Raw, RawQueue
from port_telemetry.core.record import Numbering, Record, Stream
from port_telemetry.core.seal import Sealer
from port_telemetry.mqtt.client import Sender
from port_telemetry.mqtt.target import Target
from port_telemetry.ros.streams import Source

#: State that has waited here for longer is not sent any more.
_LIVE_S = 1.0
_TICK_S = 1.0
_WAIT_S = 0.1


class Carried:
    """One stream on its way. topic: where it goes; what `Continuity` and `Pace` remember of it.

    proof: knows what the session's own node says on it; None: everybody is believed.
    """

    def __init__(
        self, source: Source, topic: str, known: Position | None, proof: StreamCheck | None = None
    ) -> None:  # fmt: skip
        self.source, self.topic = source, topic
        self.pace = Pace(source.period_s)
        self.continuity = Continuity(known)
        self.goes_first = source.stream is Stream.EVENT
        self._proof = proof

    def unproven(self, data: bytes, message: Any) -> str:
        """Why the session's own node is not known to have said this; empty where it is, or need not be."""
        if self._proof is None:
            return ""
        return self._proof.refusal(data, self.source.ros_topic, message.instance, message.sequence)

    def place(self, message: Any) -> Place | None:
        """The part of its source's count that `message` stands for; None where it says nothing, or nonsense."""
        try:
            return self.source.place(message)
        except ValueError:
            return None


class Records:
    """Makes the records of a session. sealed: streams, by their MQTT names, that `team` alone shall read."""

    def __init__(
        self, numbering: Numbering, target: Target, team: str, sealer: Sealer | None, sealed: Collection[str]
    ) -> None:  # fmt: skip
        self._numbering, self._target, self._team = numbering, target, team
        self._sealer, self._sealed = sealer, frozenset(sealed if sealer else ())

    def topic(self, source: Source) -> str:
        """Where a stream goes."""
        name = source.topic
        return self._target.team_topic(self._team, name) if name in self._sealed else self._target.topic(name)

    def record(self, carried: Carried, payload: bytes, stamp_ns: int, position: Position | None) -> Record:
        """The next one of a stream, sealed where it is to be."""
        source = carried.source
        record = self._numbering.record(carried.topic, source.stream, payload, source.schema, stamp_ns, position)
        return self._sealer.seal(record) if self._sealer and source.topic in self._sealed else record

    def gap(self, carried: Carried, count: int, reason: str) -> Record:
        """What stands for the next `count` of a stream, which will not come."""
        return self._numbering.gap(carried.topic, carried.source.stream, count, time.time_ns(), reason)


class Carrier:
    """Owns the thread, from `start` to `close`.

    see: shown each message that is fresh, by its stream's name. tick: called about once a second, and with True at the
    end, after the last message. Both in this thread.
    """

    def __init__(
        self, queue: RawQueue[Carried], sender: Sender, records: Records, logger: RcutilsLogger,
        see: Callable[[str, Any], None], tick: Callable[[bool], None],
    ) -> None:  # fmt: skip
        self._queue, self._sender, self._records, self._logger = queue, sender, records, logger
        self._see, self._tick = see, tick
        #: Messages that never came, by MQTT topic: of live state, which newer state replaces, and of all others.
        self.overtaken: Counter[str] = Counter()
        self.missing: Counter[str] = Counter()
        #: Messages that somebody said in the place of a node of the session.
        self.unproven = 0
        self.error: Exception | None = None
        #: How often its thread has looked or carried something: who watches it sees it go on.
        self.turns = 0
        #: All that it carries.
        self.streams: list[Carried] = []
        self._thread = threading.Thread(target=self._run, name="carrier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self, deadline_s: float) -> bool:
        """Carry what waits, for up to `deadline_s`, and end the thread; whether all of it was carried."""
        self._queue.close()
        self._thread.join(deadline_s)
        return not self._thread.is_alive() and self._queue.done

    def _run(self) -> None:
        try:
            self._serve()
        except Exception as error:
            self.error = error

    def _serve(self) -> None:
        due_s = time.monotonic() + _TICK_S
        while not self._queue.done:
            self.turns += 1
            for raw in self._queue.take(_WAIT_S):
                self._carry(raw)
            if (now_s := time.monotonic()) >= due_s:
                due_s = now_s + _TICK_S
                self._settle(now_s - _TICK_S)
                self._tick(False)
        self._settle(float("inf"))
        for carried in self.streams:
            if (hole := carried.continuity.rest()) is not None:
                self._tell(carried, hole)
        self._tick(True)

    def _settle(self, before_s: float) -> None:
        """Tell the losses that no message has carried since then."""
        for lost in self._queue.unsaid(before_s):
            self._tell(lost.stream, lost.stream.continuity.report(lost.messages, lost.why))

    def _carry(self, raw: Raw[Carried]) -> None:
        self.turns += 1
        carried, source = raw.stream, raw.stream.source
        try:
            message = deserialize_message(raw.data, source.kind)
            place = carried.place(message)
        except Exception as error:  # whatever somebody published: the others' messages go on
            self._follow(carried, None, raw)
            self._refuse(carried, error)
            return
        if unproven := carried.unproven(raw.data, message):
            self._leave_out(carried, raw, unproven)
            return
        self._follow(carried, place, raw)
        if source.stream is Stream.LIVE and time.monotonic() - raw.arrival_s > _LIVE_S:
            self.overtaken[carried.topic] += 1
            return
        try:
            self._see(source.topic, message)
            if carried.pace.due(raw.arrival_s, source.essence(message)):
                self.hand_over(carried, message, place)
        except (ValueError, TypeError, OverflowError) as error:
            self._refuse(carried, error)

    def hand_over(self, carried: Carried, message: Any, place: Place | None = None) -> None:
        """Make a record of `message` and give it away. Raises ValueError for one that contradicts itself."""
        payload, stamp_ns = carried.source.encode(message), carried.source.stamp_ns(message)
        position = place.position if place is not None else None
        self._sender.offer(self._records.record(carried, payload, stamp_ns, position))

    def _leave_out(self, carried: Carried, raw: Raw[Carried], why: str) -> None:
        """It has no place in the count of the one whose word this is; what was lost before it has."""
        self.unproven += 1
        if raw.lost:
            self._tell(carried, carried.continuity.report(raw.lost, raw.why))
        self._logger.warning(f"{carried.source.ros_topic}: not sent: {why}", throttle_duration_sec=5.0)

    def _refuse(self, carried: Carried, error: Exception) -> None:
        self._sender.refuse(carried.topic)
        self._logger.warning(f"{carried.source.ros_topic}: not sent: {error}", throttle_duration_sec=5.0)

    def _follow(self, carried: Carried, place: Place | None, raw: Raw[Carried]) -> None:
        step = carried.continuity.follow(place, raw.number, raw.lost, raw.why)
        if step.restarted:
            self._logger.info(f"{carried.source.ros_topic}: its source counts anew")
        if step.hole is not None:
            self._tell(carried, step.hole)

    def _tell(self, carried: Carried, hole: Hole) -> None:
        """A loss is a record; of live state, which newer state replaces, it is a figure alone."""
        if carried.source.stream is Stream.LIVE:
            self.overtaken[carried.topic] += hole.messages
            return
        self.missing[carried.topic] += hole.messages
        counted = f" ({hole.counted} {carried.source.counted})" if hole.counted else ""
        self._sender.offer(self._records.gap(carried, hole.messages, f"{hole.why}{counted}"))
        self._logger.warning(
            f"{carried.source.ros_topic}: {hole.messages} messages{counted} {hole.why}", throttle_duration_sec=5.0
        )
