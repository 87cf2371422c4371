"""The process of the simulated ground: every device of a ground's file at its wire, and the control socket.

Ends in order on SIGINT and SIGTERM, as the last of its session, and leaves nothing behind. Without ROS.
"""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from port_ros import account, realtime
from port_ros.end_order import wait_for_turn
from port_ros.misfit import Misfit, join, misfit_of
from port_ros.threads import on_thread_death
from port_sim.commands import Commands
from port_sim.control import ControlServer
from port_sim.devices.registry import Device, make
from port_sim.world import World

#: The groups of a ground's file that hold devices.
_GROUPS = ("estop", "force_plates", "cameras")


class Ground:
    """All devices of `ground` (the resolved file) with their lines under `dev`, controlled through `socket`."""

    def __init__(self, ground: dict[str, Any], dev: Path, socket: Path) -> None:
        delay_s = ground.get("robot", {}).get("delayed_contact_s")
        self.world = World() if delay_s is None else World(delayed_contact_s=float(delay_s))
        self.devices: dict[str, Device] = {}
        names: dict[str, str] = {}
        for _, name, config in _devices_of(ground, dev):
            self.devices[name] = make(name, config, ground, self.world)
            if "port" in config:
                names[Path(config["port"]).name] = name
        self._commands = Commands(self.world, self.devices, names)
        self._control = ControlServer(socket, self._commands.answer)

    def start(self) -> None:
        """Switch everything on; raises OSError with everything off again."""
        try:
            for device in self.devices.values():
                device.start()
            self._control.start()
        except BaseException:
            self.close()
            raise

    def counts(self) -> dict[str, Any]:
        """What each device counted, by its name."""
        return {name: device.counts() for name, device in self.devices.items()}

    def truth(self) -> dict[str, Any]:
        """What happened to the robot: whether it fell, and how high its body was whenever its power went."""
        return {"fell": self.world.fell, "heights_at_cut_m": self.world.heights_at_cut_m}

    def close(self) -> None:
        """Switch everything off and remove every name."""
        self.world.switch_off()
        self._commands.close()
        self._control.close()
        for device in self.devices.values():
            device.close()


def read(ground: dict[str, Any]) -> None:
    """Whether all devices of `ground` can be simulated: each is made, none is switched on. Raises Misfit."""
    groups: dict[str, str] = {}
    for group, name, config in _devices_of(ground, Path("dev")):
        if (other := groups.setdefault(name, group)) != group:
            problem = f"{other}.{name} is called so, too; simulated devices need names of their own"
            raise Misfit(f"{group}.{name}", problem)
        try:
            make(name, config, ground, World())
        except ValueError as error:
            misfit = misfit_of(error)
            shared = misfit.key.startswith("robot_marker")  # of the ground, not of the device that shows it
            raise Misfit(misfit.key if shared else join(f"{group}.{name}", misfit.key), misfit.problem) from error


def _devices_of(ground: dict[str, Any], dev: Path) -> list[tuple[str, str, dict[str, Any]]]:
    """Group, name and block of each device, serial ports moved under `dev`."""
    found = []
    for group in _GROUPS:
        for name, config in (ground.get(group) or {}).items():
            serial = "port" in config and not str(config["port"]).startswith("udp:")
            moved = {"port": str(dev / Path(config["port"]).name)} if serial else {}
            found.append((group, name, {**config, **moved}))
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Run until a signal; returns the process's exit code."""
    parser = argparse.ArgumentParser(prog="ground", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="control socket to serve")
    parser.add_argument("--dev", type=Path, required=True, help="folder for the devices' serial lines")
    parser.add_argument("--ground", type=Path, required=True, help="resolved ground, JSON")
    parser.add_argument("--account", type=Path, help="file for each device's counts, written at the end")
    parser.add_argument("--truth", type=Path, help="file for what happened to the robot, written at the end")
    arguments = parser.parse_args(argv)
    realtime.go_first()  # real devices do not wait for a busy edge
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    deaths: list[str] = []

    def end(death: str) -> None:
        deaths.append(death)
        stop.set()

    on_thread_death(end)
    try:
        ground = Ground(json.loads(arguments.ground.read_text()), arguments.dev, arguments.socket)
        ground.start()
    except (OSError, ValueError, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"simulated ground: {', '.join(ground.devices)}", flush=True)
    stop.wait()
    code = _told(deaths)
    if not deaths:
        wait_for_turn()
    ground.close()
    for file, content in ((arguments.account, ground.counts()), (arguments.truth, ground.truth())):
        account.write(str(file or ""), content)
    return code


def _told(deaths: Sequence[str]) -> int:
    """The exit code, after what ended the ground was said."""
    for death in deaths:
        print(f"error: {death}; the simulated ground ends", file=sys.stderr, flush=True)
    return 1 if deaths else 0


if __name__ == "__main__":
    sys.exit(main())
