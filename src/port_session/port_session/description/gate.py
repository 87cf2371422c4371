"""The part of a session file about the gate: how fast it ticks and when each rule speaks.

Every value is frozen and refuses to be born wrong; what a rule is held to is its own (port_safety/rules/). Cross-checks
between files are made in `resolve`.
"""

from typing import Annotated, ClassVar

from msgspec import Meta

from port_safety.rules.border import BorderParameters
from port_safety.rules.bypass import BypassParameters
from port_safety.rules.clock import ClockParameters
from port_safety.rules.command_following import CommandFollowingParameters
from port_safety.rules.ground_publishers import GroundPublishersParameters
from port_safety.rules.input_timeout import InputTimeoutParameters
from port_safety.rules.pose_agreement import PoseAgreementParameters
from port_safety.rules.stop_response import StopResponseParameters
from port_safety.rules.stuck_input import StuckInputParameters
from port_session.description.part import Part


class Gate(Part, frozen=True):
    """The safety gate's loop, and the rules that hold for every robot.

    rehearse: each tick keeps the way of the next command warm, for some more of the processor (docs/figures.md).
    """

    RENAMED: ClassVar[dict[str, str]] = {"fresh": "input_timeout", "frozen": "stuck_input"}

    tick_hz: Annotated[float, Meta(ge=50.0, le=1000.0)] = 500.0
    rehearse: bool = False
    input_timeout: InputTimeoutParameters = InputTimeoutParameters()
    pose_agreement: PoseAgreementParameters = PoseAgreementParameters()
    stop_response: StopResponseParameters = StopResponseParameters()
    bypass: BypassParameters = BypassParameters()
    ground_publishers: GroundPublishersParameters = GroundPublishersParameters()
    border: BorderParameters = BorderParameters()
    clock: ClockParameters = ClockParameters()
    stuck_input: StuckInputParameters = StuckInputParameters()
    command_following: CommandFollowingParameters = CommandFollowingParameters()
