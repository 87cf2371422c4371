"""The node of all force plates of a ground: full-rate blocks, slow values, the tare service, diagnostics.

Drivers read in threads of their own; a 10 ms timer fetches what they have and publishes it, so no callback waits.
`samples` carries every sample; `wrench` and `cop` are low-passed values at 100 Hz at most, for eyes and slow consumers;
with several plates the same of all together comes under `force_plates/`, in frame ground.
"""

import sys
from collections.abc import Sequence
from functools import partial

from port_interfaces.srv import Tare
from rclpy.node import Node

from port_ros import account, life, parameters, realtime
from port_ros.diagnostics import Diagnostics, FaultLog, Health
from port_ros.free_text import one_line
from port_ros.machine_load import LoadWatch
from port_sensors.ros.plate_channel import GroundChannel, PlateChannel
from port_sensors.settings import force_plates

_FETCH_S = 0.01
_LISTEN_S = 0.2


class ForcePlateNode(Node):
    """All plates of the ground; see the module."""

    def __init__(self) -> None:
        super().__init__("force_plates", automatically_declare_parameters_from_overrides=True)
        settings = force_plates.read(parameters.read_tree(self))
        self._account_path = settings.account_path
        self._load = LoadWatch()
        self._channels = [PlateChannel(self, name, given, self._load.look) for name, given in settings.plates.items()]
        self._ground = GroundChannel(self, list(settings.plates)) if len(settings.plates) > 1 else None
        for channel in self._channels:
            self.create_service(Tare, f"force_plates/{channel.name}/tare", partial(self._on_tare, channel))
            channel.driver.start()
        self._fault_log = FaultLog(self.get_logger())
        self._slow = False
        self._listen_timer = self.create_timer(_LISTEN_S, self._on_listen)
        self._fetch_timer = self.create_timer(_FETCH_S, self._on_fetch)
        self._diagnostics = Diagnostics(self, self._look)

    def close(self) -> None:
        """Stop the devices in order, all before any is waited for; one that hangs is named and left behind."""
        for channel in self._channels:
            channel.driver.stop()
        for channel in self._channels:
            try:
                channel.close()
            except TimeoutError as error:
                self.get_logger().error(str(error))
        account.write(self._account_path, {channel.name: channel.account() for channel in self._channels})
        for channel in self._channels:
            channel.wait_for_subscribers()
        self._load.close()

    def _on_listen(self) -> None:
        topics = [channel.topics for channel in self._channels] + ([self._ground.topics] if self._ground else [])
        self._slow = any([one.listen() for one in topics])  # a list: each of them is to look

    def _on_fetch(self) -> None:
        for channel in self._channels:
            channel.fetch(self._slow)
        if self._ground:
            self._ground.publish(self._channels)
        for channel in self._channels:
            channel.slow.clear()

    def _on_tare(self, channel: PlateChannel, request: Tare.Request, response: Tare.Response) -> Tare.Response:
        refusal = channel.plate.tare()
        response.accepted, response.reason = not refusal, refusal or "tared"
        response.offset = channel.plate.calibration.offset
        by = one_line(request.by) or "nobody named"
        self.get_logger().info(f"force_plate {channel.name}: tare by {by}: {response.reason}")
        return response

    def _look(self) -> Sequence[Health]:
        found = [channel.health() for channel in self._channels]
        for health in found:
            self._fault_log.note(health)
        return found


def main(args: Sequence[str] | None = None) -> int:
    """Run the node; returns the process's exit code."""
    realtime.go_first()
    return life.run(ForcePlateNode, args)


if __name__ == "__main__":
    sys.exit(main())
