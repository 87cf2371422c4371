"""What the gate must know of a command, whatever its type. Every type of command meets this protocol.

Words, the same for all types:

- **fault**: why the command cannot be used (a number that is none, a wrong count, times out of order).
- **near zero**: it asks for so little motion that it may be the first one let through after arming.
- **stop**: the command that brings this type to rest and keeps it there.
- **scaled**: the same motion, slower: velocity by the factor, a trajectory's acceleration by its square.
- **older epoch**: a stamp before the last stop; for a trajectory the stamp is its start. It never passes.
- **never exceeds, never reverses**: what passes is, part by part, no faster than what was asked for, and in no part the
  other way. A trajectory also keeps its path: it takes no longer way, skips nothing and ends where it was asked to, or
  before.
"""

from typing import Protocol

from port_safety.commands.twist import Motion
from port_safety.model.joints import JointPeaks
from port_safety.model.readings import JointStates


class Command(Protocol):
    """One command. Frozen; times are monotonic, ns."""

    @property
    def persistent(self) -> bool:
        """Whether the robot goes on following it by itself, so that it is said once and silence is no rest."""

    @property
    def fault(self) -> str:
        """Why it cannot be used, in words; empty if it can."""

    @property
    def near_zero(self) -> bool:
        """Whether it asks for next to no motion."""

    @property
    def speed_mps(self) -> float:
        """How fast any point of the robot moves at most when it follows this command."""

    @property
    def twist(self) -> Motion | None:
        """What it asks of a mobile base; None for joints, of which nobody knows where they take the base."""

    @property
    def peaks(self) -> JointPeaks | None:
        """The most that it asks of each joint; None for a command that is not about joints."""

    def joint_velocities_at(self, now_ns: int) -> tuple[float, ...]:
        """How fast it has each joint go at `now_ns`, rad/s; empty for a command that is not about joints."""

    def started(self, now_ns: int, before: "Command", measured: JointStates | None) -> "Command":
        """As it is seen from where the robot is: `before` left last, `measured` is what its joints say."""

    def is_done(self, output: "Command", now_ns: int) -> bool:
        """Whether `output`, which is what passed of it, has come to its end; one that does not last never has."""

    def scaled(self, linear: float, angular: float) -> "Command":
        """The same, slower; both factors lie in 0..1."""

    def limited(self, linear: float, angular: float, now_ns: int, before: "Command") -> "Command":
        """What is let through of it at `now_ns` when `before` left last: as `scaled`, going on where it stands."""

    def braked(self, began_ns: int, now_ns: int, deceleration_mps2: float, before: "Command") -> "Command":
        """The controlled stop of a robot that followed this command until `began_ns`, as it is at `now_ns`."""

    def stop(self, now_ns: int, measured: JointStates | None = None) -> "Command":
        """At rest from `now_ns` on, as soon as this type can be; `measured`: of a robot without power."""

    def rests_at(self, now_ns: int) -> bool:
        """Whether no motion is left in it at all."""
