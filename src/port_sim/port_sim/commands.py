"""What the simulated ground can be told to do: each command's shape, and what it does to world and devices.

Input is checked against the shapes below; what does not fit becomes an error answer. Knows no socket.
"""

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal, cast

import msgspec

from port_sim.devices.registry import Device
from port_sim.faults import Faults as WireFaults
from port_sim.faults import FrameKind, Kind
from port_sim.world import Channel, ChannelFault, RobotTruth, World

Seconds = Annotated[float, msgspec.Meta(ge=0.0, le=10.0)]
#: In place of a device's name.
ALL = "all"

Rate = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class Command(msgspec.Struct, tag_field="do", tag=str.lower, forbid_unknown_fields=True, frozen=True):
    """One line from the socket."""


class Estop(Command, frozen=True):
    action: Literal["press", "release"]


class Contact(Command, frozen=True):
    """One channel of the e-stop's button alone."""

    channel: Channel
    action: ChannelFault


class Reset(Command, frozen=True):
    """With `action` the button is pressed or released; without, pressed for `seconds`."""

    action: Literal["press", "release"] | None = None
    seconds: Seconds = 0.3


class Person(Command, frozen=True):
    action: Literal["enter", "leave"]


class Unplug(Command, frozen=True):
    device: str


class Replug(Command, frozen=True):
    device: str


class Runaway(Command, frozen=True):
    action: Literal["on", "off"]


class Power(Command, frozen=True):
    """Off: somebody takes the robot's power, whatever the gate says. On: it is the gate's again."""

    action: Literal["on", "off"]


class Deaf(Command, frozen=True):
    action: Literal["on", "off"]


class Misplace(Command, frozen=True):
    """The robot believes to be this much further along x than it is; 0: it knows again."""

    metres: Annotated[float, msgspec.Meta(ge=-100.0, le=100.0)]


class Fault(Command, frozen=True):
    device: str
    kind: Kind | FrameKind
    rate: Rate = 0.0


class Knock(Command, frozen=True):
    """Move a camera by x, y, z in m and roll, pitch, yaw in rad from where it was surveyed."""

    device: str
    moved: tuple[float, float, float, float, float, float]


class Faults(Command, frozen=True):
    """A script in the language of `port_sim.faults`; the one that ends faults may go to all devices."""

    device: str
    script: str


class Counts(Command, frozen=True):
    pass


class Status(Command, frozen=True):
    pass


class Robot(Command, frozen=True):
    """Where the robot really is now, from its physics; the answer says whether it has power, and is to stop."""

    x: float
    y: float
    yaw: float
    v: float
    w: float
    height_m: float = 0.0
    sunk_m: float = 0.0
    fallen: bool = False


_DECODER = msgspec.json.Decoder(
    Estop
    | Contact
    | Reset
    | Person
    | Unplug
    | Replug
    | Runaway
    | Power
    | Deaf
    | Misplace
    | Fault
    | Faults
    | Knock
    | Counts
    | Status
    | Robot
)


class CommandError(Exception):
    """The command makes no sense here; the message is for people."""


class Commands:
    """Carries out commands on `world` and `devices` (by name; `names` may hold further names of the same)."""

    def __init__(self, world: World, devices: Mapping[str, Device], names: Mapping[str, str]) -> None:
        self._world = world
        self._devices = devices
        self._names = names
        self._closing = threading.Event()
        self._handlers: dict[type, Callable[[Any], dict[str, Any]]] = {
            Estop: self._estop,
            Contact: self._contact,
            Reset: self._reset,
            Person: self._person,
            Unplug: self._unplug,
            Replug: self._replug,
            Runaway: self._runaway,
            Power: self._power,
            Deaf: self._deaf,
            Misplace: self._misplace,
            Fault: self._fault,
            Faults: self._faults,
            Knock: self._knock,
            Counts: self._counts,
            Status: self._status,
            Robot: self._robot,
        }  # fmt: skip

    def answer(self, line: bytes) -> dict[str, Any]:
        """The answer to one line; never raises for what is in it."""
        try:
            command = _DECODER.decode(line)
            return {"ok": True, **self._handlers[type(command)](command)}
        except (msgspec.DecodeError, CommandError, ValueError) as error:
            return {"ok": False, "error": str(error)}

    def close(self) -> None:
        """Let go of a button that is being held."""
        self._closing.set()

    def _estop(self, command: Estop) -> dict[str, Any]:
        (self._world.press_estop if command.action == "press" else self._world.release_estop)()
        return {}

    def _contact(self, command: Contact) -> dict[str, Any]:
        self._world.channel_faults[command.channel] = command.action
        return {}

    def _reset(self, command: Reset) -> dict[str, Any]:
        if command.action is not None:
            self._world.reset_pressed = command.action == "press"
            return {}
        self._world.reset_pressed = True
        self._closing.wait(command.seconds)
        self._world.reset_pressed = False
        return {}

    def _person(self, command: Person) -> dict[str, Any]:
        (self._world.person_enters if command.action == "enter" else self._world.person_leaves)()
        return {}

    def _unplug(self, command: Unplug) -> dict[str, Any]:
        self._device(command.device).unplug()
        return {}

    def _replug(self, command: Replug) -> dict[str, Any]:
        self._device(command.device).replug()
        return {}

    def _runaway(self, command: Runaway) -> dict[str, Any]:
        self._world.runaway = command.action == "on"
        return {}

    def _power(self, command: Power) -> dict[str, Any]:
        self._world.forced_off = command.action == "off"
        return {}

    def _deaf(self, command: Deaf) -> dict[str, Any]:
        self._world.deaf = command.action == "on"
        return {}

    def _misplace(self, command: Misplace) -> dict[str, Any]:
        self._world.misplaced_m = command.metres
        return {}

    def _fault(self, command: Fault) -> dict[str, Any]:
        self._wire(command.device).set(command.kind, command.rate)
        return self._told(command.device)

    def _knock(self, command: Knock) -> dict[str, Any]:
        knock = getattr(self._device(command.device), "knock", None)
        if knock is None:
            raise CommandError(f"device: {command.device} is no camera")
        knock(command.moved)
        return {}

    def _faults(self, command: Faults) -> dict[str, Any]:
        if command.device == ALL:
            if command.script.strip() != "off":
                raise CommandError(f"device: {ALL} takes nothing but off; name one device to damage")
            for wire in self._wires().values():
                wire.run(command.script)
            return {}
        self._wire(command.device).run(command.script)
        return self._told(command.device)

    def _told(self, name: str) -> dict[str, Any]:
        """How a fault ends that does not end by itself."""
        steps = self._wire(name).steps
        lasts = bool(steps) and steps[-1].seconds == math.inf and str(steps[-1]) != "off"
        return {"lasts_until": f"port sim fault {name} off"} if lasts else {}

    def _wires(self) -> dict[str, WireFaults]:
        """Of each device that can be damaged."""
        found = {name: getattr(device, "faults", None) for name, device in self._devices.items()}
        return {name: faults for name, faults in found.items() if faults is not None}

    def _wire(self, name: str) -> WireFaults:
        faults = getattr(self._device(name), "faults", None)
        if faults is None:
            raise CommandError(f"device: {name} has no faults to set")
        return cast(WireFaults, faults)

    def _counts(self, command: Counts) -> dict[str, Any]:
        return {"devices": {name: device.counts() for name, device in self._devices.items()}}

    def _status(self, command: Status) -> dict[str, Any]:
        world = self._world
        with world.lock:
            person = world.person()
            return {
                "estop_pressed": world.estop_pressed, "reset_pressed": world.reset_pressed,
                "relay_closed": world.relay_closed, "stop_input": world.stop_input, "powered": world.powered(),
                "runaway": world.runaway,
                "forced_off": world.forced_off, "deaf": world.deaf, "misplaced_m": world.misplaced_m,
                "robot": asdict(world.robot), "fell": world.fell,
                "person": list(person) if person else None, "devices": sorted(self._devices),
                "faults": {name: told for name, wire in self._wires().items() if (told := wire.told())},
            }  # fmt: skip

    def _robot(self, command: Robot) -> dict[str, Any]:
        with self._world.lock:
            world = self._world
            powered = world.see_robot(msgspec.convert(msgspec.structs.asdict(command), RobotTruth))
            supply = {"powered": powered, "stop_input": world.stop_input}
            faults = {"runaway": world.runaway, "deaf": world.deaf, "misplaced_m": world.misplaced_m}
            return {**supply, **faults}

    def _device(self, name: str) -> Device:
        key = self._names.get(name, name)
        if key not in self._devices:
            others = {device: f" ({alias})" for alias, device in self._names.items() if alias != device}
            known = ", ".join(device + others.get(device, "") for device in sorted(self._devices))
            raise CommandError(f"device: {name!r} is none of {known}")
        return self._devices[key]
