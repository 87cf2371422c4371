"""What people and programs ask of a gate: its services, each one a call of the core and its answer."""

import time
from collections.abc import Callable

from port_interfaces.srv import Arm, OverrideRule, Recover, RequestStop, Reset
from rclpy.node import Node
from std_srvs.srv import Trigger

from port_ros import stamps
from port_ros.arm_key import ArmCheck, ArmRequest
from port_ros.free_text import one_line
from port_safety.gate import operator_commands
from port_safety.gate.gate import Gate, Output
from port_safety.ros import messages
from port_safety.ros.system_time import to_system_ns


class Services:
    """The services of `node` by which `gate` is asked. stopped: told what leaves the gate after a requested stop.

    arm_check: says whether a request to arm is the session's.
    """

    def __init__(self, node: Node, gate: Gate, arm_check: ArmCheck, stopped: Callable[[Output], None]) -> None:
        self._gate = gate
        self._arm_check = arm_check
        self._stopped = stopped
        node.create_service(Arm, "safety/arm", self._on_arm)
        node.create_service(Trigger, "safety/disarm", self._on_disarm)
        node.create_service(Reset, "safety/reset", self._on_reset)
        node.create_service(RequestStop, "safety/request_stop", self._on_request_stop)
        node.create_service(Recover, "safety/recover", self._on_recover)
        node.create_service(OverrideRule, "safety/override", self._on_override)

    def _on_arm(self, request: Arm.Request, response: Arm.Response) -> Arm.Response:
        asked = ArmRequest(request.session, stamps.to_ns(request.stamp), request.epoch, request.by)
        mac = bytes(request.mac)
        unproven = self._arm_check.refusal(asked, mac, self._gate.tracker.epoch, time.time_ns())
        answer = operator_commands.arm(self._gate, one_line(request.by), time.monotonic_ns(), unproven)
        response.accepted, response.reason, response.epoch = answer.accepted, answer.reason, self._gate.tracker.epoch
        return response

    def _on_disarm(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        answer = operator_commands.disarm(self._gate, "operator", time.monotonic_ns())
        response.success, response.message = answer.accepted, answer.reason
        return response

    def _on_reset(self, request: Reset.Request, response: Reset.Response) -> Reset.Response:
        event_id, by = one_line(request.event_id), one_line(request.by)
        answer = operator_commands.reset(self._gate, event_id, by, time.monotonic_ns())
        response.accepted, response.reason = answer.accepted, answer.reason
        return response

    def _on_request_stop(self, request: RequestStop.Request, response: RequestStop.Response) -> RequestStop.Response:
        by, reason = one_line(request.by), one_line(request.reason)
        answer = operator_commands.stop(self._gate, by, reason, request.emergency, time.monotonic_ns())
        response.accepted, response.reason, response.event_id = (
            answer.accepted,
            answer.reason,
            self._gate.tracker.event_id,
        )
        self._stopped(self._gate.output)
        return response

    def _on_recover(self, request: Recover.Request, response: Recover.Response) -> Recover.Response:
        now_ns, stamp_ns = time.monotonic_ns(), stamps.to_ns(request.stamp) - to_system_ns()
        motion = messages.motion(request.motion)
        answer = operator_commands.recover(
            self._gate, one_line(request.event_id), one_line(request.by), motion, stamp_ns, now_ns
        )
        response.accepted, response.reason = answer.accepted, answer.reason
        return response

    def _on_override(self, request: OverrideRule.Request, response: OverrideRule.Response) -> OverrideRule.Response:
        now_ns, stamp_ns = time.monotonic_ns(), stamps.to_ns(request.stamp) - to_system_ns()
        rule, by, why = one_line(request.rule), one_line(request.by), one_line(request.why)
        answer = operator_commands.override_rule(self._gate, rule, by, why, stamp_ns, now_ns)
        response.accepted, response.reason = answer.accepted, answer.reason
        response.left_s = max(0, self._gate.overrides.left_ns(request.rule, now_ns)) / 1e9
        return response
