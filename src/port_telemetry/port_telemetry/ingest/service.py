"""The ingest: takes what edges send, stores it once and in order, and tells them with its signature what is stored.

The network's thread only queues; a thread of its own stores. What it cannot take it drops: it was not acknowledged,
so it comes again.
"""

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from port_telemetry.core.ack import Ack, seal
from port_telemetry.core.record import GAP_SCHEMA, Key
from port_telemetry.ingest.delivery import BadDelivery, Live, Numbered, base_of, read
from port_telemetry.ingest.edge_keys import EdgeKeys, NotGenuine, Proof
from port_telemetry.ingest.link import Inbox, Link, Message
from port_telemetry.ingest.store import Arrived, Database, LiveState, StoreError
from port_telemetry.ingest.tally import Tally
from port_telemetry.ingest.watermark import Watermarks

#: How many messages one transaction takes, how long it waits for them, and how often a hole is complained of.
_BATCH_MESSAGES, _LINGER_S, _AGAIN_S = 1000, 0.02, 0.5
_RETRY_S = 1.0
_MAX_COMPLAINTS = 10_000


class Ingest:
    """Stores into `database` what comes over `link`, from birth until `close`.

    key: signs the acks; None sends none. edges: folder of the keys by which edges sign their safety messages.
    """

    def __init__(
        self, link: Link, inbox: Inbox, database: Database, key: Ed25519PrivateKey | None, edges: Path | None = None
    ) -> None:
        self._link, self._inbox, self._database, self._key = link, inbox, database, key
        self._edges = EdgeKeys(edges)
        self._watermarks = Watermarks()
        self._watermarks.load(database.watermarks())
        self._live = database.live()
        self._tally, self._lock = Tally(database.stored()), threading.Lock()
        self._complained: dict[Key, float] = {}
        self._closed = False
        link.on_connected = self._greet
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)
        self._thread.start()

    def summary(self) -> dict[str, Any]:
        """The account so far."""
        with self._lock:
            return self._tally.summary()

    def close(self) -> None:
        """Store what has arrived, acknowledge it, and end the thread."""
        self._closed = True
        self._inbox.wake()
        self._thread.join()

    def _run(self) -> None:
        while True:
            messages = self._inbox.take(_BATCH_MESSAGES, _LINGER_S)
            if not messages and self._closed:
                return
            try:
                self._store(messages)
            except StoreError as error:
                self._fail(error)

    def _store(self, messages: list[Message]) -> None:
        now_ns = time.time_ns()
        arrived: list[Arrived] = []
        live: dict[str, LiveState] = {}
        again: dict[Key, int] = {}
        refused: dict[Key, int] = {}
        for delivery in self._trusted(messages, refused):
            if isinstance(delivery, Live):
                self._see(delivery, now_ns, live)
            else:
                self._accept(delivery, now_ns, arrived, again)
        if arrived or live:
            self._database.commit(arrived, live.values())
        self._count(arrived, live)
        self._acknowledge({delivery.key for delivery in arrived}, again, refused)

    def _trusted(self, messages: list[Message], refused: dict[Key, int]) -> Iterator[Numbered | Live]:
        """What may be stored; what a safety topic got from somebody else is named in `refused`."""
        for message in messages:
            try:
                delivery = read(message.topic, message.payload, message.named)
                proof = self._edges.check(delivery)
            except NotGenuine as error:
                refused[error.key] = error.seq
                self._say_refused(error, error.key.topic)
                continue
            except BadDelivery as error:
                self._say_refused(error)
                continue
            if proof is Proof.UNPROVEN:
                with self._lock:
                    self._tally.doubt()
            yield delivery

    def _see(self, state: Live, now_ns: int, live: dict[str, LiveState]) -> None:
        """Keep the newest of each topic; what the broker had retained comes again with each connection."""
        number = state.epoch, state.seq
        if state.seq and number <= self._live.get(state.topic, (0, 0)):
            return
        self._live[state.topic] = number
        before = live[state.topic].count if state.topic in live else 0
        live[state.topic] = LiveState(
            state.topic, state.epoch, state.seq, state.schema, state.stamp_ns, now_ns, state.payload, before + 1
        )

    def _accept(self, delivery: Numbered, now_ns: int, arrived: list[Arrived], again: dict[Key, int]) -> None:
        batch = self._watermarks.accept(delivery.key, delivery.items)
        if batch.hole:
            again[delivery.key] = self._watermarks[delivery.key]
        if batch.items or batch.duplicates:
            arrived.append(Arrived(delivery.key, batch.items, batch.duplicates, now_ns))

    def _count(self, arrived: list[Arrived], live: Mapping[str, LiveState]) -> None:
        with self._lock:
            for delivery in arrived:
                self._tally.repeat(delivery.duplicates)
                for item in delivery.items:
                    if item.schema == GAP_SCHEMA:
                        self._tally.lose(item.span)
                    else:
                        self._tally.add(delivery.key.topic, item.schema, item.payload)
            for state in live.values():
                self._tally.add(state.topic, state.schema, state.payload, state.count)

    def _acknowledge(self, keys: set[Key], again: dict[Key, int], refused: dict[Key, int]) -> None:
        acks: defaultdict[str, tuple[dict[Key, int], ...]] = defaultdict(lambda: ({}, {}, {}))
        for key in keys:
            acks[base_of(key.topic)][0][key] = self._watermarks[key]
        for place, complaints in ((1, again), (2, refused)):
            for key, number in complaints.items():
                if self._may_complain(key):
                    acks[base_of(key.topic)][place][key] = number
        for base, (stored, holes, forged) in acks.items():
            self._say(base, Ack(stored, holes, refused=forged))

    def _may_complain(self, key: Key) -> bool:
        """Whether it is long enough since the last time."""
        now_s = time.monotonic()
        if now_s - self._complained.get(key, -_AGAIN_S) < _AGAIN_S:
            return False
        if len(self._complained) >= _MAX_COMPLAINTS:
            # Whoever forges may invent sequences without end.
            self._complained.clear()
        self._complained[key] = now_s
        return True

    def _greet(self) -> None:
        """After each connect: what edges sent meanwhile may have met nobody."""
        for base in {base_of(key.topic) for key in list(self._watermarks.keys())}:
            self._say(base, Ack(restarted=True))

    def _say(self, base: str, ack: Ack) -> None:
        if self._key is not None:
            topic = f"{base}/ack"
            self._link.publish(topic, *seal(ack, topic, self._key))

    def _say_refused(self, error: BadDelivery, forged_topic: str = "") -> None:
        with self._lock:
            first = self._tally.forge(forged_topic) if forged_topic else self._tally.refuse()
        if first:
            print(f"ingest: refused: {error}", file=sys.stderr)

    def _fail(self, error: StoreError) -> None:
        """Nothing of the batch is stored; the edges will send it again."""
        print(f"ingest: {error}", file=sys.stderr)
        while not self._closed:
            time.sleep(_RETRY_S)
            try:
                self._watermarks.load(self._database.watermarks())
                self._live = self._database.live()
                return
            except StoreError as again:
                print(f"ingest: {again}", file=sys.stderr)
