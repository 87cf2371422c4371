"""What the robot's own stack asks for: its last command, when that came, and whether it may count yet."""

from port_safety.commands.command import Command
from port_safety.model.readings import FUTURE_TOLERANCE_NS, NEVER_SET_NS

#: A stack that has not said anything for this long asks for nothing.
SILENT_NS = 500_000_000
#: What is wrong with a command whose stamp no clock of this world set.
NEVER_SET = "stamped in simulated time, or by a clock that was never set; set use_sim_time to false"


class Requests:
    """Of one gate. `command` is what was asked for last. Times are monotonic, ns; None: never.

    awaiting_zero: nothing passes until the stack asks for no motion once. received_ns: when what counts was asked for;
    last_heard_ns: when the stack was heard, whether that counts or not.
    """

    def __init__(self, zero_command: Command) -> None:
        self.command = zero_command
        self.received_ns: int | None = None
        self.last_heard_ns: int | None = None
        self.awaiting_zero = True

    def take(self, command: Command, now_ns: int, stamp_ns: int | None, counts_as_zero: bool) -> None:
        """`command` arrived; `counts_as_zero`: if it asks for no motion, what follows it may pass.

        Its age counts from the older of stamp and arrival, as of each input; the stamp of one that lasts is its start.
        """
        late = stamp_ns is not None and stamp_ns < now_ns and not command.persistent
        self.command, self.received_ns, self.last_heard_ns = command, stamp_ns if late else now_ns, now_ns
        if counts_as_zero and command.near_zero:
            self.awaiting_zero = False

    def await_zero(self) -> None:
        """Let nothing pass until the stack asks for no motion once; forget when it asked."""
        self.received_ns, self.awaiting_zero = None, True

    def asked_ns(self, output: Command, now_ns: int) -> int | None:
        """When the command in force was asked for; one that lasts is asked for as long as it is being followed."""
        following = self.command.persistent and not self.awaiting_zero and not output.rests_at(now_ns)
        return now_ns if following else self.received_ns

    def still_asks(self, now_ns: int) -> str:
        """The motion that the stack goes on asking for, in words; empty if it asks for none, or is silent."""
        silent = self.last_heard_ns is None or now_ns - self.last_heard_ns > SILENT_NS
        return "" if silent or self.command.near_zero else f"{self.command.speed_mps:.2f} m/s"


def unjudgeable(command: Command) -> str:
    """Why no rule can judge a command of whatever type; empty if they can."""
    told = command.twist is not None or command.peaks is not None
    return "" if told else "it says neither what it asks of the base nor of any joint"


def never_set(stamp_ns: int | None) -> bool:
    """Whether a command's stamp is of no clock that was ever set."""
    return stamp_ns is not None and stamp_ns < NEVER_SET_NS


def stamp_fault(stamp_ns: int | None, now_ns: int) -> str:
    """What is wrong with a command's stamp: one in the future would outlive the next stop. Empty if nothing is."""
    if never_set(stamp_ns):
        return NEVER_SET
    if stamp_ns is None or stamp_ns - now_ns <= FUTURE_TOLERANCE_NS:
        return ""
    return f"stamped {(stamp_ns - now_ns) / 1e9:.2f} s in the future"
