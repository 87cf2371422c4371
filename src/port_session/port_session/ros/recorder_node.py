"""The recorder node: subscribes to the listed topics as they appear and records their bytes.

It observes only: it publishes nothing but its own diagnostics, and no other node waits for it. One thread takes the
bytes, one writes them.
"""

import importlib
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription
from rclpy.topic_endpoint_info import TopicEndpointInfo

from port_ros import life, parameters, realtime
from port_ros.diagnostics import Diagnostics, Health
from port_ros.parameters import ParameterError
from port_ros.taker import Taker
from port_ros.wait_set import WaitSetLoop
from port_session.recorder.loss_watch import LossWatch
from port_session.recorder.mcap_file import unused_paths
from port_session.recorder.recorder import COMPLETE_TYPES, Counts
from port_session.recorder.schema import UnknownType, definition, installed_text
from port_session.recorder.settings import read
from port_session.recorder.split_recorder import RecordedFile, SplitRecorder
from port_session.ros.offered_qos import channel_metadata

#: Deep enough for a second of every stream port knows, so that one slow moment loses nothing.
DEPTH = 1000

#: A write that has not come back for so long never will: longer than any disk takes for all that waits (64 MB, 1 MB/s).
WRITE_S = 90.0


class RecorderNode(Node):
    """Finds, subscribes, hands over; the writing is the recorder's."""

    def __init__(self) -> None:
        with realtime.taking_threads():
            super().__init__("recorder", automatically_declare_parameters_from_overrides=True)
        settings = read(parameters.read_tree(self))
        prefixes = tuple(Path(prefix) for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix)
        self._find_text = installed_text(prefixes)
        files = settings.files(self.resolve_topic_name)
        self._topics = [topic for file in files for topic in file.topics]
        self._subscriptions_by_topic: dict[str, tuple[QoSProfile, Subscription]] = {}
        self._refused: dict[str, str] = {}
        self._complete: set[str] = set()
        self._paths = unused_paths([file.path for file in files])
        self._recorder = self._begin([replace(file, path=path) for file, path in zip(files, self._paths, strict=True)])
        self._error = ""
        self._stuck = False
        self._losses = LossWatch()
        self.taker = Taker(self)
        self.create_timer(0.25, self._look_for_topics)
        self._diagnostics = Diagnostics(self, self._health)
        self.taker.start()

    def close(self) -> None:
        """Write what has arrived and the index; on a slow disk that takes long, and who waits is told."""
        self.taker.close()
        self._recorder.close(lambda waiting: print(f"writing, {waiting / 1e6:.0f} MB left", flush=True))
        if (counts := self._recorder.counts()).error:
            self.get_logger().error(f"{counts.error}; {self._names} ends without an index; lost: {_listed(counts)}")

    @property
    def _names(self) -> str:
        return ", ".join(path.name for path in self._paths)

    def _begin(self, files: Sequence[RecordedFile]) -> SplitRecorder:
        try:
            return SplitRecorder(files)
        except OSError as error:
            problem = f"{', '.join(map(str, self._paths))} cannot be made ({error.strerror})"
            raise ParameterError(f"{problem}: name a folder that can be written to, with room", "path") from error

    def _look_for_topics(self) -> None:
        for topic in self._topics:
            publishers = self.get_publishers_info_by_topic(topic)
            if publishers and topic not in self._refused:
                self._follow(topic, publishers)

    @property
    def writes(self) -> bool:
        """Whether what is taken is written, or may still be: a slow disk takes its time."""
        return self._recorder.stuck_s < WRITE_S

    def _follow(self, topic: str, publishers: Sequence[TopicEndpointInfo]) -> None:
        """Subscribe, or subscribe again when a publisher has come that the present subscription cannot hear."""
        type_name, profile = publishers[0].topic_type, compatible([one.qos_profile for one in publishers])
        if topic in self._subscriptions_by_topic:
            present, subscription = self._subscriptions_by_topic[topic]
            if not stricter(present, profile):
                return
            self.taker.unsubscribe(subscription)
        try:
            text, kind = definition(type_name, self._find_text), message_class(type_name)
        except (UnknownType, ImportError, AttributeError) as error:
            self._refused[topic] = str(error)
            return
        self._recorder.add_topic(topic, type_name, text, channel_metadata(publishers))
        self._subscriptions_by_topic[topic] = (profile, self._subscribe(kind, topic, profile))
        if type_name in COMPLETE_TYPES:
            self._complete.add(topic)

    def _subscribe(self, kind: type, topic: str, profile: QoSProfile) -> Subscription:
        recorder = self._recorder

        def taken(data: bytes, number: int | None) -> None:
            recorder.put(topic, time.time_ns(), data)

        def lost(count: int) -> None:
            recorder.lost(topic, count)

        return self.taker.subscribe(kind, topic, profile, taken, lost)

    def _health(self) -> Iterable[Health]:
        counts = self._recorder.counts()
        if counts.failure:  # ends the process; the next one begins a new file beside this one
            raise RecorderEnded(counts.failure)
        self._tell(counts)
        waiting = [topic for topic in self._topics if topic not in self._subscriptions_by_topic]
        written = sum(counts.written.values())
        lost = sum(count for topic, count in counts.lost.items() if topic in self._complete)
        losing, lost_words = self._losses.look(lost, time.monotonic())
        message = f"{written} messages of {len(self._subscriptions_by_topic)} topics, {lost_words}"
        level, remedy = "ok", ""
        if counts.error:
            level, remedy = "error", "make room: the recording then goes on by itself, and what still waits is kept"
            message = (
                f"{counts.error}; {counts.waiting_bytes >> 20} MiB wait in memory, {sum(counts.lost.values())} lost"
            )
        elif counts.stuck_s:
            level, remedy = "error", f"see whether the disk of {self._paths[0].parent} answers; what waits is kept"
            message = f"{_stuck(counts)}; {counts.waiting_bytes >> 20} MiB wait in memory"
        elif self._refused:
            level, remedy = "error", next(iter(self._refused.values()))
        elif losing:
            level, remedy = "warn", "lighten the load of this machine or record fewer topics"
        yield Health("recorder", level, message, remedy, {
            "file": self._names, "written": written, "lost": lost, "waiting_for": " ".join(waiting),
            "waiting_bytes": counts.waiting_bytes,
            **{f"lost {topic}": count for topic, count in counts.lost.items()},
        })  # fmt: skip

    def _tell(self, counts: Counts) -> None:
        """Log when writing fails or is stuck, and when it works again."""
        if bool(counts.stuck_s) != self._stuck:
            self._stuck = bool(counts.stuck_s)
            self.get_logger().warning(_stuck(counts) if self._stuck else f"{self._names} is written again")
        if counts.error == self._error:
            return
        self._error = counts.error
        if counts.error:
            self.get_logger().error(f"{counts.error}; messages wait in memory; lost so far: {_listed(counts)}")
        else:
            self.get_logger().info(f"{self._names} is written again; lost so far: {_listed(counts)}")


def _stuck(counts: Counts) -> str:
    return f"writing is stuck: the disk has not answered for {counts.stuck_s:.0f} s"


def _listed(counts: Counts) -> str:
    return ", ".join(f"{topic} {count}" for topic, count in sorted(counts.lost.items())) or "nothing"


class RecorderEnded(Exception):
    """The recorder could not go on; the message says why."""


def message_class(type_name: str) -> type:
    """The class of "package/msg/Name". Raises ImportError or AttributeError where it is not installed."""
    package, folder, name = type_name.split("/")
    found: type = getattr(importlib.import_module(f"{package}.{folder}"), name)
    return found


def compatible(offered: Sequence[QoSProfile]) -> QoSProfile:
    """The strictest profile that every one of the `offered` can serve."""
    reliable = all(profile.reliability == ReliabilityPolicy.RELIABLE for profile in offered)
    latched = all(profile.durability == DurabilityPolicy.TRANSIENT_LOCAL for profile in offered)
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST, depth=DEPTH,
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )  # fmt: skip


def stricter(present: QoSProfile, needed: QoSProfile) -> bool:
    """Whether `present` asks for more than `needed` does. A latched subscription hears latched publishers only."""
    return (present.reliability != needed.reliability and present.reliability == ReliabilityPolicy.RELIABLE) or (
        present.durability != needed.durability and present.durability == DurabilityPolicy.TRANSIENT_LOCAL
    )


def spin(node: RecorderNode, stop: life.Stop) -> None:
    """Serve the timers, until the stop is requested."""
    loop = WaitSetLoop(node, node.taker.subscriptions)
    while not stop.requested:
        loop.spin_once(0.1)
        node.taker.check()
        if node.writes:
            stop.heartbeat.beat(node.taker.turns)


def main(args: Sequence[str] | None = None) -> int:
    """Entry point."""
    return life.run(RecorderNode, args, spin)


if __name__ == "__main__":
    raise SystemExit(main())
