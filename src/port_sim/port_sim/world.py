"""The truth of the simulated ground, shared by its simulated devices.

Devices read it and write what their hardware would change; nothing here knows a wire or a message.
"""

import math
import threading
import time
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class RobotTruth:
    """Where the robot really is, frame ground: m, rad, m/s, rad/s.

    height_m: of its body over the floor; sunk_m: how much lower that is, and its marker, than when it walks.
    """

    x: float = 0.0
    y: float = 0.0
    yaw: float = 0.0
    v: float = 0.0
    w: float = 0.0
    height_m: float = 0.0
    sunk_m: float = 0.0
    fallen: bool = False


Channel = Literal["a", "b"]
#: break: a wire is off, the channel is open for ever. weld: its contact never opens. mend: as new.
ChannelFault = Literal["break", "weld", "mend"]


@dataclass
class World:
    """Everything that is true on the ground right now.

    fell: the robot has fallen, once. heights_at_cut_m: of its body, whenever its power went.
    The hard-wired chain is part of it (docs/stop_profiles.md): a safety relay that the watchdog relay and the e-stop
    open. Its instantaneous contact is the robot's own stop input; its delayed contact takes the power
    `delayed_contact_s` later (IEC 60204-1 stop category 1). Nothing delays who takes it by force (`forced_off`).
    """

    delayed_contact_s: float = 0.6
    walk_mps: float = 1.6
    robot: RobotTruth = field(default_factory=RobotTruth)
    fell: bool = False
    heights_at_cut_m: list[float] = field(default_factory=list)
    estop_pressed: bool = False
    reset_pressed: bool = False
    forced_off: bool = False
    runaway: bool = False
    channel_faults: dict[Channel, ChannelFault] = field(default_factory=dict)
    deaf: bool = False
    misplaced_m: float = 0.0
    switched_on_s: float = field(default_factory=time.monotonic)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _watchdog_closed: bool = False
    _open_since_s: float | None = -math.inf  # the safety relay; None: it is closed
    _had_power: bool = False
    _person_since_s: float | None = None
    _person_leaving: bool = False

    def press_estop(self) -> None:
        with self.lock:
            self.estop_pressed = True
            self._drive_safety_relay()

    def release_estop(self) -> None:
        with self.lock:
            self.estop_pressed = False
            self._drive_safety_relay()

    @property
    def relay_closed(self) -> bool:
        """The watchdog relay, which the station holds as long as it is renewed."""
        return self._watchdog_closed

    @relay_closed.setter
    def relay_closed(self, closed: bool) -> None:
        with self.lock:
            self._watchdog_closed = closed
            self._drive_safety_relay()

    def _drive_safety_relay(self) -> None:
        if self._watchdog_closed and not self.estop_pressed:
            self._open_since_s = None
        elif self._open_since_s is None:
            self._open_since_s = time.monotonic()

    @property
    def stop_input(self) -> bool:
        """Whether the instantaneous contact is open: the robot's own controller is to bring it to rest."""
        return self._open_since_s is not None

    def channel_closed(self, channel: Channel) -> bool:
        """Whether this channel of the e-stop's button conducts."""
        with self.lock:
            fault = self.channel_faults.get(channel, "mend")
            return fault == "weld" or (fault == "mend" and not self.estop_pressed)

    def powered(self, now_s: float | None = None) -> bool:
        """Whether the robot's drives have power."""
        now_s = time.monotonic() if now_s is None else now_s
        with self.lock:
            since_s = self._open_since_s
            held = since_s is None or now_s - since_s < self.delayed_contact_s
            return held and not self.forced_off

    def switch_off(self) -> None:
        """The ground ends, and with it the robot's power."""
        with self.lock:
            if self.powered():
                self.heights_at_cut_m.append(round(self.robot.height_m, 3))
            self.forced_off = True

    def see_robot(self, robot: RobotTruth) -> bool:
        """The robot tells where it is and learns whether it has power. What happens to it is remembered."""
        with self.lock:
            powered = self.powered()
            if self._had_power and not powered:
                self.heights_at_cut_m.append(round(self.robot.height_m, 3))
            self.robot, self._had_power, self.fell = robot, powered, self.fell or robot.fallen
            return powered

    def person_enters(self, now_s: float | None = None) -> None:
        with self.lock:
            self._person_since_s = time.monotonic() if now_s is None else now_s
            self._person_leaving = False

    def person_leaves(self, now_s: float | None = None) -> None:
        with self.lock:
            if self._person_since_s is not None and not self._person_leaving:
                self._person_since_s = time.monotonic() if now_s is None else now_s
                self._person_leaving = True

    def person(self, now_s: float | None = None) -> tuple[float, float] | None:
        """Where the person is (frame ground, m), or None. They walk from (5, 3.2) to (5, 0.9) and back out."""
        now_s = time.monotonic() if now_s is None else now_s
        with self.lock:
            if self._person_since_s is None:
                return None
            walked = max(0.0, now_s - self._person_since_s) * self.walk_mps
            far, near = 3.2, 0.9
            y = min(far, near + walked) if self._person_leaving else max(near, far - walked)
            if self._person_leaving and y >= far:
                self._person_since_s, self._person_leaving = None, False
                return None
            return 5.0, y
