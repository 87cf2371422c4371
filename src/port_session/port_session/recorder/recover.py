"""A whole MCAP with an index out of a cut, damaged or sealed recording: every message that holds, as it was recorded.

It is open. What was lost cannot be put back; the new file says in its metadata what it was made from.
"""

from pathlib import Path
from typing import Any

from mcap.writer import CompressionType, Writer

from port_session.recorder.condition import problem, since_first
from port_session.recorder.new_file import new_file
from port_session.recorder.read import Raw, Recording

#: Metadata of the new file: from, problem.
RECOVERED_FROM = "port.recovered"


def recover(recording: Recording, path: Path) -> int:
    """Write what `recording` holds as `path`; how many messages there are.

    Without any message nothing is written. Raises OSError; then there is nothing at `path`, either.
    """
    messages = recording.raw()
    first = next(messages, None)
    if first is None:
        return 0
    with new_file(path) as file:
        copy = _Copy(file)
        copy.add(first)
        for one in messages:
            copy.add(one)
        told = {"from": recording.path.name, "problem": problem(recording, since_first(recording))}
        copy.finish({**recording.metadata, RECOVERED_FROM: told})
    return copy.count


class _Copy:
    """An MCAP that is written from another one's messages."""

    def __init__(self, file: Any) -> None:
        self.count = 0
        self._writer = Writer(file, compression=CompressionType.ZSTD)
        self._writer.start(profile="ros2", library="port")
        self._schemas: dict[str, int] = {}
        self._channels: dict[int, int] = {}

    def add(self, one: Raw) -> None:
        message = one.message
        if one.channel.id not in self._channels:
            self._channels[one.channel.id] = self._add_channel(one)
        channel = self._channels[one.channel.id]
        self._writer.add_message(channel, message.log_time, message.data, message.publish_time, message.sequence)
        self.count += 1

    def finish(self, metadata: dict[str, dict[str, str]]) -> None:
        for name, values in metadata.items():
            self._writer.add_metadata(name, values)
        self._writer.finish()

    def _add_channel(self, one: Raw) -> int:
        schema, channel = one.schema, one.channel
        if schema.name not in self._schemas:
            self._schemas[schema.name] = self._writer.register_schema(schema.name, schema.encoding, schema.data)
        number = self._schemas[schema.name]
        return int(self._writer.register_channel(channel.topic, channel.message_encoding, number, channel.metadata))
